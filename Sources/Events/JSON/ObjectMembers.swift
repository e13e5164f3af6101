// The members of a JSON object as text, where an object is changed or asked for a member without being decoded.

import Bytes

/// Visits the members of objects; keeps its memory from one to the next.
struct ObjectMembers: ~Copyable {
  private var scanner = StructuralScanner()

  init() {}

  /// Visits the members of an object: key, where the value is, where the key begins; false if the
  /// text is not an object.
  mutating func visit(
    _ text: [UInt8], _ body: (_ key: [UInt8], _ value: Range<Int>, _ keyStart: Int) -> Void
  ) -> Bool {
    scanner.load(text.span.bytes)
    guard text.first == 0x7B, scanner.scan(0..<text.count) == .ok else { return false }
    let tokens = JSONTokens(
      scanner, base: 0, line: 0..<text.count, range: 0..<scanner.positions.count)
    var token = 1
    while token < tokens.range.upperBound, tokens.byte(token) == 0x22 {
      guard let raw = try? tokens.string(token), tokens.byte(token + 1) == 0x3A else {
        return false
      }
      var key: [UInt8] = []
      guard JSONEscapes.decode(tokens.text.extracting(raw), to: &key) == .ok else { return false }
      let keyStart = tokens.start(token)
      let first = token + 2
      token = Self.end(ofValue: first, tokens)
      var end = tokens.start(token)
      while end > tokens.start(first), Self.isSpace(text[end - 1]) { end -= 1 }
      body(key, tokens.start(first)..<end, keyStart)
      guard tokens.byte(token) == 0x2C else { break }
      token += 1
    }
    return tokens.byte(token) == 0x7D && token + 1 == tokens.range.upperBound
  }

  /// The token after a value.
  private static func end(ofValue first: Int, _ tokens: borrowing JSONTokens) -> Int {
    var depth = 0
    var token = first
    while token < tokens.range.upperBound {
      switch tokens.byte(token) {
      case 0x7B, 0x5B: depth += 1
      case 0x7D, 0x5D: depth -= 1
      default: break
      }
      token += 1
      if depth <= 0 { return token }
    }
    return token
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}
