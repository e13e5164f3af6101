// Countries as people write them: codes of two and three letters, and names in many languages. What is
// not in the table is not a country: nothing is guessed.

import Events

extension CountryCode {
  /// Reads a country: ISO 3166-1 alpha-2 or alpha-3, or a name; nil for other texts.
  ///
  /// Case, accents, blanks and punctuation do not matter: `U.S.A.`, `Österreich`, `COTE D'IVOIRE`. `UK`
  /// and `EL`, which are reserved for it, mean `GB` and `GR`; `XK` is Kosovo.
  public static func reading(_ text: String) -> CountryCode? {
    let text = folded(text)
    if let code = table[text] { return code }
    return text.hasPrefix("the") ? table[String(text.dropFirst(3))] : nil
  }

  /// Whether it is the code of a country or territory in ISO 3166-1; `XX` and `ZZ` are not.
  public var isCountry: Bool { Self.table[description.lowercased()] == self }

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
