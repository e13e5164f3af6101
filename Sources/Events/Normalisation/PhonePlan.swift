// The plan of telephone numbers of the world: `PhoneTable`, read once when the first number needs it.

/// All countries' plans, and the ways to find one.
struct PhonePlan: Sendable {
  static let shared = PhonePlan(PhoneTable.text)

  /// The main country of a shared calling code comes first.
  let countries: [PhoneCountry]
  /// The place of a calling code's main country, by the code; -1 for a code that nobody has.
  private let mains: [Int16]
  /// The digits that a national prefix of the main country can begin with, by the place.
  private let prefixStarts: [UInt16]
  /// The possible counts of digits, a bit each, by the place.
  private let lengths: [UInt32]

  init(_ table: String) {
    var lines: [String] = []
    for line in table.split(separator: "\n") {
      if line.hasPrefix("  "), !lines.isEmpty {
        lines[lines.count - 1] += line.dropFirst(2)
      } else {
        lines.append(String(line))
      }
    }
    countries = lines.compactMap { PhoneCountry($0) }
    var mains = [Int16](repeating: -1, count: 1000)
    for (place, country) in countries.enumerated().reversed() {
      mains[Int(country.callingCode)] = Int16(place)
    }
    self.mains = mains
    prefixStarts = countries.map { $0.nationalPrefix?.firstDigits ?? 0 }
    lengths = countries.map { $0.lengths & ~$0.localLengths }
  }

  /// The place of a country; nil if it has no plan.
  func index(of country: CountryCode) -> Int? {
    countries.firstIndex { $0.country == country }
  }

  /// The place of the main country of a calling code.
  func main(ofCallingCode code: Int) -> Int? {
    let place = mains[code]
    return place < 0 ? nil : Int(place)
  }

  /// The calling code that digits begin with, as the place of its main country and the count of its digits.
  func callingCode(_ digits: (Int) -> UInt8?) -> (main: Int, count: Int)? {
    var code = 0
    for count in 1...3 {
      guard let digit = digits(count - 1) else { return nil }
      code = code * 10 + Int(digit & 15)
      // No code begins with a zero.
      if code == 0 { return nil }
      if let main = main(ofCallingCode: code) { return (main, count) }
    }
    return nil
  }

  /// Whether a national number of so many digits is possible, and its first digit begins no national
  /// prefix, so that nothing in it has to change.
  func isPlain(_ main: Int, first: UInt8, count: Int) -> Bool {
    prefixStarts[main] >> UInt16(first & 15) & 1 == 0 && count < 32
      && lengths[main] >> UInt32(count) & 1 != 0
  }

  /// The other countries that share the calling code of a main country.
  func others(of main: Int) -> ArraySlice<PhoneCountry> {
    let code = countries[main].callingCode
    let rest = countries[(main + 1)...]
    return rest.prefix { $0.callingCode == code }
  }
}
