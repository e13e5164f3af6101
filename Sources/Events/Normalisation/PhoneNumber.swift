// Telephone numbers as people type them, in the one form that can be compared: E.164. Used for
// identifiers at the door and for the hashes that ad platforms match.

import Bytes

/// Reads telephone numbers.
public enum PhoneNumber {
  /// The most digits of a number with its country calling code.
  static let digitsMax = 15
  /// The fewest digits of a number without its country calling code.
  static let nationalDigitsMin = 4

  /// The number as `+`, country calling code and national number, digits only.
  ///
  /// Spaces, dots, hyphens, slashes and brackets are passed over; `(0)` between a calling code and the
  /// rest is dropped, as is a trunk prefix; what leads out of the default country (`00`, `011`) stands
  /// for the plus sign, and `00` does everywhere. Letters, an extension for instance, make a text no
  /// number.
  ///
  /// - Parameter defaultCountry: Where numbers without a calling code are from; nil makes them no
  ///   numbers.
  /// - Returns: nil if the text is no number: too short, longer than 15 digits, or with a calling code
  ///   that no country has.
  /// - Complexity: O(length), of which no more than 64 bytes are looked at.
  public static func e164(_ text: RawSpan, defaultCountry: CountryCode?) -> [UInt8]? {
    guard let (digits, hasPlus) = digits(of: text) else { return nil }
    let home = defaultCountry.flatMap { PhoneCountry.of($0) }
    var rest = digits[...]
    var isInternational = hasPlus
    if !hasPlus {
      if let exit = home?.exitPrefix, rest.starts(with: exit), exit.count > 1 {
        rest = rest.dropFirst(exit.count)
        isInternational = true
      } else if rest.starts(with: [0x30, 0x30]) {
        rest = rest.dropFirst(2)
        isInternational = true
      }
    }
    guard isInternational else { return home.flatMap { joined($0, national: rest) } }
    for length in 1...3 where rest.count > length {
      let code = rest.prefix(length).reduce(UInt16(0)) { $0 * 10 + UInt16($1 - 0x30) }
      if let country = PhoneCountry.of(callingCode: code) {
        return joined(country, national: rest.dropFirst(length))
      }
    }
    return nil
  }

  /// The digits, and whether a plus sign stood before them; nil if the text holds anything that a
  /// number cannot.
  private static func digits(of text: RawSpan) -> (digits: [UInt8], hasPlus: Bool)? {
    guard text.byteCount <= 64 else { return nil }
    var digits: [UInt8] = []
    var hasPlus = false
    var index = 0
    while index < text.byteCount {
      let byte = text[index]
      switch byte {
      case 0x30...0x39:
        // A zero alone in brackets is dialled inside the country only.
        let isBracketed =
          byte == 0x30 && index > 0 && text[index - 1] == UInt8(ascii: "(")
          && index + 1 < text.byteCount && text[index + 1] == UInt8(ascii: ")") && !digits.isEmpty
        if !isBracketed { digits.append(byte) }
      case UInt8(ascii: "+"):
        guard digits.isEmpty, !hasPlus else { return nil }
        hasPlus = true
      case 0x20, 0x09, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "("),
        UInt8(ascii: ")"):
        break
      case 0xC2 where index + 1 < text.byteCount && text[index + 1] == 0xA0:
        index += 1
      default:
        return nil
      }
      index += 1
    }
    return (digits, hasPlus)
  }

  /// A number of a country, its trunk prefix dropped; nil if it has too few or too many digits.
  private static func joined(_ country: PhoneCountry, national: ArraySlice<UInt8>) -> [UInt8]? {
    var national = national
    let trunk = country.trunkPrefix
    // In North America the trunk prefix is also the calling code, and no area code begins with it.
    if !trunk.isEmpty, national.starts(with: trunk), national.count > trunk.count {
      let isEightOfRussia = country.callingCode == 7 && national.count <= 10
      if !isEightOfRussia { national = national.dropFirst(trunk.count) }
    }
    let code = Array(String(country.callingCode).utf8)
    guard national.count >= nationalDigitsMin, code.count + national.count <= digitsMax else {
      return nil
    }
    if country.callingCode == 1, national.count != 10 { return nil }
    return [UInt8(ascii: "+")] + code + national
  }
}
