// The parts that texts of times are made of: digits, marks, words, a time of day, an offset.

/// Reads the parts of a time's text, front to back.
struct TextCursor: ~Escapable {
  let text: RawSpan
  var offset = 0

  @_lifetime(copy text)
  init(_ text: RawSpan) { self.text = text }

  var isAtEnd: Bool { offset == text.byteCount }
  var next: UInt8? { offset < text.byteCount ? text[offset] : nil }

  /// The byte `distance` after the next one; nil beyond the end.
  func peek(_ distance: Int) -> UInt8? {
    offset + distance < text.byteCount ? text[offset + distance] : nil
  }

  /// The number of digits that come next.
  var digitRun: Int {
    var end = offset
    while end < text.byteCount, Self.isDigit(text[end]) { end += 1 }
    return end - offset
  }

  /// Whether a sign comes next.
  var isAtSign: Bool {
    next == UInt8(ascii: "+") || next == UInt8(ascii: "-") || isAtMinusSign
  }

  /// Whether U+2212, the minus sign that ISO 8601 prefers, comes next.
  private var isAtMinusSign: Bool { next == 0xE2 && peek(1) == 0x88 && peek(2) == 0x92 }

  static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
  }

  @_lifetime(self: copy self)
  mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  /// Takes a letter of either case.
  @_lifetime(self: copy self)
  mutating func takeLetter(_ letter: UInt8) -> Bool {
    guard let next, next | 0x20 == letter else { return false }
    offset += 1
    return true
  }

  /// Skips spaces, tabs and no-break spaces; true if there was one.
  @discardableResult
  @_lifetime(self: copy self)
  mutating func skipBlanks() -> Bool {
    let start = offset
    while let byte = next {
      if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
        offset += 1
      } else if byte == 0xC2, peek(1) == 0xA0 {
        offset += 2
      } else if byte == 0xE2, peek(1) == 0x80, peek(2) == 0xAF {
        // The narrow no-break space that ICU writes before AM and PM.
        offset += 3
      } else {
        break
      }
    }
    return offset > start
  }

  @_lifetime(self: copy self)
  mutating func digit() -> Int64? {
    guard let byte = next, Self.isDigit(byte) else { return nil }
    offset += 1
    return Int64(byte - UInt8(ascii: "0"))
  }

  @_lifetime(self: copy self)
  mutating func digits(_ count: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// A word of ASCII letters in lower case, first letter highest; nil if it is none, or longer than eight.
  ///
  /// An integer, so that comparing words allocates nothing.
  @_lifetime(self: copy self)
  mutating func word() -> UInt64? {
    var word: UInt64 = 0
    var count = 0
    while let byte = next, Self.isLetter(byte) {
      guard count < 8 else { return nil }
      word = word << 8 | UInt64(byte | 0x20)
      count += 1
      offset += 1
    }
    return count > 0 ? word : nil
  }

  /// What `word` gives for a text of up to eight lower-case letters.
  static func word(_ text: StaticString) -> UInt64 {
    text.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt64($1) } }
  }

  /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`, in milliseconds.
  ///
  /// A leap second counts as the last millisecond of its minute.
  @_lifetime(self: copy self)
  mutating func timeOfDay() -> Int64? {
    guard let hour = digits(2), hour < 24, take(UInt8(ascii: ":")), let minute = digits(2),
      minute < 60
    else { return nil }
    let result = (hour * 60 + minute) * 60_000
    guard take(UInt8(ascii: ":")) else { return result }
    return seconds().map { result + $0 }
  }

  /// `ss` or `ss.fraction`, in milliseconds.
  @_lifetime(self: copy self)
  mutating func seconds() -> Int64? {
    guard let second = digits(2), second <= 60 else { return nil }
    var fraction: Int64 = 0
    if take(UInt8(ascii: ".")) || take(UInt8(ascii: ",")) {
      guard let first = digit() else { return nil }
      fraction = first * 100
      var weight: Int64 = 10
      while let digit = digit() {
        fraction += digit * weight
        weight /= 10
      }
    }
    return second == 60 ? 59_999 : second * 1000 + fraction
  }

  /// Nothing, `Z`, `+hh:mm` or `+hhmm`, in milliseconds east of UTC.
  @_lifetime(self: copy self)
  mutating func zoneOffset() -> Int64? {
    if isAtEnd || take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
    let sign: Int64
    if take(UInt8(ascii: "+")) {
      sign = 1
    } else if take(UInt8(ascii: "-")) {
      sign = -1
    } else {
      return nil
    }
    guard let hour = digits(2), hour < 24 else { return nil }
    _ = take(UInt8(ascii: ":"))
    guard let minute = digits(2), minute < 60 else { return nil }
    return sign * (hour * 60 + minute) * 60_000
  }

  /// An offset of any form that is written: `+hh`, `+hhmm`, `+hh:mm`, `+hh:mm:ss`, `+hhmmss`, and one
  /// digit of hours as in `GMT+1`; in milliseconds east of UTC.
  @_lifetime(self: copy self)
  mutating func signedOffset() -> Int64? {
    var sign: Int64 = 1
    if isAtMinusSign {
      offset += 3
      sign = -1
    } else if take(UInt8(ascii: "-")) {
      sign = -1
    } else {
      guard take(UInt8(ascii: "+")) else { return nil }
    }
    let run = digitRun
    let isCompact = run == 4 || run == 6
    guard isCompact || run == 1 || run == 2, let hour = digits(isCompact ? 2 : run), hour < 24
    else { return nil }
    var seconds = hour * 3600
    for unit: Int64 in [60, 1] {
      if isCompact ? digitRun == 0 : !(next == UInt8(ascii: ":")) { break }
      if !isCompact { offset += 1 }
      guard let part = digits(2), part < 60 else { return nil }
      seconds += part * unit
    }
    return sign * seconds * 1000
  }
}
