// Escapes and character classes of patterns.

extension PatternTranslation {
  /// What an escape or a part of a class stands for.
  enum Member {
    /// One character.
    case single(Unicode.Scalar)
    /// Several, as RE2 writes them inside of brackets.
    case set(String)
  }

  static let everything = #"\x{0}-\x{10ffff}"#
  private static let spaces =
    #"\t\n\x{b}\x{c}\r\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"#
  private static let nonSpaces =
    #"\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}"#
    + #"\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"#

  /// Reads a class after its `[`, and returns it for RE2.
  mutating func readClass() throws(Wrong) -> String {
    let isNegated = take("^")
    var members = ""
    while !take("]") {
      guard next != nil else { throw Wrong(reason: "a `[` without its `]`") }
      let first = try readClassMember()
      guard case .single(let low) = first, next == "-", index + 1 < source.count,
        source[index + 1] != "]"
      else {
        members += Self.text(first)
        continue
      }
      index += 1
      switch try readClassMember() {
      case .set(let set):
        // `[a-\d]`: then the hyphen stands for itself.
        members += Self.literal(low) + Self.literal("-") + set
      case .single(let high):
        guard low <= high else { throw Wrong(reason: "a range in `[]` is out of order") }
        members += Self.literal(low) + "-" + Self.literal(high)
      }
    }
    if members.isEmpty { return isNegated ? "[\(Self.everything)]" : "[^\(Self.everything)]" }
    return isNegated ? "[^\(members)]" : "[\(members)]"
  }

  private static func text(_ member: Member) -> String {
    switch member {
    case .single(let scalar): literal(scalar)
    case .set(let set): set
    }
  }

  private mutating func readClassMember() throws(Wrong) -> Member {
    guard let scalar = next else { throw Wrong(reason: "a `[` without its `]`") }
    index += 1
    guard scalar == "\\" else { return .single(scalar) }
    if take("b") { return .single("\u{8}") }
    return try readCharacterEscape()
  }

  /// Reads what follows a backslash: all that means the same inside of a class and outside.
  mutating func readCharacterEscape() throws(Wrong) -> Member {
    guard let scalar = next else { throw Wrong(reason: "a backslash at the end") }
    index += 1
    switch scalar {
    case "d": return .set("0-9")
    case "D": return .set(#"\x{0}-\x{2f}\x{3a}-\x{10ffff}"#)
    case "w": return .set("0-9A-Za-z_")
    case "W": return .set(#"\x{0}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{5e}\x{60}\x{7b}-\x{10ffff}"#)
    case "s": return .set(Self.spaces)
    case "S": return .set(Self.nonSpaces)
    case "p", "P": return try readProperty(isNegated: scalar == "P")
    case "t": return .single("\t")
    case "n": return .single("\n")
    case "v": return .single("\u{B}")
    case "f": return .single("\u{C}")
    case "r": return .single("\r")
    case "0" where !(next.map { ("0"..."9").contains($0) } ?? false): return .single("\0")
    case "c":
      guard let letter = next, letter.isASCII, letter.properties.isAlphabetic,
        let control = Unicode.Scalar(letter.value % 32)
      else { throw Wrong(reason: #"a \c without a letter"#) }
      index += 1
      return .single(control)
    case "x":
      guard let value = hexadecimal(2), let result = Unicode.Scalar(value) else {
        throw Wrong(reason: #"a \x without two hexadecimal digits"#)
      }
      return .single(result)
    case "u": return .single(try readUnicodeEscape())
    default:
      // Before a letter or a digit a backslash would promise a meaning that there is not.
      guard scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
        throw Wrong(reason: "`\\\(scalar)` means nothing in ECMA 262")
      }
      return .single(scalar)
    }
  }

  private mutating func hexadecimal(_ count: Int) -> UInt32? {
    guard index + count <= source.count else { return nil }
    let digits = source[index..<index + count]
    guard digits.allSatisfy({ $0.isASCII && $0.properties.isASCIIHexDigit }) else { return nil }
    index += count
    return UInt32(digits.map(String.init).joined(), radix: 16)
  }

  private mutating func readUnicodeEscape() throws(Wrong) -> Unicode.Scalar {
    let problem = Wrong(reason: #"a \u that is not \uHHHH or \u{H}, or half of a character"#)
    if take("{") {
      let start = index
      while let scalar = next, scalar != "}" { index += scalar.isASCII ? 1 : source.count }
      guard index < source.count, index - start <= 8,
        let value = UInt32(source[start..<index].map(String.init).joined(), radix: 16),
        let result = Unicode.Scalar(value)
      else { throw problem }
      index += 1
      return result
    }
    guard let first = hexadecimal(4) else { throw problem }
    if let result = Unicode.Scalar(first) { return result }
    guard first < 0xDC00, take(#"\u"#), let second = hexadecimal(4), second >> 10 == 0x37,
      let result = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw problem }
    return result
  }

  private mutating func readProperty(isNegated: Bool) throws(Wrong) -> Member {
    let letter = isNegated ? "P" : "p"
    guard take("{") else {
      throw Wrong(reason: "a \\\(letter) without its `{`: write \\\(letter){L} for letters")
    }
    var text = ""
    while let scalar = next, scalar != "}" {
      text.unicodeScalars.append(scalar)
      index += 1
    }
    guard take("}") else { throw Wrong(reason: "a `{` without its `}`") }
    switch PatternProperty(text) {
    case .category(let names):
      // Of several, none must fit, which a set of sets cannot say.
      if isNegated, names.count > 1 { lacks("\\P{\(text)}") }
      return .set(names.map { "\\\(letter){\($0)}" }.joined())
    case .everything(let members, let others): return .set(isNegated ? others : members)
    case .unsupported:
      lacks("\\\(letter){\(text)}")
      return .set("")
    case .unknown:
      throw Wrong(
        reason: "\\\(letter){\(text)} is not a property; there are general categories, as in "
          + "\\p{L}, and scripts, as in \\p{Script=Greek}")
    }
  }
}
