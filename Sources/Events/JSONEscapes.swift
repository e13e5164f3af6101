// Backslashes in strings. Apart from the rest because few strings have any.

import Bytes

/// Decodes escapes in JSON strings.
package enum JSONEscapes {
  /// What decoding came to.
  package enum Result {
    case ok
    /// A backslash is followed by something that is not an escape.
    case invalidEscape
    /// Half of a surrogate pair: the string would not be Unicode.
    case loneSurrogate
  }

  /// Appends the characters of a string's bytes.
  ///
  /// Complexity: O(n).
  package static func decode(_ raw: RawSpan, to bytes: inout [UInt8]) -> Result {
    var index = 0
    while index < raw.byteCount {
      let byte = raw[index]
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        index += 1
        continue
      }
      guard index + 1 < raw.byteCount else { return .invalidEscape }
      let escape = raw[index + 1]
      index += 2
      if escape == UInt8(ascii: "u") {
        let result = decodeUnicode(raw, &index, to: &bytes)
        guard result == .ok else { return result }
      } else {
        guard let character = character(of: escape) else { return .invalidEscape }
        bytes.append(character)
      }
    }
    return .ok
  }

  /// Whether a byte may follow a backslash.
  static func isEscape(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "u") || character(of: byte) != nil
  }

  private static func character(of escape: UInt8) -> UInt8? {
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// Decodes what follows `\u`, a second `\u` of a surrogate pair included.
  private static func decodeUnicode(
    _ raw: RawSpan, _ index: inout Int, to bytes: inout [UInt8]
  ) -> Result {
    guard let first = hex4(raw, index) else { return .invalidEscape }
    index += 4
    guard (0xD800...0xDFFF).contains(first) else {
      append(first, to: &bytes)
      return .ok
    }
    guard first < 0xDC00, index + 1 < raw.byteCount, raw[index] == UInt8(ascii: "\\"),
      raw[index + 1] == UInt8(ascii: "u"), let second = hex4(raw, index + 2),
      (0xDC00...0xDFFF).contains(second)
    else { return .loneSurrogate }
    index += 6
    append(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00), to: &bytes)
    return .ok
  }

  private static func hex4(_ raw: RawSpan, _ start: Int) -> UInt32? {
    guard start + 4 <= raw.byteCount else { return nil }
    var value: UInt32 = 0
    for index in start..<(start + 4) {
      let byte = raw[index]
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// Appends the UTF-8 of a code point that is not a surrogate and at most 0x10FFFF.
  private static func append(_ code: UInt32, to bytes: inout [UInt8]) {
    func last(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (code >> shift) & 0x3F) }
    switch code {
    case 0..<0x80:
      bytes.append(UInt8(code))
    case 0x80..<0x800:
      bytes.append(UInt8(0xC0 | code >> 6))
      bytes.append(last(0))
    case 0x800..<0x10000:
      bytes.append(UInt8(0xE0 | code >> 12))
      bytes.append(last(6))
      bytes.append(last(0))
    default:
      bytes.append(UInt8(0xF0 | code >> 18))
      bytes.append(last(12))
      bytes.append(last(6))
      bytes.append(last(0))
    }
  }
}

/// The characters of a string token: a part of the text, or what its escapes stand for.
struct JSONString {
  fileprivate let range: Range<Int>
  fileprivate let unescaped: [UInt8]
  fileprivate let isEscaped: Bool

  fileprivate init(range: Range<Int>, unescaped: [UInt8], isEscaped: Bool) {
    self.range = range
    self.unescaped = unescaped
    self.isEscaped = isEscaped
  }

  /// A part of the text that has no escapes, as of a number that is taken for a string.
  init(_ range: Range<Int>) { self.init(range: range, unescaped: [], isEscaped: false) }

  /// The characters, given the text that the token is in.
  @_lifetime(borrow self, copy text)
  @inline(__always)
  func characters(in text: RawSpan) -> RawSpan {
    isEscaped ? unescaped.span.bytes : text.extracting(range)
  }
}

/// Reads string tokens; keeps the memory for those with escapes.
struct JSONStringReader {
  private var unescaped: [UInt8] = []

  /// Reads a string token.
  ///
  /// - Throws: `invalidJSON` for a wrong escape, `invalidUTF8` for half of a surrogate pair.
  @inline(__always)
  mutating func read(
    _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) -> JSONString {
    let range = try tokens.string(token)
    guard tokens.hasBackslash(in: range) else {
      return JSONString(range: range, unescaped: [], isEscaped: false)
    }
    return try unescape(tokens, token, range)
  }

  @inline(never)
  private mutating func unescape(
    _ tokens: borrowing JSONTokens, _ token: Int, _ range: Range<Int>
  ) throws(EventProblem) -> JSONString {
    unescaped.removeAll(keepingCapacity: true)
    switch JSONEscapes.decode(tokens.text.extracting(range), to: &unescaped) {
    case .ok: return JSONString(range: range, unescaped: unescaped, isEscaped: true)
    case .invalidEscape: throw tokens.problem(.invalidJSON, token)
    case .loneSurrogate: throw tokens.problem(.invalidUTF8, token)
    }
  }
}
