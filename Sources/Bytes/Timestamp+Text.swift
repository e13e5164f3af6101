// RFC 3339 in and out: the form that almost all events have, so it is read on a path of its own. A date
// alone, `T` or a space, fractions of any length (cut to milliseconds, towards the past), `Z`, `+hh:mm`,
// `+hhmm` or no offset (UTC). `TimeText` reads the other forms that senders write.

extension Timestamp {
  /// The number of bytes of the canonical text.
  public static let textByteCount = 24

  /// Reads an RFC 3339 instant, or nil if `text` is not one or lies outside `earliest ... latest`.
  ///
  /// Complexity: O(n), no allocation.
  public init?(_ text: RawSpan) {
    var cursor = TextCursor(text)
    guard let year = cursor.digits(4), cursor.take(UInt8(ascii: "-")),
      let month = cursor.digits(2), cursor.take(UInt8(ascii: "-")),
      let day = cursor.digits(2), year >= 1, (1...12).contains(month),
      day >= 1, day <= Self.days(inMonth: month, of: year)
    else { return nil }
    var milliseconds = Self.daysFromCivil(year, month, day) * 86_400_000
    if !cursor.isAtEnd {
      guard cursor.take(UInt8(ascii: "T")) || cursor.take(UInt8(ascii: "t")) || cursor.take(0x20),
        let time = cursor.timeOfDay(), let offset = cursor.zoneOffset(), cursor.isAtEnd
      else { return nil }
      milliseconds += time - offset
    }
    self.init(milliseconds: milliseconds)
    guard self >= .earliest, self <= .latest else { return nil }
  }

  /// Reads an RFC 3339 instant from a string.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span.bytes)
  }

  /// Writes the canonical text, `YYYY-MM-DDThh:mm:ss.mmmZ`; an instant without one is clamped.
  public func write(to bytes: inout [UInt8]) {
    let text = canonicalText
    for index in text.indices { bytes.append(text[index]) }
  }

  /// The canonical text, `YYYY-MM-DDThh:mm:ss.mmmZ`, as ASCII; an instant without one is clamped.
  ///
  /// Allocates nothing.
  public var canonicalText: InlineArray<24, UInt8> {
    let clamped = min(max(self, .earliest), .latest).milliseconds
    var rest = clamped % 86_400_000
    var days = clamped / 86_400_000
    if rest < 0 {
      rest += 86_400_000
      days -= 1
    }
    let (year, month, day) = Self.civilFromDays(days)
    var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "Z"))
    Self.put(year, 0..<4, UInt8(ascii: "-"), into: &text)
    Self.put(month, 5..<7, UInt8(ascii: "-"), into: &text)
    Self.put(day, 8..<10, UInt8(ascii: "T"), into: &text)
    Self.put(rest / 3_600_000, 11..<13, UInt8(ascii: ":"), into: &text)
    Self.put(rest / 60_000 % 60, 14..<16, UInt8(ascii: ":"), into: &text)
    Self.put(rest / 1000 % 60, 17..<19, UInt8(ascii: "."), into: &text)
    Self.put(rest % 1000, 20..<23, UInt8(ascii: "Z"), into: &text)
    return text
  }

  /// Puts the last digits of `value` in their places, and `end` after them.
  private static func put(
    _ value: Int64, _ places: Range<Int>, _ end: UInt8, into text: inout InlineArray<24, UInt8>
  ) {
    var value = value
    for place in places.reversed() {
      text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
      value /= 10
    }
    text[places.upperBound] = end
  }

  /// Source: H.
  ///
  /// Hinnant, chrono-Compatible Low-Level Date Algorithms, days_from_civil.
  package static func daysFromCivil(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Source: as above, civil_from_days.
  package static func civilFromDays(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Timestamp: CustomStringConvertible {
  /// The canonical text, `YYYY-MM-DDThh:mm:ss.mmmZ`.
  public var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
