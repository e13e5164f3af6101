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
