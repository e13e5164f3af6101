// Whether a text is one JSON value and nothing else: for texts that are put into a line, which must not be
// able to say anything about the rest of it.

import Bytes

/// Checks JSON by the grammar of RFC 8259.
enum JSONText {
  /// Nothing that nests deeper is an event.
  private static let depthMax = 64

  /// Whether a text is exactly one value, with blanks around it at most.
  ///
  /// - Complexity: O(bytes), in bounded depth.
  static func isOneValue(_ text: RawSpan) -> Bool {
    var index = 0
    guard value(text, &index, depth: 0) else { return false }
    skipBlanks(text, &index)
    return index == text.byteCount
  }

  private static func value(_ text: RawSpan, _ index: inout Int, depth: Int) -> Bool {
    skipBlanks(text, &index)
    guard depth <= depthMax, index < text.byteCount else { return false }
    switch text[index] {
    case UInt8(ascii: "{"): return members(text, &index, until: UInt8(ascii: "}"), depth: depth)
    case UInt8(ascii: "["): return members(text, &index, until: UInt8(ascii: "]"), depth: depth)
    case UInt8(ascii: "\""): return string(text, &index)
    default: return scalar(text, &index)
    }
  }

  private static func members(
    _ text: RawSpan, _ index: inout Int, until close: UInt8, depth: Int
  ) -> Bool {
    index += 1
    if takes(close, text, &index) { return true }
    while true {
      if close == UInt8(ascii: "}") {
        skipBlanks(text, &index)
        guard index < text.byteCount, text[index] == UInt8(ascii: "\""), string(text, &index),
          takes(UInt8(ascii: ":"), text, &index)
        else { return false }
      }
      guard value(text, &index, depth: depth + 1) else { return false }
      if takes(close, text, &index) { return true }
      guard takes(UInt8(ascii: ","), text, &index) else { return false }
    }
  }

  private static func string(_ text: RawSpan, _ index: inout Int) -> Bool {
    index += 1
    while index < text.byteCount {
      let byte = text[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return true
      case 0..<0x20: return false
      case UInt8(ascii: "\\"):
        guard index < text.byteCount, JSONEscapes.isEscape(text[index]) else { return false }
        index += 1
      default: break
      }
    }
    return false
  }

  private static func scalar(_ text: RawSpan, _ index: inout Int) -> Bool {
    let start = index
    while index < text.byteCount, !endsScalar(text[index]) { index += 1 }
    let token = text.extracting(start..<index)
    return token.equals("true") || token.equals("false") || token.equals("null")
      || JSONNumber(text, start..<index) != nil
  }

  private static func takes(_ byte: UInt8, _ text: RawSpan, _ index: inout Int) -> Bool {
    skipBlanks(text, &index)
    guard index < text.byteCount, text[index] == byte else { return false }
    index += 1
    return true
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: true
    default: false
    }
  }

  private static func skipBlanks(_ text: RawSpan, _ index: inout Int) {
    while index < text.byteCount {
      switch text[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }
}
