// The tokens of one line, as simdjson's first stage found them, and the checks that it leaves to
// the reader: which token may stand where is the encoder's business, what one token may look like
// is settled here.

import Bytes

/// The tokens of one line of JSON.
struct JSONTokens: ~Escapable {
  let text: RawSpan
  /// The text and eight bytes more at least, for loads of whole words.
  let padded: RawSpan
  let positions: Span<UInt32>
  /// Where positions count from, in the text.
  let base: Int
  /// The first byte of the line and the one after its last.
  let line: Range<Int>
  /// The first token of the line and the one after its last.
  let range: Range<Int>
  /// Whether the line has a backslash at all; most have none.
  let hasBackslash: Bool

  @_lifetime(borrow scanner)
  init(_ scanner: borrowing StructuralScanner, base: Int, line: Range<Int>, range: Range<Int>) {
    let text = scanner.text
    self.init(
      text: text, padded: scanner.padded, positions: scanner.positions, base: base,
      line: line, range: range,
      hasBackslash: ByteSearch.first(
        UInt8(ascii: "\\"), in: text, from: line.lowerBound, to: line.upperBound) != nil)
  }

  /// As above, for callers that know whether the line has a backslash.
  @_lifetime(borrow scanner)
  init(
    _ scanner: borrowing StructuralScanner, line: Range<Int>, range: Range<Int>,
    hasBackslash: Bool
  ) {
    self.init(
      text: scanner.text, padded: scanner.padded, positions: scanner.positions, base: 0,
      line: line, range: range, hasBackslash: hasBackslash)
  }

  @_lifetime(copy text, copy padded, copy positions)
  private init(
    text: RawSpan, padded: RawSpan, positions: Span<UInt32>, base: Int, line: Range<Int>,
    range: Range<Int>, hasBackslash: Bool
  ) {
    self.text = text
    self.padded = padded
    self.positions = positions
    self.base = base
    self.line = line
    self.range = range
    self.hasBackslash = hasBackslash
  }

  /// The tokens after the first.
  @_lifetime(copy self)
  func dropFirst() -> JSONTokens {
    JSONTokens(
      text: text, padded: padded, positions: positions, base: base, line: line,
      range: (range.lowerBound + 1)..<range.upperBound, hasBackslash: hasBackslash)
  }

  /// Where a token begins in the text; the end of the line for the token after the last.
  @inline(__always)
  func start(_ token: Int) -> Int {
    token < range.upperBound ? base &+ Int(positions[token]) : line.upperBound
  }

  /// Where a token begins that is one of the line's.
  @inline(__always)
  func known(_ token: Int) -> Int { base &+ Int(positions[token]) }

  /// The first byte of a token; 0, which begins none, after the last.
  @inline(__always)
  func byte(_ token: Int) -> UInt8 {
    token < range.upperBound ? text[base &+ Int(positions[token])] : 0
  }

  /// A problem with a token.
  func problem(
    _ code: EventProblem.Code, field: EventField = .none, _ token: Int
  ) -> EventProblem {
    EventProblem(code, field: field, at: start(token) - line.lowerBound)
  }

  /// The bytes between the quotes of a string token.
  ///
  /// The scan has made sure that the string ends; after its closing quote there is only white space
  /// up to the next token, so the quote is the last byte before that.
  @inline(__always)
  func string(_ token: Int) throws(EventProblem) -> Range<Int> {
    let start = start(token) &+ 1
    var end = self.start(token &+ 1) &- 1
    while end >= start {
      let byte = text[end]
      if byte == UInt8(ascii: "\"") { return start..<end }
      guard Self.isSpace(byte) else { break }
      end &-= 1
    }
    throw problem(.invalidJSON, token)
  }

  /// The bytes of a token that is not a string, without the white space after it.
  @inline(__always)
  func scalar(_ token: Int) -> Range<Int> {
    let start = start(token)
    var end = self.start(token &+ 1)
    while end > start, Self.isSpace(text[end &- 1]) { end &-= 1 }
    return start..<end
  }

  /// Whether the token is exactly this literal.
  func isLiteral(_ token: Int, _ literal: StaticString) -> Bool {
    text.extracting(scalar(token)).equals(literal)
  }

  /// Whether there is a backslash in a part of the line.
  func hasBackslash(in range: Range<Int>) -> Bool {
    hasBackslash
      && ByteSearch.first(
        UInt8(ascii: "\\"), in: text, from: range.lowerBound, to: range.upperBound) != nil
  }

  /// Whether an empty list begins with the token.
  @inline(__always)
  func isEmptyList(_ token: Int) -> Bool {
    byte(token) == UInt8(ascii: "[") && byte(token &+ 1) == UInt8(ascii: "]")
  }

  /// Whether the token is, or begins, a JSON value.
  func beginsValue(_ token: Int) -> Bool {
    switch byte(token) {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): true
    case UInt8(ascii: "t"): isLiteral(token, "true")
    case UInt8(ascii: "f"): isLiteral(token, "false")
    case UInt8(ascii: "n"): isLiteral(token, "null")
    default: JSONNumber(text, scalar(token)) != nil
    }
  }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}
