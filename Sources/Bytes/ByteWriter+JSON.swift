// The one place where text becomes a JSON string: stored events, exports and `--json` all write theirs
// here.

extension ByteWriter {
  /// Writes a JSON string: quotes around it, escapes for what JSON demands, and nothing else.
  ///
  /// Source: RFC 8259, section 7. Complexity: O(n).
  ///
  /// - Parameter text: UTF-8; other bytes are written as they are.
  public mutating func jsonString(_ text: RawSpan) {
    u8(UInt8(ascii: "\""))
    var start = 0
    for index in 0..<text.byteCount {
      let byte = text[index]
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
      append(text.extracting(start..<index))
      start = index + 1
      jsonEscape(of: byte)
    }
    append(text.extracting(start..<text.byteCount))
    u8(UInt8(ascii: "\""))
  }

  /// Writes a JSON string.
  public mutating func jsonString(_ text: String) {
    let bytes = Array(text.utf8)
    jsonString(bytes.span.bytes)
  }

  /// Writes a UTF-16 code unit as `\u` and four hexadecimal digits.
  public mutating func jsonEscape(unit: UInt16) {
    append("\\u")
    for shift in [12, 8, 4, 0] {
      let digit = UInt8(truncatingIfNeeded: unit >> shift) & 15
      u8(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  private mutating func jsonEscape(of byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x08: append("\\b")
    case 0x09: append("\\t")
    case 0x0A: append("\\n")
    case 0x0C: append("\\f")
    case 0x0D: append("\\r")
    default: jsonEscape(unit: UInt16(byte))
    }
  }
}
