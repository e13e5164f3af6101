// Telephone numbers as people write them, in the one form that can be compared: E.164. Used for
// identifiers at the door and for the hashes that ad platforms match.

import Bytes

/// Reads telephone numbers, as libphonenumber reads them.
public enum PhoneNumber {
  /// The fewest and the most digits of a number without its country calling code.
  private static let nationalDigits = 2...17

  /// The number as `+`, country calling code and national number, digits only.
  ///
  /// A number with a plus sign stands for itself, once a national prefix after its calling code is gone. One without is
  /// read as dialled in the default country: what leads out of it (`00`, `011`) stands for the plus sign; its calling
  /// code in front is one, if the rest is a number of the country and the whole is not, or would be written with a
  /// national prefix; a national prefix and the code of a carrier are dropped. Where that gives no number, `00` leads
  /// out of any country. Extensions are dropped, and letters are those of a keypad.
  ///
  /// Source: libphonenumber's `parse` and the test of `isPossibleNumber`; see
  /// docs/decisions/0032-phones-and-emails.md for the differences.
  ///
  /// - Parameter defaultCountry: Where numbers without a calling code are from; nil makes them no
  ///   numbers.
  /// - Returns: nil if the text holds no number that can exist: with a count of digits that its country
  ///   does not have, or only enough to be dialled within a town.
  /// - Complexity: O(length), of which no more than 250 characters are looked at.
  public static func e164(_ text: RawSpan, defaultCountry: CountryCode?) -> [UInt8]? {
    var bytes: [UInt8] = []
    return append(text, defaultCountry: defaultCountry, to: &bytes) ? bytes : nil
  }

  /// Appends what `e164` gives; false, and nothing appended, for a text that is not a number.
  static func append(
    _ text: RawSpan, defaultCountry: CountryCode?, to bytes: inout [UInt8]
  ) -> Bool {
    if isPlain(text) {
      bytes.append(text)
      return true
    }
    guard let written = PhoneText(text) else { return false }
    // Not before there is something like a number: reading the plans takes ten milliseconds.
    let plan = PhonePlan.shared
    let home = defaultCountry.flatMap { plan.index(of: $0) }
    guard let number = PhoneReading(plan, home: home).number(written) else { return false }
    bytes.append(UInt8(ascii: "+"))
    bytes.append(contentsOf: String(plan.countries[number.main].callingCode).utf8)
    bytes.append(contentsOf: number.national)
    return true
  }

  /// Whether a text is in E.164 form already, which nearly all are that came from a program.
  private static func isPlain(_ text: RawSpan) -> Bool {
    guard (5...20).contains(text.byteCount), text[0] == UInt8(ascii: "+") else { return false }
    for index in 1..<text.byteCount where !(0x30...0x39).contains(text[index]) { return false }
    let plan = PhonePlan.shared
    guard let (main, count) = plan.callingCode({ text[1 + $0] }) else { return false }
    let start = 1 + count
    guard start < text.byteCount,
      (start..<text.byteCount).contains(where: { text[$0] != 0x30 })
    else { return false }
    return plan.isPlain(main, first: text[start], count: text.byteCount - start)
  }

  /// The reading of digits by the plans.
  private struct PhoneReading {
    let plan: PhonePlan
    /// The place of the default country.
    let home: Int?

    init(_ plan: PhonePlan, home: Int?) {
      self.plan = plan
      self.home = home
    }

    typealias Number = (main: Int, national: ArraySlice<UInt8>)

    func number(_ written: PhoneText) -> Number? {
      let digits = written.digits[...]
      if written.hasPlus {
        guard digits.count > 2 else { return nil }
        if let found = international(digits) { return afterCode(found.main, found.rest) }
        // A plus sign before what leads out of the country: `+0049`.
        guard let home, let found = dialled(digits, from: home) else { return nil }
        return afterCode(found.main, found.rest)
      }
      if let home, let number = unsigned(digits, home) { return number }
      guard digits.starts(with: [0x30, 0x30]), let found = international(digits.dropFirst(2)),
        let number = afterCode(found.main, found.rest)
      else { return nil }
      return isNumber(number.national, number.main) ? number : nil
    }

    /// Whether a national number matches the pattern of a country with its calling code.
    private func isNumber(_ national: ArraySlice<UInt8>, _ main: Int) -> Bool {
      plan.countries[main].general.matchesWhole(national)
        || plan.others(of: main).contains { $0.general.matchesWhole(national) }
    }

    private func unsigned(_ digits: ArraySlice<UInt8>, _ home: Int) -> Number? {
      if let found = dialled(digits, from: home) { return afterCode(found.main, found.rest) }
      return leavesCountry(digits, home) == nil ? domestic(digits, plan.countries[home]) : nil
    }

