// Text as it is compared: the one place where exports lower, compose and trim, so that two fields cannot
// do it differently. Unicode's default rules, as Java, JavaScript, Python and ICU apply them.

import CUnicode

/// What is done to text before it is hashed.
enum AdText {
  /// The text without blanks at its ends, in lower case, composed (NFC).
  static func normalised(_ text: String) -> String {
    let lower = lowerCase(text.trimmed)
    return isASCII(lower) ? lower : form(lower, isDecomposed: false)
  }

  /// The text in lower case: the default mapping of Unicode, in which a capital sigma at the end of a
  /// word becomes a final one and ß stays.
  ///
  /// Written out because the standard library maps each character by itself, and u8_tolower of
  /// libunistring takes the sigma before an apostrophe for the last of its word.
  static func lowerCase(_ text: String) -> String {
    if isASCII(text) { return text.lowercased() }
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      if scalar == "Σ" {
        result.append(isFinalSigma(index, in: scalars) ? "ς" : "σ")
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return String(result)
  }

  /// The text decomposed, without differences of compatibility (NFKD).
  static func decomposed(_ text: String) -> String {
    isASCII(text) ? text : form(text, isDecomposed: true)
  }

  /// Whether a sigma ends a word: a cased letter before it and none after it, characters that case
  /// does not concern left aside.
  ///
  /// Source: The Unicode Standard, 3.13, Final_Sigma. Complexity: O(length of the word).
  private static func isFinalSigma(_ index: Int, in scalars: [Unicode.Scalar]) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  private static func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

  /// The text in normal form C or KD; as it is if there is no memory to make it in.
  private static func form(_ text: String, isDecomposed: Bool) -> String {
    let bytes = Array(text.utf8)
    let capacity = bytes.count * (isDecomposed ? 11 : 3)
    let result = [UInt8](unsafeUninitializedCapacity: capacity) { result, count in
      count = cairn_normal_form(
        bytes, bytes.count, isDecomposed ? 1 : 0, result.baseAddress, capacity)
    }
    return result.isEmpty ? text : String(decoding: result, as: UTF8.self)
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
