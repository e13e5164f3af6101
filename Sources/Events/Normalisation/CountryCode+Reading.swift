// Countries as people write them: codes of two and three letters, and names in many languages. What is
// not in the table is not a country: nothing is guessed.

import Bytes

extension CountryCode {
  /// Reads a country: ISO 3166-1 alpha-2 or alpha-3, or a name; nil for other texts.
  ///
  /// Case, accents and differences of width do not matter, and in names blanks, punctuation and an article do not
  /// either: `Österreich`, `COTE D'IVOIRE`, `Gambia (the)`. A code is its letters alone, since `N/A` is not Namibia;
  /// but abbreviations of names such as `U.S.A.` may have their dots. `UK` and `EL`, which are reserved for it, mean
  /// `GB` and `GR`; `XK` is Kosovo.
  ///
  /// - Complexity: O(length), of which no more than 200 bytes are looked at.
  public static func reading(_ text: String) -> CountryCode? {
    let bytes = Array(text.utf8)
    return reading(bytes.span.bytes)
  }

  /// As the function above, of the bytes of a text.
  static func reading(_ bytes: RawSpan) -> CountryCode? {
    let bytes = bytes.extracting(TextEdges.trimmed(bytes))
    guard bytes.byteCount <= 200 else { return nil }
    if bytes.byteCount == 2, isLetter(bytes[0]), isLetter(bytes[1]) {
      return codes[UInt16(bytes[0] & 0xDF) << 8 | UInt16(bytes[1] & 0xDF)]
    }
    let text = bytes.toString()
    let key = folded(text)
    if isCode(key), text.unicodeScalars.count != key.utf8.count, !dotted.contains(key) {
      return nil
    }
    if let code = table[key] { return code }
    // ISO has the article after the name, others before it.
    for rest in [
      key.hasPrefix("the") ? key.dropFirst(3) : nil, key.hasSuffix("the") ? key.dropLast(3) : nil,
    ] {
      guard let rest = rest.map(String.init), !isCode(rest) || dotted.contains(rest) else {
        continue
      }
      if let code = table[rest] { return code }
    }
    return nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// What two Latin letters mean, by the letters in upper case: the form that events are full of, read without a
  /// string.
  private static let codes: [UInt16: CountryCode] = {
    var codes: [UInt16: CountryCode] = [:]
    for (key, country) in table {
      if let code = CountryCode(key) { codes[code.rawValue] = country }
    }
    return codes
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
    for scalar in decomposed(text) where isKept(scalar) {
      switch scalar {
      case "ß", "ẞ": result.append(contentsOf: "ss".unicodeScalars)
      case "ς": result.append("σ")
      case "ı": result.append("i")
      default: result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(result)
  }

  private static func decomposed(_ text: String) -> String.UnicodeScalarView {
    let form = UnicodeText.decomposed(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    return (form ?? text).unicodeScalars
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
