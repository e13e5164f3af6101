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

  /// Whether nothing is around a text for sure: `unquoted` gives the whole of it.
  @inline(__always)
  static func isBare(_ text: RawSpan) -> Bool {
    let count = text.byteCount
    guard count > 0 else { return false }
    let (first, last) = (text[0], text[count - 1])
    return first > 0x20 && first < 0x7F && last > 0x20 && last < 0x7F
      && first != UInt8(ascii: "\"") && first != UInt8(ascii: "'") && first != UInt8(ascii: "`")
  }

  /// The range of a text without what is around it and without quotation marks in pairs: `"…"`, `'…'`, a grave
  /// accent on both sides, and typographic ones of one kind (guillemets too), whichever way they are turned.
  ///
  /// - Complexity: O(what is left out).
  static func unquoted(_ text: RawSpan) -> Range<Int> {
    var range = trimmed(text)
    while let first = quotationMark(in: text, from: range),
      let last = quotationMark(in: text, endOf: range), first.kind == last.kind,
      range.count >= first.length + last.length
    {
      let start = range.lowerBound + first.length
      let inner = trimmed(text.extracting(start..<(range.upperBound - last.length)))
      range = (start + inner.lowerBound)..<(start + inner.upperBound)
    }
    return range
  }

  private enum QuotationMark {
    case double, single, grave, typographicDouble, typographicSingle, guillemet, singleGuillemet
  }

  private static func quotationMark(
    in text: RawSpan, from range: Range<Int>
  ) -> (kind: QuotationMark, length: Int)? {
    guard !range.isEmpty else { return nil }
    return quotationMark(in: text, range, length: 1, at: range.lowerBound)
      ?? quotationMark(in: text, range, length: 2, at: range.lowerBound)
      ?? quotationMark(in: text, range, length: 3, at: range.lowerBound)
  }

  private static func quotationMark(
    in text: RawSpan, endOf range: Range<Int>
  ) -> (kind: QuotationMark, length: Int)? {
    guard !range.isEmpty else { return nil }
    return quotationMark(in: text, range, length: 1, at: range.upperBound - 1)
      ?? quotationMark(in: text, range, length: 2, at: range.upperBound - 2)
      ?? quotationMark(in: text, range, length: 3, at: range.upperBound - 3)
  }

  /// The mark of some bytes that stands at an offset.
  private static func quotationMark(
    in text: RawSpan, _ range: Range<Int>, length: Int, at offset: Int
  ) -> (kind: QuotationMark, length: Int)? {
    guard range.count >= length else { return nil }
    let kind: QuotationMark? =
      switch (length, text[offset]) {
      case (1, UInt8(ascii: "\"")): .double
      case (1, UInt8(ascii: "'")): .single
      case (1, UInt8(ascii: "`")): .grave
      case (2, 0xC2) where [0xAB, 0xBB].contains(text[offset + 1]): .guillemet
      case (3, 0xE2) where text[offset + 1] == 0x80: typographic(text[offset + 2])
      default: nil
      }
    return kind.map { ($0, length) }
  }

  /// The mark among U+2018 to U+201F, U+2039 and U+203A, by its last byte.
  private static func typographic(_ last: UInt8) -> QuotationMark? {
    switch last {
    case 0x98...0x9B: .typographicSingle
    case 0x9C...0x9F: .typographicDouble
    case 0xB9, 0xBA: .singleGuillemet
    default: nil
    }
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
