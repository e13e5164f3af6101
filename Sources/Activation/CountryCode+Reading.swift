// Countries as people write them: codes of two and three letters, and names in many languages. What is
// not in the table is not a country: nothing is guessed.

import Events

extension CountryCode {
  /// Reads a country: ISO 3166-1 alpha-2 or alpha-3, or a name; nil for other texts.
  ///
  /// Case, accents and differences of width do not matter, and in names blanks and punctuation do not
  /// either: `Österreich`, `COTE D'IVOIRE`. A code is its letters alone, since `N/A` is not Namibia; but
  /// abbreviations of names such as `U.S.A.` may have their dots. `UK` and `EL`, which are reserved for
  /// it, mean `GB` and `GR`; `XK` is Kosovo.
  ///
  /// - Complexity: O(length), of which no more than 200 bytes are looked at.
  public static func reading(_ text: String) -> CountryCode? {
    let text = text.trimmed
    guard text.utf8.count <= 200 else { return nil }
    let key = folded(text)
    if isCode(key), text.unicodeScalars.count != key.utf8.count, !dotted.contains(key) {
      return nil
    }
    if let code = table[key] { return code }
    if key.hasPrefix("the") {
      let rest = String(key.dropFirst(3))
      return isCode(rest) && !dotted.contains(rest) ? nil : table[rest]
    }
    return turned(text).flatMap { byWords[withoutArticle(folded($0))] }
      ?? byWords[withoutArticle(key)]
  }

  /// A name whose beginning stands at its end, as ISO writes it: `Netherlands (Kingdom of the)`, `Gambia, The`.
  private static func turned(_ text: String) -> String? {
    guard let place = text.firstIndex(where: { $0 == "(" || $0 == "," }) else { return nil }
    return text[text.index(after: place)...] + " " + text[..<place]
  }

  private static func withoutArticle(_ key: String) -> String { key.replacing("the", with: "") }

  /// Names without articles, wherever in them these stand.
  private static let byWords: [String: CountryCode] = {
    var result: [String: CountryCode] = [:]
    var ambiguous: Set<String> = []
    for (key, code) in table where !isCode(key) {
      let short = withoutArticle(key)
      if let known = result[short], known != code { ambiguous.insert(short) }
      result[short] = code
    }
    return result.filter { !ambiguous.contains($0.key) && !isCode($0.key) }
  }()

  /// Whether a key is too short for a name: two or three Latin letters, as codes are.
  private static func isCode(_ key: String) -> Bool {
    key.utf8.count <= 3 && key.utf8.allSatisfy { 0x61...0x7A ~= $0 }
  }

  /// Abbreviations of names, which are written with dots and after `the` too.
  private static let dotted: Set<String> = [
    "us", "usa", "uk", "gb", "uae", "ksa", "prc", "rok", "drc", "rsa", "bvi", "eua", "brd",
  ]

  /// The letters and digits of a text in lower case, without accents and differences of width.
  static func folded(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in AdText.decomposed(text).unicodeScalars where isKept(scalar) {
      switch scalar {
      case "ß", "ẞ": result.append(contentsOf: "ss".unicodeScalars)
      case "ς": result.append("σ")
      case "ı": result.append("i")
      default: result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(result)
  }

  private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  private static let table: [String: CountryCode] = {
    var table: [String: CountryCode] = [:]
    for line in CountryTable.lines.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let code = words.first.flatMap({ CountryCode(String($0)) }) else { continue }
      table[code.description.lowercased()] = code
      for word in words.dropFirst() { table[String(word)] = code }
    }
    return table
  }()
}
