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

  /// The range of a text without what is around it and without quotation marks in pairs: `"…"`, `'…'`, a grave
  /// accent on both sides, and typographic ones of one kind, whichever way they are turned.
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

  private enum QuotationMark { case double, single, grave, typographicDouble, typographicSingle }

  private static func quotationMark(
    in text: RawSpan, from range: Range<Int>
  ) -> (kind: QuotationMark, length: Int)? {
    guard let first = range.first else { return nil }
    let byte = text[first]
    if byte < 0x80 { return quotationMark(byte).map { ($0, 1) } }
    guard range.count >= 3 else { return nil }
    return quotationMark(text, at: first).map { ($0, 3) }
  }

  private static func quotationMark(
    in text: RawSpan, endOf range: Range<Int>
  ) -> (kind: QuotationMark, length: Int)? {
    guard let last = range.last else { return nil }
    let byte = text[last]
    if byte < 0x80 { return quotationMark(byte).map { ($0, 1) } }
    guard range.count >= 3 else { return nil }
    return quotationMark(text, at: last - 2).map { ($0, 3) }
  }

  private static func quotationMark(_ byte: UInt8) -> QuotationMark? {
    switch byte {
    case UInt8(ascii: "\""): .double
    case UInt8(ascii: "'"): .single
    case UInt8(ascii: "`"): .grave
    default: nil
    }
  }

  /// U+2018 to U+201F, which have three bytes.
  private static func quotationMark(_ text: RawSpan, at offset: Int) -> QuotationMark? {
    guard text[offset] == 0xE2, text[offset + 1] == 0x80 else { return nil }
    return switch text[offset + 2] {
    case 0x98...0x9B: .typographicSingle
    case 0x9C...0x9F: .typographicDouble
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
