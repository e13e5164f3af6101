// Room for the text of a stored value that is not kept as text: numbers, instants, UUIDs. Lives on
// the stack, so that reading one allocates nothing.

import Bytes

/// Up to 288 bytes of text: enough for a decimal of 255 places.
struct TextBuffer {
  private var storage = InlineArray<288, UInt8>(repeating: 0)
  private var count = 0

  /// What was written.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { storage.span.bytes.extracting(0..<count) }
  }

  /// Writes one byte; what follows the last place is dropped, which no caller gets to.
  mutating func write(byte: UInt8) {
    guard count < storage.count else { return }
    storage[count] = byte
    count += 1
  }

  /// Writes an integer in decimal.
  mutating func write(integer: Int64) {
    write(decimal: integer, scale: 0)
  }

  /// Writes `mantissa × 10^-scale` with exactly `scale` places after the point.
  mutating func write(decimal mantissa: Int64, scale: Int) {
    if mantissa < 0 { write(byte: UInt8(ascii: "-")) }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var length = 0
    var rest = mantissa.magnitude
    repeat {
      digits[length] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
      length += 1
    } while rest > 0
    for place in stride(from: max(length - 1, scale), through: 0, by: -1) {
      write(byte: place < length ? digits[place] : UInt8(ascii: "0"))
      if place == scale, scale > 0 { write(byte: UInt8(ascii: ".")) }
    }
  }

  /// Writes an instant as `YYYY-MM-DDThh:mm:ss.mmmZ`, or without the fraction.
  mutating func write(milliseconds: Int64, withFraction: Bool) {
    let text = Timestamp(milliseconds: milliseconds).canonicalText
    for index in 0..<(withFraction ? 23 : 19) { write(byte: text[index]) }
    write(byte: UInt8(ascii: "Z"))
  }
}

/// The canonical text of a UUID: 8-4-4-4-12 lower-case hexadecimal digits.
@usableFromInline
enum UUIDText {
  static let textByteCount = 36
  @usableFromInline static let storedByteCount = 16

  /// The 16 bytes of a canonical text, high half first; nil for any other text.
  static func read(_ text: RawSpan) -> (high: UInt64, low: UInt64)? {
    guard text.byteCount == textByteCount, text[8] == hyphen, text[13] == hyphen,
      text[18] == hyphen, text[23] == hyphen
    else { return nil }
    var invalid: UInt8 = 0
    var high: UInt64 = 0
    append(text, 0..<8, to: &high, &invalid)
    append(text, 9..<13, to: &high, &invalid)
    append(text, 14..<18, to: &high, &invalid)
    var low: UInt64 = 0
    append(text, 19..<23, to: &low, &invalid)
    append(text, 24..<36, to: &low, &invalid)
    return invalid & 0xF0 == 0 ? (high, low) : nil
  }

  private static let hyphen = UInt8(ascii: "-")

  /// Appends lower-case hexadecimal digits to `value`; any other byte sets upper bits of `invalid`.
  ///
  /// One check at the end instead of one a digit: most texts of this length are UUIDs.
  @inline(__always)
  private static func append(
    _ text: RawSpan, _ range: Range<Int>, to value: inout UInt64, _ invalid: inout UInt8
  ) {
    for index in range {
      let number = text[index] &- UInt8(ascii: "0")
      let letter = text[index] &- UInt8(ascii: "a")
      let digit = number < 10 ? number : (letter < 6 ? letter &+ 10 : 0xFF)
      invalid |= digit
      value = value &<< 4 | UInt64(digit & 15)
    }
  }

  /// Writes the text of 16 stored bytes.
  static func write(_ stored: RawSpan, to text: inout TextBuffer) {
    for index in 0..<stored.byteCount {
      if index == 4 || index == 6 || index == 8 || index == 10 {
        text.write(byte: UInt8(ascii: "-"))
      }
      text.write(byte: hexDigit(stored[index] >> 4))
      text.write(byte: hexDigit(stored[index] & 15))
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
