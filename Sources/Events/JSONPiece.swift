// A line of JSON as pieces of its text, to find and cut values out of lines that are not acceptable events. For
// the few lines in quarantine that matter to an erasure; events have no tree.

import Bytes

/// A value and where it stands in the text.
struct JSONPiece {
  indirect enum Content {
    case object([Member])
    case array([JSONPiece])
    /// A string, decoded, or a number as it was sent.
    case text([UInt8], isString: Bool)
    case null
    /// True or false.
    case truth
  }

  struct Member {
    var key: [UInt8]
    /// From the key's quote to the end of the value.
    var range: Range<Int>
    var value: JSONPiece
  }

  var range: Range<Int>
  var content: Content

  /// Deeper than any event may nest; ends a descent before the stack does.
  private static let depthMax = 64

  /// Reads a text that is one object; nil for any other.
  init?(object text: RawSpan) {
    var scanner = StructuralScanner()
    scanner.load(text)
    guard scanner.scan(0..<text.byteCount) == .ok else { return nil }
    let tokens = JSONTokens(
      scanner, base: 0, line: 0..<text.byteCount, range: 0..<scanner.positions.count)
    var token = 0
    guard tokens.byte(0) == UInt8(ascii: "{"), let piece = Self.value(tokens, &token, depth: 1),
      token == tokens.range.upperBound
    else { return nil }
    self = piece
  }

  private init(_ range: Range<Int>, _ content: Content) {
    self.range = range
    self.content = content
  }

  /// Reads the value that begins with a token, and goes on to the one after it; nil if there is none.
  private static func value(
    _ tokens: borrowing JSONTokens, _ token: inout Int, depth: Int
  ) -> JSONPiece? {
    guard depth <= depthMax else { return nil }
    switch tokens.byte(token) {
    case UInt8(ascii: "{"): return list(tokens, &token, closing: "}", depth: depth)
    case UInt8(ascii: "["): return list(tokens, &token, closing: "]", depth: depth)
    case UInt8(ascii: "\""): return string(tokens, &token)
    default:
      guard tokens.beginsValue(token) else { return nil }
      let range = tokens.scalar(token)
      let text = tokens.text.extracting(range)
      token += 1
      if JSONNumber(tokens.text, range) != nil {
        return JSONPiece(range, .text(text.toArray(), isString: false))
      }
      return JSONPiece(range, text.equals("null") ? .null : .truth)
    }
  }

  private static func string(
    _ tokens: borrowing JSONTokens, _ token: inout Int
  ) -> JSONPiece? {
    guard let raw = try? tokens.string(token) else { return nil }
    var text: [UInt8] = []
    guard JSONEscapes.decode(tokens.text.extracting(raw), to: &text) == .ok else { return nil }
    token += 1
    return JSONPiece((raw.lowerBound - 1)..<(raw.upperBound + 1), .text(text, isString: true))
  }

  /// Reads an object or an array.
  private static func list(
    _ tokens: borrowing JSONTokens, _ token: inout Int, closing: Unicode.Scalar, depth: Int
  ) -> JSONPiece? {
    let start = tokens.start(token)
    let close = UInt8(ascii: closing)
    let isObject = closing == "}"
    var members: [Member] = []
    var elements: [JSONPiece] = []
    token += 1
    while tokens.byte(token) != close || !(members.isEmpty && elements.isEmpty) {
      if isObject {
        guard tokens.byte(token) == UInt8(ascii: "\""), let key = string(tokens, &token),
          case .text(let name, _) = key.content, tokens.byte(token) == UInt8(ascii: ":")
        else { return nil }
        token += 1
        guard let value = value(tokens, &token, depth: depth + 1) else { return nil }
        members.append(
          Member(
            key: name, range: key.range.lowerBound..<value.range.upperBound, value: value))
      } else {
        guard let value = value(tokens, &token, depth: depth + 1) else { return nil }
        elements.append(value)
      }
      if tokens.byte(token) == close { break }
      guard tokens.byte(token) == UInt8(ascii: ",") else { return nil }
      token += 1
    }
    let end = tokens.start(token) + 1
    token += 1
    return JSONPiece(start..<end, isObject ? .object(members) : .array(elements))
  }

  /// The members of an object with a key: each of them, where it is there several times.
  func members(_ key: some Sequence<UInt8>) -> [Member] {
    guard case .object(let members) = content else { return [] }
    return members.filter { $0.key.elementsEqual(key) }
  }

  /// The members at a path of keys, through each of the members that a key on the way has.
  func members(at path: some Collection<[UInt8]>) -> [Member] {
    guard let first = path.first else { return [] }
    let found = members(first)
    guard path.count > 1 else { return found }
    return found.flatMap { $0.value.members(at: path.dropFirst()) }
  }

  /// Whether a member with a key is a text, one of several also.
  func has(_ key: some Sequence<UInt8>, _ text: some Sequence<UInt8>) -> Bool {
    members(key).contains { member in
      guard case .text(let found, _) = member.value.content else { return false }
      return found.elementsEqual(text)
    }
  }

  /// The elements of a list; none of any other value.
  var elements: [JSONPiece] {
    if case .array(let elements) = content { return elements }
    return []
  }
}
