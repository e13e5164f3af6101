// Times as senders write them. RFC 3339 is what events should have; what follows here are the forms that
// databases, programming languages and mail headers print, each read in one way only. A form that two
// people would read differently, such as 01/02/2024, is not read.

/// A time as it was written: what a clock showed, and how far that clock is from UTC.
public struct TimeText: Equatable, Sendable, BitwiseCopyable {
  /// What the clock showed, in milliseconds since it showed 1970-01-01T00:00.
  public var local: Int64
  /// How far the clock is east of UTC, in milliseconds; nil if the text does not say.
  public var offset: Int64?

  /// The instant, of a text without offset in UTC; nil if it lies outside `earliest ... latest`.
  public var instant: Timestamp? {
    let instant = Timestamp(milliseconds: local - (offset ?? 0))
    return instant >= .earliest && instant <= .latest ? instant : nil
  }

  /// The longest text that is read, in bytes.
  public static let byteCountMax = 128

  /// Reads a time of any form that senders write; nil if it is none.
  ///
  /// ISO 8601 (`init(calendar:)`), a number of seconds, milliseconds, micro- or nanoseconds since 1970
  /// (`init(number:)`), and dates with the name of the month (`init(named:)`).
  ///
  /// Complexity: O(n), no allocation.
  public init?(sent text: RawSpan) {
    guard text.byteCount <= Self.byteCountMax else { return nil }
    guard let time = TimeText(number: text) ?? TimeText(calendar: text) ?? TimeText(named: text)
    else {
      return nil
    }
    self = time
  }

  /// Reads a date, perhaps with a time and an offset, as ISO 8601, RFC 9557, SQL and programming languages
  /// write them, year first; nil if it is none.
  ///
  /// Dates: `2024-01-31`, `20240131`, `2024/1/31`, `2024-W05-3`, `2024-031`. Times: `T`, `t` or blanks, then
  /// `10:15`, `10:15:00.123`, `101500`, `10:15 AM`; `24:00` is the end of the day. Offsets: `Z`, `UTC`, `GMT`,
  /// `+01`, `+0100`, `+01:00`, `UTC+1`, with or without a blank before it, and perhaps a zone after it,
  /// `[Europe/Berlin]`, `CET` or `(Central European Time)`, which changes nothing. A zone alone is not read,
  /// for what its offset was depends on rules that are not in the text.
  public init?(calendar text: RawSpan) {
    guard text.byteCount <= Self.byteCountMax else { return nil }
    var cursor = TextCursor(text)
    cursor.skipBlanks()
    guard let days = cursor.date() else { return nil }
    local = days * 86_400_000
    let hasBlank = cursor.skipBlanks()
    let hasMark = !hasBlank && cursor.takeLetter(UInt8(ascii: "t"))
    if hasMark || hasBlank && cursor.digitRun > 0 {
      guard let time = cursor.clockTime(afterMark: hasMark) else { return nil }
      local += time
    }
    guard cursor.zone(&offset) else { return nil }
    cursor.skipBlanks()
    guard cursor.isAtEnd else { return nil }
  }

  /// The years in which digits without anything between them are a date rather than a number.
  static let compactYears: ClosedRange<Int64> = 1900...2199

  init(local: Int64, offset: Int64?) {
    self.local = local
    self.offset = offset
  }
}

extension Timestamp {
  /// The instant that a text stands for that was sent as a time; nil if it cannot be read, or lies in the
  /// year 1, which is how some languages write that there is no time.
  ///
  /// RFC 3339 first, then the other forms of `TimeText.init(sent:)`. No offset means UTC.
  ///
  /// Complexity: O(n), no allocation.
  public init?(sent text: RawSpan) {
    guard let instant = Timestamp(text) ?? TimeText(sent: text)?.instant, instant.isSendable else {
      return nil
    }
    self = instant
  }

  /// As `init(sent:)`, but a text without an offset is that of a clock which is so far east of UTC.
  public init?(sent text: RawSpan, offset: Milliseconds) {
    guard var time = TimeText(sent: text) else { return nil }
    if time.offset == nil { time.offset = offset.value }
    guard let instant = time.instant, instant.isSendable else { return nil }
    self = instant
  }

  /// Whether it can be a time that something happened: not in the year 1, where the zero times of Go and
  /// .NET are.
  public var isSendable: Bool { self >= Self.earliestSent }

  /// 0002-01-01T00:00:00.000Z.
  private static let earliestSent = Timestamp.earliest + .days(365)
}

extension TextCursor {
  /// A date with the year first, as days since 1970-01-01.
  @_lifetime(self: copy self)
  fileprivate mutating func date() -> Int64? {
    switch digitRun {
    case 8:
      guard let year = digits(4), let month = digits(2), let day = digits(2),
        !isAtEnd || TimeText.compactYears.contains(year)
      else { return nil }
      return Timestamp.days(year, month, day)
    case 7:
      guard let year = digits(4), let day = digits(3),
        !isAtEnd || TimeText.compactYears.contains(year)
      else { return nil }
      return Timestamp.days(year, ordinal: day)
    case 4:
      guard let year = digits(4) else { return nil }
      return dateInYear(year)
    default: return nil
    }
  }

