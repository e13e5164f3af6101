// Times as numbers. The unit follows from the magnitude: seconds have ten digits today and milliseconds
// thirteen.

extension TimeText {
  /// Reads a number since 1970 as text, perhaps with a fraction or an exponent; nil if it is none.
  ///
  /// The unit is the largest of seconds, milliseconds, microseconds and nanoseconds in which the year has four digits:
  /// up to 253402300799 these are seconds, and so on. So the end of the year 9999, which stands for no end in many
  /// systems, is itself in every unit, and milliseconds begin in 1978. A number below 100000000 is not a time: an
  /// instant before 1973-03-03 cannot be distinguished from a counter. What is less than a millisecond is cut off
  /// towards the past. Eight, fourteen or seventeen digits that spell a date of the years 1900 to 2199 (`20240131`,
  /// `20240131101500`, `20240131101500123`) are that date, or nothing if there is no such day. `/Date(1706954400000)/`
  /// is always in milliseconds.
  public init?(number text: RawSpan) {
    var cursor = TextCursor(text)
    cursor.skipBlanks()
    if cursor.next == UInt8(ascii: "/") {
      guard let time = cursor.jsonDate() else { return nil }
      self = time
      return
    }
    if cursor.isAtCompactDate {
      guard let date = cursor.compactDate() else { return nil }
      self = date
      return
    }
    guard let number = cursor.scaledNumber(), number.mantissa > 0 else { return nil }
    cursor.skipBlanks()
    guard cursor.isAtEnd else { return nil }
    guard (9...21).contains(number.integerDigits) else { return nil }
    for shift in [3, 0, -3, -6] {
      if let time = number.scaled(by: shift), time.magnitude <= Timestamp.latest.milliseconds {
        self.init(local: time, offset: 0)
        return
      }
    }
    return nil
  }
}

extension Timestamp {
  /// A unit in which instants are counted since 1970.
  public enum NumberUnit: Sendable {
    /// Seconds.
    case seconds
    /// Milliseconds.
    case milliseconds
  }

  /// Reads a number since 1970 in a unit, perhaps with a fraction or an exponent; nil if it is none, or 0 or -1, which
  /// programs write for a missing time.
  ///
  /// What is less than a millisecond is cut off towards the past.
  public init?(number text: RawSpan, unit: NumberUnit) {
    var cursor = TextCursor(text)
    guard let number = cursor.scaledNumber(), cursor.isAtEnd, number.mantissa != 0,
      let count = number.scaled(by: unit == .seconds ? 3 : 0),
      count != (unit == .seconds ? -1000 : -1)
    else { return nil }
    self.init(milliseconds: count)
  }
}

/// A decimal number: digits, a power of ten, a sign.
private struct ScaledNumber {
  /// Up to eighteen significant digits.
  var mantissa: Int64 = 0
  var digitCount = 0
  /// The power of ten of the mantissa's last digit.
  var exponent = 0
  var isNegative = false
  /// Whether digits other than 0 were left out after the mantissa.
  var isCut = false

  /// The digits before the point, leading zeros not counted.
  var integerDigits: Int { digitCount + exponent }

  mutating func add(_ digit: Int64, isFraction: Bool) {
    if digitCount < 18 {
      mantissa = mantissa * 10 + digit
      if mantissa > 0 { digitCount += 1 }
      if isFraction { exponent -= 1 }
    } else {
      isCut = isCut || digit > 0
      if !isFraction { exponent += 1 }
    }
  }

  /// The number times a power of ten, cut to an integer towards negative infinity; nil beyond 64 bits.
  func scaled(by shift: Int) -> Int64? {
    var value = mantissa
    var rest = isCut
    var power = exponent + shift
    while power > 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
      power -= 1
    }
    while power < 0, value > 0 {
      rest = rest || value % 10 > 0
      value /= 10
      power += 1
    }
    return isNegative ? -value - (rest ? 1 : 0) : value
  }
}

extension TextCursor {
  /// A number with perhaps a sign, a fraction and an exponent.
  @_lifetime(self: copy self)
  fileprivate mutating func scaledNumber() -> ScaledNumber? {
    var number = ScaledNumber()
    number.isNegative = take(UInt8(ascii: "-"))
    guard digitRun > 0 else { return nil }
    while let digit = digit() { number.add(digit, isFraction: false) }
    if next == UInt8(ascii: "."), let after = peek(1), Self.isDigit(after) {
      offset += 1
      while let digit = digit() { number.add(digit, isFraction: true) }
    }
    guard takeLetter(UInt8(ascii: "e")) else { return number }
    let isNegative = take(UInt8(ascii: "-"))
    if !isNegative { _ = take(UInt8(ascii: "+")) }
    guard (1...3).contains(digitRun), let power = digits(digitRun) else { return nil }
    number.exponent += isNegative ? -Int(power) : Int(power)
    return number
  }

  /// Whether all that comes are the digits of a date of the years 1900 to 2199.
  fileprivate var isAtCompactDate: Bool {
    let run = digitRun
    guard run == 8 || run == 14 || run == 17, let first = next, let second = peek(1) else {
      return false
    }
    let century = Int(first) * 10 + Int(second) - 11 * 0x30
    for index in (offset + run)..<text.byteCount where text[index] != 0x20 { return false }
    return (19...21).contains(century)
  }

  /// `yyyyMMdd`, perhaps with `HHmmss` and `SSS`.
  @_lifetime(self: copy self)
  fileprivate mutating func compactDate() -> TimeText? {
    let run = digitRun
    guard let year = digits(4), let month = digits(2), let day = digits(2),
      let days = Timestamp.days(year, month, day)
    else { return nil }
    var time: Int64 = 0
    if run > 8 {
      guard let hour = digits(2), hour < 24, let minute = digits(2), minute < 60,
        let second = digits(2), second < 60
      else { return nil }
      time = ((hour * 60 + minute) * 60 + second) * 1000
      if run == 17 { time += digits(3) ?? 0 }
    }
    return TimeText(local: days * 86_400_000 + time, offset: nil)
  }

  /// `/Date(1706954400000)/` or `/Date(1706954400000+0100)/`, whose offset changes nothing.
  @_lifetime(self: copy self)
  fileprivate mutating func jsonDate() -> TimeText? {
    guard take(UInt8(ascii: "/")), word() == Self.word("date"), take(UInt8(ascii: "(")) else {
      return nil
    }
    guard let number = scaledNumber(), let milliseconds = number.scaled(by: 0) else { return nil }
    if isAtSign, signedOffset() == nil { return nil }
    guard take(UInt8(ascii: ")")), take(UInt8(ascii: "/")) else { return nil }
    skipBlanks()
    guard isAtEnd else { return nil }
    return TimeText(local: milliseconds, offset: 0)
  }
}
