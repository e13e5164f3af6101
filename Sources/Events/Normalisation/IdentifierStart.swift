// How identifiers begin that people look for by their beginning: a part of an address or a number is not one
// yet, so what is done to whole ones is done as far as it can be.

import Bytes

extension IdentifierRules {
  /// The beginnings, as identifiers of a type are compared, that a text for the beginning of one can stand for.
  ///
  /// An e-mail address is looked for in lower case and normal form C without white space around it, and as a whole
  /// address; a telephone number as `PhoneNumber.starts` says; any other type as it is written.
  ///
  /// - Returns: Empty if no identifier of the type can begin so.
  public func starts(_ text: RawSpan, as type: IdentifierType) -> [[UInt8]] {
    switch entry(of: type)?.normaliser ?? .none {
    case .none: return [text.toArray()]
    case .email:
      let part = text.extracting(TextEdges.trimmed(text)).toArray()
      let starts = [UnicodeText.lowered(part) ?? part]
      guard let whole = normalised(text, as: type), whole != starts[0] else { return starts }
      return starts + [whole]
    case .phone: return PhoneNumber.starts(text, defaultCountry: country)
    }
  }
}

extension PhoneNumber {
  /// How the E.164 forms of the numbers begin whose first digits are written in a text.
  ///
  /// With a plus sign, or what leads out of the country (`00`, `011`), that is certain. Other digits can follow the
  /// default country's calling code, with or without a national prefix in front, or begin with that code.
  ///
  /// - Returns: Empty if the text has no digit and no plus sign.
  static func starts(_ text: RawSpan, defaultCountry: CountryCode?) -> [[UInt8]] {
    let plus = UInt8(ascii: "+")
    // Digits of full width and the like are digits.
    var folded = (UnicodeText.decomposed(text.toArray()) ?? text.toArray())[...]
    if let place = folded.firstIndex(where: { isDigit($0) || $0 == plus }) {
      folded = folded[place...]
    }
    let hasPlus = folded.first == plus
    if hasPlus, let zero = folded.firstRange(of: "(0)".utf8) { folded.removeSubrange(zero) }
    let digits = folded.filter(isDigit)[...]
    if hasPlus { return [[plus] + digits] }
    guard !digits.isEmpty else { return [] }
    let plan = PhonePlan.shared
    let home = defaultCountry.flatMap { plan.index(of: $0) }.map { plan.countries[$0] }
    if let exit = home?.exitPrefix?.match(digits), exit.end > digits.startIndex {
      return [[plus] + digits[exit.end...]]
    }
    if digits.starts(with: "00".utf8) { return [[plus] + digits.dropFirst(2)] }
    guard let home else { return [[plus] + digits] }
    let code = Array(String(home.callingCode).utf8)
    var starts = [[plus] + code + digits]
    if let prefix = home.nationalPrefix?.match(digits), prefix.end > digits.startIndex {
      starts.append([plus] + code + digits[prefix.end...])
    }
    if digits.starts(with: code) { starts.append([plus] + digits) }
    return starts
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
