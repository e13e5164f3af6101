// Kinds of bytes that the grammars of formats are made of.

/// Kinds of ASCII characters.
enum ASCII {
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
  static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- 0x61 < 6
  }

  /// Whether one of the characters of `set` is `byte`.
  static func isOne(_ byte: UInt8, of set: StaticString) -> Bool {
    set.withUTF8Buffer { $0.contains(byte) }
  }
}
