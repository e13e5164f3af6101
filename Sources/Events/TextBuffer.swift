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
    var text: [UInt8] = []
    Timestamp(milliseconds: milliseconds).write(to: &text)
    for byte in text.prefix(withFraction ? 23 : 19) { write(byte: byte) }
    write(byte: UInt8(ascii: "Z"))
  }
}

/// The canonical text of a UUID: 8-4-4-4-12 lower-case hexadecimal digits.
enum UUIDText {
  static let textByteCount = 36
  static let storedByteCount = 16

  /// The 16 bytes of a canonical text, high half first; nil for any other text.
  static func read(_ text: RawSpan) -> (high: UInt64, low: UInt64)? {
    guard text.byteCount == textByteCount else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<textByteCount {
      let byte = text[index]
      switch index {
      case 8, 13, 18, 23:
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      default: break
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(digit)
    }
    return (high, low)
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