    /// The digits after what leads out of a country; nil if nothing does.
    private func leavesCountry(_ digits: ArraySlice<UInt8>, _ home: Int) -> ArraySlice<UInt8>? {
      guard let match = plan.countries[home].exitPrefix?.match(digits) else { return nil }
      let rest = digits[match.end...]
      return rest.first == 0x30 ? nil : rest
    }

    /// The calling code of digits that are dialled in a country: after what leads out of it, or its own.
    private func dialled(
      _ digits: ArraySlice<UInt8>, from home: Int
    ) -> (main: Int, rest: ArraySlice<UInt8>)? {
      if let rest = leavesCountry(digits, home) {
        return rest.count > 2 ? international(rest) : nil
      }
      let country = plan.countries[home]
      let code = Array(String(country.callingCode).utf8)
      guard digits.starts(with: code), let main = plan.main(ofCallingCode: Int(country.callingCode))
      else { return nil }
      var rest = digits.dropFirst(code.count)
      if !country.general.matchesWhole(rest) { rest = withoutPrefix(rest, country) }
      let isLikely =
        country.general.matchesWhole(rest)
        && (!country.general.matchesWhole(digits)
          || country.inUse?.matchesWhole(rest) ?? false)
      guard isLikely || country.length(digits.count) == .tooLong else { return nil }
      return (main, rest)
    }

    private func international(
      _ digits: ArraySlice<UInt8>
    ) -> (main: Int, rest: ArraySlice<UInt8>)? {
      let start = digits.startIndex
      let code = plan.callingCode { start + $0 < digits.endIndex ? digits[start + $0] : nil }
      return code.map { ($0.main, digits.dropFirst($0.count)) }
    }

    /// The number of digits that followed a calling code.
    ///
    /// What is a number as it stands is not one with a prefix before it.
    private func afterCode(_ main: Int, _ digits: ArraySlice<UInt8>) -> Number? {
      let isNumber = isPossible(digits, main) && isNumber(digits, main)
      return isNumber && digits.contains { $0 != 0x30 }
        ? (main, digits) : domestic(digits, plan.countries[main])
    }

    /// The number of digits that are dialled in a country, without a national prefix; nil if there is none of
    /// so many digits.
    private func domestic(_ digits: ArraySlice<UInt8>, _ country: PhoneCountry) -> Number? {
      guard let main = plan.main(ofCallingCode: Int(country.callingCode)),
        digits.count >= nationalDigits.lowerBound
      else { return nil }
      var national = digits
      let stripped = withoutPrefix(digits, country)
      switch country.length(stripped.count) {
      case .possible, .tooLong: national = stripped
      case .localOnly, .tooShort, .none: break
      }
      guard nationalDigits.contains(national.count), national.contains(where: { $0 != 0x30 }),
        isPossible(national, main)
      else { return nil }
      return (main, national)
    }

    /// Whether a number can exist: by the plan of the main country, or, if there it is only dialled within
    /// a town, by that of another country with the same code.
    private func isPossible(_ national: ArraySlice<UInt8>, _ main: Int) -> Bool {
      switch plan.countries[main].length(national.count) {
      case .possible: true
      case .localOnly:
        plan.others(of: main).contains {
          $0.length(national.count) == .possible && $0.general.matchesWhole(national)
        }
      case .tooShort, .tooLong, .none: false
      }
    }

    /// The digits without a national prefix and the code of a carrier, as far as there is one and a number
    /// of the country does not turn into none.
    private func withoutPrefix(
      _ digits: ArraySlice<UInt8>, _ country: PhoneCountry
    ) -> ArraySlice<UInt8> {
      guard !digits.isEmpty, let prefix = country.nationalPrefix, let match = prefix.match(digits)
      else { return digits }
      let last = prefix.groupCount == 2 ? match.groups.1 : match.groups.0
      var rest = digits[match.end...]
      if !country.transform.isEmpty, prefix.groupCount == 0 || last != nil {
        rest = (transformed(country.transform, digits, match) + rest)[...]
      }
      let isNumber = country.general.matchesWhole(digits)
      return isNumber && !country.general.matchesWhole(rest) ? digits : rest
    }

    private func transformed(
      _ rule: [UInt8], _ digits: ArraySlice<UInt8>, _ match: DigitPattern.Match
    ) -> [UInt8] {
      var result: [UInt8] = []
      var rest = rule[...]
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "$") else {
          result.append(byte)
          continue
        }
        let group = rest.popFirst() == UInt8(ascii: "1") ? match.groups.0 : match.groups.1
        if let group { result.append(contentsOf: digits[group]) }
      }
      return result
    }
  }
}