  @_lifetime(self: copy self)
  private mutating func dateInYear(_ year: Int64) -> Int64? {
    if takeLetter(UInt8(ascii: "w")) { return weekDate(year, isCompact: true) }
    guard let mark = next, mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/") || mark == 0x2E
    else { return nil }
    offset += 1
    if mark == UInt8(ascii: "-") {
      if takeLetter(UInt8(ascii: "w")) { return weekDate(year, isCompact: false) }
      if digitRun == 3 { return digits(3).flatMap { Timestamp.days(year, ordinal: $0) } }
    }
    guard let month = oneOrTwoDigits(), take(mark), let day = oneOrTwoDigits() else { return nil }
    return Timestamp.days(year, month, day)
  }

  /// What follows `2024-W` or `2024W`: the week and the day of the week, Monday being 1.
  @_lifetime(self: copy self)
  private mutating func weekDate(_ year: Int64, isCompact: Bool) -> Int64? {
    guard let week = digits(2), isCompact || take(UInt8(ascii: "-")), digitRun == 1,
      let day = digit()
    else { return nil }
    return Timestamp.days(year, week: week, day)
  }

  @_lifetime(self: copy self)
  fileprivate mutating func oneOrTwoDigits() -> Int64? {
    let run = digitRun
    return run == 1 || run == 2 ? digits(run) : nil
  }

  /// A time of day: `10:15`, `9:05:00.5`, `1015`, `101500.5`, `10:15 AM`, and `10` after a `T`; in
  /// milliseconds, the end of the day being 24 hours.
  ///
  /// A leap second counts as the last millisecond of its minute.
  @_lifetime(self: copy self)
  mutating func clockTime(afterMark: Bool) -> Int64? {
    let run = digitRun
    let hour: Int64
    var rest: Int64 = 0
    switch run {
    case 4, 6:
      guard let read = digits(2), let minute = digits(2), minute < 60 else { return nil }
      hour = read
      rest = minute * 60_000
      if run == 6 {
        guard let seconds = seconds() else { return nil }
        rest += seconds
      }
    case 1, 2:
      guard let read = oneOrTwoDigits() else { return nil }
      hour = read
      if take(UInt8(ascii: ":")) {
        guard let minute = digits(2), minute < 60 else { return nil }
        rest = minute * 60_000
        if take(UInt8(ascii: ":")) {
          guard let seconds = seconds() else { return nil }
          rest += seconds
        }
      } else {
        guard afterMark, run == 2 else { return nil }
      }
    default: return nil
    }
    if let half = halfOfDay() {
      guard (1...12).contains(hour) else { return nil }
      return (hour % 12 + half) * 3_600_000 + rest
    }
    guard hour < 24 || hour == 24 && rest == 0 else { return nil }
    return hour * 3_600_000 + rest
  }

  /// `AM` or `PM`, in hours; nil, and nothing taken, if neither comes next.
  @_lifetime(self: copy self)
  private mutating func halfOfDay() -> Int64? {
    let start = offset
    skipBlanks()
    if let word = word() {
      if word == Self.word("am") { return 0 }
      if word == Self.word("pm") { return 12 }
    }
    offset = start
    return nil
  }
}

extension Timestamp {
  /// The days since 1970-01-01 of a date that exists.
  static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
    guard year >= 1, (1...12).contains(month), day >= 1, day <= days(inMonth: month, of: year)
    else {
      return nil
    }
    return daysFromCivil(year, month, day)
  }

  /// The same of the day of a year, from 1.
  static func days(_ year: Int64, ordinal day: Int64) -> Int64? {
    let first = daysFromCivil(year, 1, 1)
    guard year >= 1, day >= 1, first + day - 1 < daysFromCivil(year + 1, 1, 1) else { return nil }
    return first + day - 1
  }

  /// The same of a day of a week of ISO 8601: the first is the week that has the 4th of January.
  static func days(_ year: Int64, week: Int64, _ day: Int64) -> Int64? {
    guard year >= 1, week >= 1, (1...7).contains(day) else { return nil }
    let first = monday(ofWeekWith: daysFromCivil(year, 1, 4))
    guard first + (week - 1) * 7 < monday(ofWeekWith: daysFromCivil(year + 1, 1, 4)) else {
      return nil
    }
    return first + (week - 1) * 7 + day - 1
  }

  private static func monday(ofWeekWith days: Int64) -> Int64 {
    // The 1st of January 1970 was a Thursday.
    days - ((days + 3) % 7 + 7) % 7
  }
}
