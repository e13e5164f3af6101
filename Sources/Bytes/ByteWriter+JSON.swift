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
    while true {
      let end = text.firstEscape(from: start)
      append(text.extracting(start..<end))
      if end == text.byteCount { break }
      jsonEscape(of: text[end])
      start = end + 1
    }
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

extension RawSpan {
  /// The offset of the first byte from `start` on that a JSON string must escape; the number of bytes if
  /// there is none.
  ///
  /// Complexity: O(n), eight bytes at a time.
  fileprivate func firstEscape(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index &+ 8 <= byteCount {
      // Within the span, as just checked.
      let word = unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
      // The top bit of some byte is set if a byte is below 0x20, a quote or a backslash.
      let control = (word &- ones &* 0x20) & ~word
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let found =
        control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
      if found & tops != 0 { break }
      index &+= 8
    }
    while index < byteCount {
      let byte = self[index]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index &+= 1
    }
    return index
  }
}
