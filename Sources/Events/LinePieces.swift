// The texts that a line holds, whatever the line was meant to be: to find somebody in lines that could not be
// read.

import Bytes

/// Pieces of a line that may be a value: what stands between quotes, between delimiters of a table, and
/// between characters that separate values in JSON, in addresses and in prose.
///
/// JSON's escapes are resolved where they are whole. A value that is encoded in another way is not found.
public enum LinePieces {
  /// The longest piece that is looked at, in bytes: no identifier is longer.
  private static let bytesMax = IdentifierReader.valueBytesMax
  private static let quote = UInt8(ascii: "\"")
  private static let escape = UInt8(ascii: "\\")
  /// Each on its own may delimit the cells of a table, whose text then holds the others.
  private static let delimiters = Array(",;\t|".utf8)
  private static let separators = Set("\"',;{}[]()<>=|\\&?#/ \t\r\n".utf8)
  /// Separates values as well, and yet stands within some.
  private static let colon = UInt8(ascii: ":")

  /// Whether `body` says yes to one of the pieces; the same text may come more than once.
  ///
  /// - Complexity: O(bytes).
  public static func contains(_ line: RawSpan, where body: (RawSpan) -> Bool) -> Bool {
    if plainContains(line, body) { return true }
    guard has(escape, line) else { return false }
    // What is within quotes is decoded on its own: a line that is cut short has a last part without an end.
    var start = 0
    var decoded: [UInt8] = []
    for end in 0...line.byteCount where end == line.byteCount || isQuote(line, at: end) {
      decoded.removeAll(keepingCapacity: true)
      _ = JSONEscapes.decode(line.extracting(start..<end), to: &decoded)
      if take(decoded.span.bytes, body) || plainContains(decoded.span.bytes, body) { return true }
      start = min(end + 1, line.byteCount)
    }
    return false
  }

  private static func isQuote(_ line: RawSpan, at index: Int) -> Bool {
    guard line[index] == quote else { return false }
    var backslashes = 0
    while backslashes < index, line[index - 1 - backslashes] == escape { backslashes += 1 }
    return backslashes.isMultiple(of: 2)
  }

  private static func plainContains(_ line: RawSpan, _ body: (RawSpan) -> Bool) -> Bool {
    if splitContains(line, { $0 == quote }, body) { return true }
    for delimiter in delimiters where has(delimiter, line) {
      if splitContains(line, { $0 == delimiter || $0 == quote }, body) { return true }
      if splitContains(line, { $0 == delimiter }, body) { return true }
    }
    return splitContains(line, { separators.contains($0) }) { piece in
      body(piece) || (has(colon, piece) && splitContains(piece, { $0 == colon }, body))
    }
  }

  private static func splitContains(
    _ text: RawSpan, _ isSeparator: (UInt8) -> Bool, _ body: (RawSpan) -> Bool
  ) -> Bool {
    var start = 0
    for end in 0...text.byteCount where end == text.byteCount || isSeparator(text[end]) {
      if take(text.extracting(start..<end), body) { return true }
      start = end + 1
    }
    return false
  }

  /// Asks about a piece, if it can be a value, as it is and without the blanks around it.
  private static func take(_ piece: RawSpan, _ body: (RawSpan) -> Bool) -> Bool {
    var (start, end) = (0, piece.byteCount)
    while start < end, isBlank(piece[start]) { start += 1 }
    while start < end, isBlank(piece[end - 1]) { end -= 1 }
    guard start < end, end - start <= bytesMax else { return false }
    if body(piece.extracting(start..<end)) { return true }
    return end - start < piece.byteCount && piece.byteCount <= bytesMax && body(piece)
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
  }

  private static func has(_ byte: UInt8, _ text: RawSpan) -> Bool {
    for index in 0..<text.byteCount where text[index] == byte { return true }
    return false
  }
}
