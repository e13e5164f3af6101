// Unicode's algorithms from libunistring and libidn2: lower case and domain names. The one place in this
// module that hands bytes to them.

import CUnicode

/// Texts as Unicode compares them.
enum UnicodeText {
  /// A text in lower case by Unicode's default mapping (`ß` stays `ß`, a sigma that ends a word is `ς`)
  /// and in normal form C; nil if it is not UTF-8, or without memory.
  static func lowered(_ text: [UInt8]) -> [UInt8]? {
    var count = 0
    let result = text.withUnsafeBufferPointer { buffer in
      cairn_lower_nfc(buffer.baseAddress, buffer.count, &count)
    }
    guard let result else { return nil }
    defer { free(result) }
    return Array(UnsafeBufferPointer(start: result, count: count))
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
