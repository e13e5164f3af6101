// Patterns of ECMA 262, with the flag `u`, as patterns of RE2: the two differ in what `\d`, `\s`, `.`
// and `$` mean, in escapes and in character classes. A full parse, so that what is not ECMA 262 is
// found whatever RE2 makes of it.

/// Reads a pattern of ECMA 262 and writes the same one for RE2.
///
/// What JavaScript takes without the flag `u` and people write is read too: `{`, `}` and `]` that stand
/// for themselves, and a backslash before any punctuation.
///
/// Source: ECMA-262, 2024, 22.2.1 and annex B.1.2.
struct PatternTranslation {
  /// What a reading came to.
  enum Outcome: Equatable {
    /// The same pattern for RE2.
    case translated(String)
    /// It is ECMA 262, and needs what linear time does not give; the string names it.
    case unsupported(String)
    /// It is not a pattern; the string says why.
    case wrong(String)
  }

  struct Wrong: Error { let reason: String }

  private static let depthMax = 200

  let source: [Unicode.Scalar]
  var index = 0
  var output = ""
  /// The first thing that RE2 lacks.
  var unsupported: String?
  private var groupCount = 0
  private var groupNames: Set<String> = []
  private var references: [String] = []

  init(_ pattern: String) { source = Array(pattern.unicodeScalars) }

  var next: Unicode.Scalar? { index < source.count ? source[index] : nil }

  /// Reads all of it.
  mutating func run() -> Outcome {
    do throws(Wrong) {
      try readAlternatives(depth: 0)
      if next != nil { throw Wrong(reason: "a `)` without its `(`") }
      for name in references {
        guard Int(name).map({ $0 <= groupCount }) ?? groupNames.contains(name) else {
          throw Wrong(reason: "a reference to a group that it does not have")
        }
      }
    } catch { return .wrong(error.reason) }
    return unsupported.map { .unsupported($0) } ?? .translated(output)
  }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    index += 1
    return true
  }

  mutating func take(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard source[index...].starts(with: scalars) else { return false }
    index += scalars.count
    return true
  }

  mutating func lacks(_ what: String) { unsupported = unsupported ?? what }

  private mutating func readAlternatives(depth: Int) throws(Wrong) {
    guard depth <= Self.depthMax else { throw Wrong(reason: "it is nested too deep") }
    while let scalar = next, scalar != ")" {
      if scalar == "|" {
        index += 1
        output += "|"
      } else if try readTerm(depth: depth) {
        try readQuantifier()
      }
    }
  }

  /// Reads a term; false if it is one that cannot be repeated.
  private mutating func readTerm(depth: Int) throws(Wrong) -> Bool {
    guard let scalar = next else { return false }
    switch scalar {
    case "^", "$":
      index += 1
      output += scalar == "^" ? #"\A"# : #"\z"#
      return false
    case "(":
      index += 1
      return try readGroup(depth: depth)
    case "[":
      index += 1
      output += try readClass()
    case ".":
      index += 1
      output += #"[^\n\r\x{2028}\x{2029}]"#
    case "\\":
      index += 1
      return try readEscape()
    case "*", "+", "?":
      throw Wrong(reason: "a `\(scalar)` with nothing before it to repeat")
    case "{" where bounds() != nil:
      throw Wrong(reason: "a `{` with nothing before it to repeat")
    default:
      index += 1
      output += Self.literal(scalar)
    }
    return true
  }

  private mutating func readGroup(depth: Int) throws(Wrong) -> Bool {
    var canRepeat = true
    if take("?") {
      if take(":") {
        output += "(?:"
      } else if take("i:") {
        output += "(?i:"
      } else if take("=") || take("!") || take("<=") || take("<!") {
        lacks("look-around")
        output += "(?:"
        canRepeat = false
      } else if take("<") {
        groupNames.insert(try groupName())
        groupCount += 1
        output += "(?:"
      } else {
        throw Wrong(reason: "a `(?` that is not one of (?: (?i: (?<name> (?= (?! (?<= (?<!")
      }
    } else {
      groupCount += 1
      output += "(?:"
    }
    try readAlternatives(depth: depth + 1)
    guard take(")") else { throw Wrong(reason: "a `(` without its `)`") }
    output += ")"
    return canRepeat
  }

  private mutating func groupName() throws(Wrong) -> String {
    var name = ""
    while let scalar = next, scalar != ">" {
      let properties = scalar.properties
      let isPart =
        scalar == "$" || scalar == "_"
        || (name.isEmpty ? properties.isIDStart : properties.isIDContinue)
      guard isPart else { break }
      name.unicodeScalars.append(scalar)
      index += 1
    }
    guard !name.isEmpty, take(">") else { throw Wrong(reason: "a group's name is not a name") }
    return name
  }

  /// The bounds of `{2}`, `{2,}` or `{2,5}` at this place and what comes after; nil if it is none.
  private func bounds() -> (least: String, most: String?, end: Int)? {
    guard next == "{" else { return nil }
    var place = index + 1
    func digits() -> String {
      var text = ""
      while place < source.count, ("0"..."9").contains(source[place]) {
        text.unicodeScalars.append(source[place])
        place += 1
      }
      return text
    }
    let least = digits()
    guard !least.isEmpty, place < source.count else { return nil }
    var most: String? = least
    if source[place] == "," {
      place += 1
      let text = digits()
      most = text.isEmpty ? nil : text
    }
    guard place < source.count, source[place] == "}" else { return nil }
    return (least, most, place + 1)
  }

  private mutating func readQuantifier() throws(Wrong) {
    if take("*") {
      output += "*"
    } else if take("+") {
      output += "+"
    } else if take("?") {
      output += "?"
    } else if let (least, most, end) = bounds() {
      index = end
      if let most, let low = Int(least), let high = Int(most), low > high {
        throw Wrong(reason: "the numbers in {\(least),\(most)} are out of order")
      }
      output += most == least ? "{\(least)}" : "{\(least),\(most ?? "")}"
    } else {
      return
    }
    if take("?") { output += "?" }
  }

  /// Reads what follows a backslash outside of a class; false if it cannot be repeated.
  private mutating func readEscape() throws(Wrong) -> Bool {
    guard let scalar = next else { throw Wrong(reason: "a backslash at the end") }
    switch scalar {
    case "b", "B":
      index += 1
      output += "\\" + String(scalar)
      return false
    case "1"..."9":
      var number = ""
      while let digit = next, ("0"..."9").contains(digit) {
        number.unicodeScalars.append(digit)
        index += 1
      }
      references.append(number)
      lacks("a reference back to a group")
      return true
    case "k":
      index += 1
      guard take("<") else { throw Wrong(reason: #"a \k without a group's name"#) }
      references.append(try groupName())
      lacks("a reference back to a group")
      return true
    default:
      switch try readCharacterEscape() {
      case .single(let value): output += Self.literal(value)
      case .set(""): output += "[^\(Self.everything)]"
      case .set(let members): output += "[\(members)]"
      }
      return true
    }
  }

  static func literal(_ scalar: Unicode.Scalar) -> String {
    let isWord =
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    return isWord ? String(scalar) : "\\x{\(String(scalar.value, radix: 16))}"
  }
}
