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

  /// Where the marks end that stand at a place of a text: each program that a file went through may have put one.
  static func end(ofThoseAt index: Int, in text: RawSpan) -> Int {
    var end = index
    while isAt(end, in: text) { end += bytes.count }
    return end
  }

  /// Whether a text is blank except for marks at its beginning.
  static func isAll(of text: RawSpan) -> Bool {
    guard isAt(0, in: text) else { return false }
    for index in end(ofThoseAt: 0, in: text)..<text.byteCount {
      guard [0x20, 0x09, 0x0D].contains(text[index]) else { return false }
    }
    return true
  }

  /// The tokens of a line without the marks before the first of them.
  ///
  /// - Throws: `invalid_json` if the line begins with something else, or with nothing but marks.
  @_lifetime(copy tokens)
  static func skipped(_ tokens: borrowing JSONTokens) throws(EventProblem) -> JSONTokens {
    let start = tokens.start(tokens.range.lowerBound)
    guard isAt(start, in: tokens.text), tokens.range.count > 1,
      tokens.start(tokens.range.lowerBound + 1) == end(ofThoseAt: start, in: tokens.text)
    else { throw EventProblem(.invalidJSON, at: 0) }
    return tokens.dropFirst()
  }
}
