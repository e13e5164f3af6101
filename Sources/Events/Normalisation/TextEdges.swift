// What stands around a value and is not part of it: white space of any kind, zero-width characters and
// controls, as they come along from web pages, spreadsheets and clipboards.

import Bytes

/// Finds where a text begins and ends.
enum TextEdges {
  /// The range of a text without the white space, invisible characters and controls around it.
  ///
  /// - Complexity: O(what is left out); for plain text two comparisons.
  static func trimmed(_ text: RawSpan) -> Range<Int> {
    var start = 0
    var end = text.byteCount
    while start < end {
      if isASCIIEdge(text[start]) {
        start += 1
        continue
      }
      guard text[start] >= 0x80 else { break }
      let (scalar, length) = scalar(in: text, at: start)
      guard isEdge(scalar) else { break }
      start += length
    }
    while start < end {
      if isASCIIEdge(text[end - 1]) {
        end -= 1
        continue
      }
      guard text[end - 1] >= 0x80 else { break }
      let first = firstByte(of: text, endingAt: end, from: start)
      let (scalar, length) = scalar(in: text, at: first)
      guard first + length == end, isEdge(scalar) else { break }
      end = first
    }
    return start..<end
  }

  /// The range of a text without what is around it and without one pair of quotation marks.
  static func unquoted(_ text: RawSpan) -> Range<Int> {
    let outer = trimmed(text)
    guard outer.count >= 2, text[outer.lowerBound] == text[outer.upperBound - 1],
      text[outer.lowerBound] == UInt8(ascii: "\"") || text[outer.lowerBound] == UInt8(ascii: "'")
    else { return outer }
    let start = outer.lowerBound + 1
    let inner = trimmed(text.extracting(start..<(outer.upperBound - 1)))
    return (start + inner.lowerBound)..<(start + inner.upperBound)
  }

  /// The character at an offset and the count of its bytes; U+FFFD and 1 where the text is not UTF-8.
  static func scalar(in text: RawSpan, at offset: Int) -> (scalar: Unicode.Scalar, length: Int) {
    let first = text[offset]
    if first < 0x80 { return (Unicode.Scalar(first), 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first < 0xF5, offset + length <= text.byteCount else { return invalid }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for index in (offset + 1)..<(offset + length) {
      guard text[index] & 0xC0 == 0x80 else { return invalid }
      value = value << 6 | UInt32(text[index] & 0x3F)
    }
    guard let scalar = Unicode.Scalar(value), scalar.utf8.count == length else { return invalid }
    return (scalar, length)
  }

  private static let invalid: (Unicode.Scalar, Int) = ("\u{FFFD}", 1)

  private static func firstByte(of text: RawSpan, endingAt end: Int, from start: Int) -> Int {
    var first = end - 1
    while first > start, end - first < 4, text[first] & 0xC0 == 0x80 { first -= 1 }
    return first
  }

  private static func isASCIIEdge(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

  private static func isEdge(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
      || properties.generalCategory == .control
  }
}
