// UUIDs in the one text that is stored as a number. Nearly all message ids are such, so the 32 digits are read and
// checked eight at a time.

import Bytes

/// The canonical text of a UUID: 8-4-4-4-12 lower-case hexadecimal digits.
@usableFromInline
enum UUIDText {
  static let textByteCount = 36
  @usableFromInline static let storedByteCount = 16

  /// The 16 bytes of a canonical text, high half first; nil for any other text.
  static func read(_ text: RawSpan) -> (high: UInt64, low: UInt64)? {
    guard text.byteCount == textByteCount else { return nil }
    return text.withUnsafeBytes { $0.baseAddress.flatMap { read($0) } }
  }

  /// As above, of 36 bytes.
  static func read(_ text: UnsafeRawPointer) -> (high: UInt64, low: UInt64)? {
    // The 32 digits in four words, without the hyphens between them.
    let first = word(text, 0)
    let second = word(text, 9) & 0xFFFF_FFFF | word(text, 14) << 32
    let third = word(text, 19) & 0xFFFF_FFFF | word(text, 24) << 32
    let fourth = word(text, 28)
    let hyphens =
      word(text, 8) & 0xFF ^ 0x2D | (word(text, 11) >> 16 & 0xFF ^ 0x2D)
      | (word(text, 16) >> 16 & 0xFF ^ 0x2D) | (word(text, 16) >> 56 ^ 0x2D)
    guard hyphens == 0,
      areDigits(first) & areDigits(second) & areDigits(third) & areDigits(fourth) != 0
    else { return nil }
    return (value(first) << 32 | value(second), value(third) << 32 | value(fourth))
  }

  @inline(__always)
  private static func word(_ text: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The top bit of each byte set if all eight are lower-case hexadecimal digits; 0 if one is not.
  @inline(__always)
  static func areDigits(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones << 7
    let low = word & ~tops
    // The top bit says: from '0' on, beyond '9', from 'a' on, beyond 'f'.
    let isDigit = (low &+ ones &* 0x50) & ~(low &+ ones &* 0x46)
    let isLetter = (low &+ ones &* 0x1F) & ~(low &+ ones &* 0x19)
    return (isDigit | isLetter) & ~word & tops == tops ? tops : 0
  }

  /// The 32 bits that eight digits stand for, the first one's highest.
  @inline(__always)
  static func value(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let digits = (word & (ones &* 0x0F)) &+ (word >> 6 & ones) &* 9
    let bytes = (digits << 4 | digits >> 8) & 0x00FF_00FF_00FF_00FF
    let pairs = (bytes << 8 | bytes >> 16) & 0x0000_FFFF_0000_FFFF
    return (pairs << 16 | pairs >> 32) & 0xFFFF_FFFF
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
