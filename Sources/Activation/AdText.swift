// Text as it is compared: the one place where exports lower, compose and trim, so that two fields cannot
// do it differently. Unicode's default rules, as Java, JavaScript, Python and ICU apply them.

import Events

/// What is done to text before it is hashed.
enum AdText {
  /// The text without blanks at its ends, in lower case, composed (NFC).
  static func normalised(_ text: String) -> String {
    let lower = lowerCase(text.trimmed)
    return UnicodeText.composed(Array(lower.utf8)).map { String(decoding: $0, as: UTF8.self) }
      ?? lower
  }

  /// The text in lower case by Unicode's default mapping.
  static func lowerCase(_ text: String) -> String { UnicodeText.lowerCase(text) }

  /// The text decomposed, without differences of compatibility (NFKD).
  static func decomposed(_ text: String) -> String {
    UnicodeText.decomposed(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) } ?? text
  }
}

extension Unicode.Scalar {
  /// Whether nothing is seen of it: white space, and the characters without width that text picks up
  /// when it is copied.
  ///
  /// Zero width space, non-joiner and joiner, the marks of direction, the word joiner and the byte order
  /// mark; isolates and embeddings of direction.
  var isBlank: Bool {
    switch value {
    case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x2069, 0xFEFF, 0x180E: true
    default: properties.isWhitespace
    }
  }
}

extension String {
  /// The text without blanks at its ends.
  ///
  /// By scalars: a joiner after a letter is part of the same character.
  var trimmed: String {
    var rest = unicodeScalars[...]
    while let first = rest.first, first.isBlank { rest = rest.dropFirst() }
    while let last = rest.last, last.isBlank { rest = rest.dropLast() }
    return String(rest)
  }

  /// The text without any blanks.
  var withoutSpaces: String {
    String(String.UnicodeScalarView(unicodeScalars.filter { !$0.isBlank }))
  }
}
