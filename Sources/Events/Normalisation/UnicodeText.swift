// Unicode's algorithms for text that is compared: lower case, normal forms and domain names. The one place
// that hands bytes to libunistring and libidn2 for it.

import CUnicode

/// Texts as Unicode compares them.
public enum UnicodeText {
  /// A text in lower case and in normal form C; nil if it is not UTF-8, or without memory.
  static func lowered(_ text: [UInt8]) -> [UInt8]? {
    guard let text = String(validating: text, as: UTF8.self) else { return nil }
    let lower = Array(lowerCase(text).utf8)
    return lower.isEmpty ? lower : composed(lower)
  }

  /// The text in lower case: the default mapping of Unicode, in which a capital sigma at the end of a
  /// word becomes a final one and ß stays.
  ///
  /// Written out because the standard library maps each character by itself, and `u8_tolower` of
  /// libunistring takes the sigma before an apostrophe for the last of its word.
  public static func lowerCase(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
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

  /// Whether a sigma ends a word: a cased letter before it and none after it, characters that case
  /// does not concern left aside.
  ///
  /// Source: The Unicode Standard, 3.13, Final_Sigma. Complexity: O(length of the word).
  private static func isFinalSigma(_ index: Int, in scalars: [Unicode.Scalar]) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  /// A text in normal form C; nil if it is empty or not UTF-8, or without memory.
  public static func composed(_ text: [UInt8]) -> [UInt8]? { form(text, isDecomposed: false) }

  /// A text in normal form KD: decomposed, without differences of compatibility such as width; nil as from
  /// `composed`.
  public static func decomposed(_ text: [UInt8]) -> [UInt8]? { form(text, isDecomposed: true) }

  private static func form(_ text: [UInt8], isDecomposed: Bool) -> [UInt8]? {
    let capacity = text.count * (isDecomposed ? 11 : 3)
    let result = [UInt8](unsafeUninitializedCapacity: capacity) { result, count in
      count = cairn_normal_form(
        text, text.count, isDecomposed ? 1 : 0, result.baseAddress, capacity)
    }
    return result.isEmpty ? nil : result
  }

  /// A domain name in its Unicode form by UTS 46, not transitional: lower case, normal form C, width folded,
  /// every kind of dot a full stop, `xn--` labels decoded; nil if it is not a domain name by it.
  static func domain(_ name: [UInt8]) -> [UInt8]? {
    guard !name.contains(0) else { return nil }
    var ascii: UnsafeMutablePointer<UInt8>?
    let flags = CInt(IDN2_NONTRANSITIONAL.rawValue)
    guard idn2_lookup_u8(name + [0], &ascii, flags) == CInt(IDN2_OK.rawValue), let ascii else {
      return nil
    }
    defer { idn2_free(ascii) }
    var unicode: UnsafeMutablePointer<CChar>?
    let code = ascii.withMemoryRebound(to: CChar.self, capacity: 1) {
      idn2_to_unicode_8z8z($0, &unicode, flags)
    }
    guard code == CInt(IDN2_OK.rawValue), let unicode else { return nil }
    defer { idn2_free(unicode) }
    var result: [UInt8] = []
    var place = unicode
    while place.pointee != 0 {
      result.append(UInt8(bitPattern: place.pointee))
      place += 1
    }
    return result
  }
}
