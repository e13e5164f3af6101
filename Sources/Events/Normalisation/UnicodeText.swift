// Unicode's algorithms for text that is compared: lower case, normal forms and domain names. The one place
// that hands bytes to libunistring and libidn2 for it.

import CUnicode

/// Texts as Unicode compares them.
public enum UnicodeText {
  /// Whether nothing is seen of a text: it is empty, or white space and characters without width.
  public static func isBlank(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return TextEdges.trimmed(bytes.span.bytes).isEmpty
  }

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
  ///
  /// Symbols, which UTS 46 allows and IDNA 2008 does not, are taken: then lower case, normal form C and decoded
  /// labels are all that is done.
  static func domain(_ name: [UInt8]) -> [UInt8]? {
    guard !name.contains(0) else { return nil }
    // The library's tables are from before UTS 46 kept ß in capitals, too.
    let name = name.replacing(Self.capitalSharpS, with: Self.sharpS)
    var ascii: UnsafeMutablePointer<UInt8>?
    let flags = CInt(IDN2_NONTRANSITIONAL.rawValue)
    switch idn2_lookup_u8(name + [0], &ascii, flags) {
    case CInt(IDN2_OK.rawValue):
      guard let ascii else { return nil }
      defer { idn2_free(ascii) }
      return ascii.withMemoryRebound(to: CChar.self, capacity: 1) { decoded($0) }
    case CInt(IDN2_DISALLOWED.rawValue):
      guard let lower = lowered(name) else { return nil }
      return (lower + [0]).withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.flatMap(decoded) }
      }.flatMap(lowered)
    default: return nil
    }
  }

  private static let capitalSharpS = Array("ẞ".utf8)
  private static let sharpS = Array("ß".utf8)

  /// A domain name with its `xn--` labels decoded; nil if one cannot be.
  private static func decoded(_ name: UnsafePointer<CChar>) -> [UInt8]? {
    var unicode: UnsafeMutablePointer<CChar>?
    let code = idn2_to_unicode_8z8z(name, &unicode, CInt(IDN2_NONTRANSITIONAL.rawValue))
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
