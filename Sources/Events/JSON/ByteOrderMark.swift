// The mark that some editors put before UTF-8. RFC 8259 lets a reader pass over it; files that are joined
// have it in the middle, too.

import Bytes

/// The byte order mark of UTF-8.
public enum ByteOrderMark {
  /// Its bytes.
  public static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]
  static let firstByte: UInt8 = 0xEF

  /// Whether the mark stands at a place of a text.
  static func isAt(_ index: Int, in text: RawSpan) -> Bool {
    guard index + bytes.count <= text.byteCount else { return false }
    return (0..<bytes.count).allSatisfy { text[index + $0] == bytes[$0] }
  }

  /// Whether a text is blank but for a mark at its beginning.
  static func isAll(of text: RawSpan) -> Bool {
    guard isAt(0, in: text) else { return false }
    for index in bytes.count..<text.byteCount {
      guard [0x20, 0x09, 0x0D].contains(text[index]) else { return false }
    }
    return true
  }

  /// The tokens of a line without the mark before the first of them.
  ///
  /// - Throws: `invalid_json` if the line begins with something else, or with nothing but the mark.
  @_lifetime(copy tokens)
  static func skipped(_ tokens: borrowing JSONTokens) throws(EventProblem) -> JSONTokens {
    let start = tokens.start(tokens.range.lowerBound)
    guard isAt(start, in: tokens.text), tokens.range.count > 1,
      tokens.start(tokens.range.lowerBound + 1) == start + bytes.count
    else { throw EventProblem(.invalidJSON, at: 0) }
    return tokens.dropFirst()
  }
}
