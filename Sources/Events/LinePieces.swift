// The texts that a line holds, whatever the line was meant to be: to find somebody in lines that could not be
// read.

import Bytes

/// Pieces of a line that may be a value: what stands between quotes, and between the characters that
/// separate values in JSON, in tables and in prose.
///
/// JSON's escapes are resolved where they are whole. A value that is encoded in another way is not found.
public enum LinePieces {
  private static let quote = UInt8(ascii: "\"")
  private static let separators = Set("\"',;{}[]()<>=|\\ \t\r\n".utf8)
  /// Separates values as well, and yet stands within some.
  private static let colon = UInt8(ascii: ":")

  /// Passes on each piece that is not empty; the same text may come more than once.
  ///
  /// - Complexity: O(bytes).
  public static func visit(_ line: RawSpan, _ body: (RawSpan) -> Void) {
    visitUnescaped(line, body)
    guard line.contains(UInt8(ascii: "\\")) else { return }
    // What is within quotes is decoded on its own: a line that is cut short has a last part without an end.
    var start = 0
    var decoded: [UInt8] = []
    for end in 0...line.byteCount where end == line.byteCount || isQuote(line, at: end) {
      decoded.removeAll(keepingCapacity: true)
      _ = JSONEscapes.decode(line.extracting(start..<end), to: &decoded)
      if !decoded.isEmpty { body(decoded.span.bytes) }
      visitUnescaped(decoded.span.bytes, body)
      start = min(end + 1, line.byteCount)
    }
  }

  private static func isQuote(_ line: RawSpan, at index: Int) -> Bool {
    guard line[index] == quote else { return false }
    var backslashes = 0
    while backslashes < index, line[index - 1 - backslashes] == UInt8(ascii: "\\") {
      backslashes += 1
    }
    return backslashes.isMultiple(of: 2)
  }

  private static func visitUnescaped(_ line: RawSpan, _ body: (RawSpan) -> Void) {
    split(line, where: { $0 == quote }, body)
    split(line, where: { separators.contains($0) }) { piece in
      body(piece)
      if piece.contains(colon) { split(piece, where: { $0 == colon }, body) }
    }
  }

  private static func split(
    _ text: RawSpan, where isSeparator: (UInt8) -> Bool, _ body: (RawSpan) -> Void
  ) {
    var start = 0
    for end in 0...text.byteCount where end == text.byteCount || isSeparator(text[end]) {
      if end > start { body(text.extracting(start..<end)) }
      start = end + 1
    }
  }
}

extension RawSpan {
  fileprivate func contains(_ byte: UInt8) -> Bool {
    for index in 0..<byteCount where self[index] == byte { return true }
    return false
  }
}
