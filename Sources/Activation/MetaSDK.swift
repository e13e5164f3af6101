// Meta's own Python SDK, which departs from Meta's documents. Audiences that were built with it are
// matched by what it hashes, so its steps are followed exactly, whether they make sense or not.

/// What `facebook_business` makes of the values of a custom audience.
///
/// Source: facebook-business 26.0.3, `CustomAudienceMixin.format_params` with a list of keys, and
/// `normalize_key`; tools/suite-meta compares. Each function returns nil where nothing is left, which the
/// SDK would hash.
enum MetaSDK {
  /// `EXTERN_ID`, `EMAIL` and `MADID`: without blanks and dots at the ends, in lower case.
  static func plain(_ text: String) -> String? {
    var rest = text.unicodeScalars[...]
    while let first = rest.first, isStripped(first) { rest = rest.dropFirst() }
    while let last = rest.last, isStripped(last) { rest = rest.dropLast() }
    return nonEmpty(AdText.lowerCase(String(rest)))
  }

  /// `PHONE`: the digits that were sent; no country is added.
  static func phone(_ text: String) -> String? { kept(text) { ("0"..."9").contains($0) } }

  /// `LN`, `FN`, `FI`, `CT` and `ST`: the letters a to z.
  static func letters(_ text: String) -> String? { kept(text, isLetter) }

  /// `FI`: the first letter of a first name, if it is one of a to z.
  ///
  /// The SDK receives an initial, and does not shorten a name.
  static func firstInitial(_ name: String) -> String? {
    let first = name.unicodeScalars.first { scalar in
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
      default: false
      }
    }
    return first.flatMap { letters(String($0)) }
  }

  /// `GEN`: the first character.
  static func gender(_ text: String) -> String? {
    plain(text)?.unicodeScalars.first { !isSpace($0) }.map { String($0) }
  }

  /// `ZIP`: up to the first hyphen, in every country; blanks inside stay.
  static func postalCode(_ text: String) -> String? {
    plain(text).flatMap { nonEmpty(String($0.unicodeScalars.prefix { $0 != "-" })) }
  }

  /// `COUNTRY`: the first two of the letters a to z, whatever they are of.
  static func country(_ text: String) -> String? { letters(text).map { String($0.prefix(2)) } }

  private static func kept(
    _ text: String, _ isKept: (Unicode.Scalar) -> Bool
  ) -> String? {
    guard let text = plain(text) else { return nil }
    return nonEmpty(String(String.UnicodeScalarView(text.unicodeScalars.filter(isKept))))
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) }

  /// What `str.strip(" \t\r\n\0\x0B.")` takes off.
  private static func isStripped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\r", "\n", "\0", "\u{B}", ".": true
    default: false
    }
  }

  /// What `str.strip()` takes off.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}
