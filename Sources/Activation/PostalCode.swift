// Postal codes as Meta hashes them: for two countries it takes a part only.

import Events

/// Postal codes by Meta's rules.
enum PostalCode {
  /// A code in lower case without blanks: of the US the first five characters, cut at a hyphen; of the
  /// United Kingdom area, district and sector (`SW1A 1AA` is `sw1a1`).
  ///
  /// Source: developers.facebook.com, Custom Audiences, "Hashing and normalizing data".
  static func meta(_ text: String, country: CountryCode?) -> String? {
    let code = AdText.normalised(text).withoutSpaces
    let part =
      switch country?.description {
      case "US": String(code.prefix { $0 != "-" }.prefix(5))
      case "GB": britishSector(code)
      default: code
      }
    return part.isEmpty ? nil : part
  }

  /// A British code without its last two letters, the unit; any other text as it is.
  ///
  /// A whole code ends with a digit and two letters, and two to four characters come before.
  private static func britishSector(_ code: String) -> String {
    let code = code.filter { $0.isLetter || $0.isNumber }
    let inward = code.suffix(3)
    guard (5...7).contains(code.utf8.count), let digit = inward.utf8.first,
      (0x30...0x39).contains(digit), inward.utf8.dropFirst().allSatisfy({ 0x61...0x7A ~= $0 })
    else { return code }
    return String(code.dropLast(2))
  }
}
