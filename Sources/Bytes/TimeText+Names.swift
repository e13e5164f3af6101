// Dates that name their month, as mail, HTTP, web servers and several languages print them. The name
// distinguishes the month from the day, whatever the order, so that each of them is read in one way only.

extension TimeText {
  /// Reads a date with the English name of its month, its year in four digits, and perhaps a time; nil if
  /// it is none.
  ///
  /// Among them RFC 1123 and 2822 (`Wed, 31 Jan 2024 10:15:00 GMT`, `+0100`, `EST`), C and JavaScript
  /// (`Wed Jan 31 10:15:00 2024`, `Wed Jan 31 2024 10:15:00 GMT+0100 (Central European Standard Time)`), web
  /// servers (`31/Jan/2024:10:15:00 +0100`), and `January 31, 2024 at 10:15 AM`. The day of the week is skipped.
  public init?(named text: RawSpan) {
    guard text.byteCount <= Self.byteCountMax else { return nil }
    var cursor = TextCursor(text)
    var parts = NamedParts()
    while parts.readNext(&cursor) {}
    guard cursor.isAtEnd, let day = parts.day, let month = parts.month, let year = parts.year,
      let days = Timestamp.days(year, month, day), parts.offset == nil || parts.time != nil
    else { return nil }
    self.init(local: days * 86_400_000 + (parts.time ?? 0), offset: parts.offset)
  }
}

/// The parts of a date with a named month, each at most once.
private struct NamedParts {
  var day: Int64?
  var month: Int64?
  var year: Int64?
  var time: Int64?
  var offset: Int64?
  private var hasWeekday = false

  /// Reads the next part; false at the end, or if it is none, with the cursor before it.
  mutating func readNext(_ cursor: inout TextCursor) -> Bool {
    cursor.skipBlanks()
    if cursor.take(UInt8(ascii: ",")) { return true }
    guard let byte = cursor.next else { return false }
    let start = cursor.offset
    let isRead: Bool
    if TextCursor.isDigit(byte) {
      isRead = readNumber(&cursor)
    } else if TextCursor.isLetter(byte) {
      isRead = readWord(&cursor)
    } else {
      isRead = readZone(&cursor)
    }
    if !isRead { cursor.offset = start }
    return isRead
  }

  private mutating func readNumber(_ cursor: inout TextCursor) -> Bool {
    let run = cursor.digitRun
    if run <= 2, cursor.peek(run) == UInt8(ascii: ":") {
      guard time == nil, let read = cursor.clockTime(afterMark: false) else { return false }
      time = read
      return true
    }
    switch run {
    case 1, 2:
      guard day == nil else { return false }
      day = cursor.digits(run)
      Self.skipMark(&cursor)
    case 4:
      guard year == nil else { return false }
      year = cursor.digits(4)
      // Web servers put a colon between date and time.
      if month != nil, time == nil { _ = cursor.take(UInt8(ascii: ":")) }
    default: return false
    }
    return true
  }

  private mutating func readWord(_ cursor: inout TextCursor) -> Bool {
    let start = cursor.offset
    // The only word of the language that is too long: nine letters.
    guard let word = Self.word(&cursor) else { return false }
    if month == nil, let number = Self.month(word) {
      month = number
      Self.skipMark(&cursor)
      return true
    }
    if month != nil, time == nil, word == TextCursor.word("at") { return true }
    if !hasWeekday, Self.isWeekday(word) {
      hasWeekday = true
      return true
    }
    guard time != nil, offset == nil else { return false }
    if let hours = Self.americanZone(word) {
      offset = hours * 3_600_000
      return true
    }
    cursor.offset = start
    return readZone(&cursor)
  }

  /// Reads an offset with the names after it; of JavaScript's, the year may come after it.
  private mutating func readZone(_ cursor: inout TextCursor) -> Bool {
    guard time != nil, offset == nil else { return false }
    if cursor.isAtSign {
      offset = cursor.signedOffset()
    } else if let byte = cursor.next, TextCursor.isLetter(byte) {
      offset = cursor.universalTime()
    }
    guard offset != nil else { return false }
    cursor.skipBlanks()
    return cursor.next != UInt8(ascii: "(") || cursor.zoneNames(&offset, isNamed: false)
  }

  /// Skips the mark in `31-Jan-2024` and `31/Jan/2024`.
  private static func skipMark(_ cursor: inout TextCursor) {
    guard let mark = cursor.next, mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/"),
      let after = cursor.peek(1), TextCursor.isLetter(after) || TextCursor.isDigit(after)
    else { return }
    cursor.offset += 1
  }

  /// A word; of a longer one than eight letters the first eight.
  private static func word(_ cursor: inout TextCursor) -> UInt64? {
    let start = cursor.offset
    if let word = cursor.word() { return word }
    cursor.offset = start
    var word: UInt64 = 0
    var count = 0
    while let byte = cursor.next, TextCursor.isLetter(byte) {
      if count < 8 { word = word << 8 | UInt64(byte | 0x20) }
      count += 1
      cursor.offset += 1
    }
    return count == 9 ? word : nil
  }

  private static func month(_ word: UInt64) -> Int64? {
    for (index, name) in months.enumerated() where word == name.short || word == name.long {
      return Int64(index + 1)
    }
    return word == TextCursor.word("sept") ? 9 : nil
  }

  private static func isWeekday(_ word: UInt64) -> Bool {
    weekdays.contains { word == $0.short || word == $0.long }
  }

  /// The zones that RFC 2822 4.3 gives a meaning, in hours.
  private static func americanZone(_ word: UInt64) -> Int64? {
    zones.first { $0.name == word }?.hours
  }

  private static let months: [(short: UInt64, long: UInt64)] = pairs([
    ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may", "may"),
    ("jun", "june"), ("jul", "july"), ("aug", "august"), ("sep", "septembe"), ("oct", "october"),
    ("nov", "november"), ("dec", "december"),
  ])

  private static let weekdays: [(short: UInt64, long: UInt64)] = pairs([
    ("mon", "monday"), ("tue", "tuesday"), ("wed", "wednesda"), ("thu", "thursday"),
    ("fri", "friday"), ("sat", "saturday"), ("sun", "sunday"),
  ])

  private static let zones: [(name: UInt64, hours: Int64)] = [
    (TextCursor.word("est"), -5), (TextCursor.word("edt"), -4), (TextCursor.word("cst"), -6),
    (TextCursor.word("cdt"), -5), (TextCursor.word("mst"), -7), (TextCursor.word("mdt"), -6),
    (TextCursor.word("pst"), -8), (TextCursor.word("pdt"), -7),
  ]

  private static func pairs(
    _ names: [(StaticString, StaticString)]
  ) -> [(short: UInt64, long: UInt64)] {
    names.map { (TextCursor.word($0.0), TextCursor.word($0.1)) }
  }
}
