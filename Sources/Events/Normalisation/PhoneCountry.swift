// How a telephone number of one country is written inside it and outside it: a line of `PhoneTable`.

/// How the telephone numbers of one country are dialled.
public struct PhoneCountry: Sendable {
  /// How the count of a number's digits compares with what its country has.
  enum Length {
    case possible
    /// Enough to dial within a town, and not outside it.
    case localOnly
    case tooShort, tooLong
    /// Between the possible counts.
    case none
  }

  /// The country; nil for numbers of no country, satellite telephones for instance.
  public let country: CountryCode?
  /// The country calling code, 49 for Germany.
  public let callingCode: UInt16
  /// What leads out of the country, `00` in Germany.
  let exitPrefix: DigitPattern?
  /// What stands before a national number inside the country, perhaps with the code of a carrier.
  let nationalPrefix: DigitPattern?
  /// What takes the place of the national prefix if its last group takes part in the match: digits, with
  /// `$1` and `$2` for groups.
  let transform: [UInt8]
  /// The counts of digits that a national number can have, a bit each.
  let lengths: UInt32
  /// The counts of digits that are enough within a town.
  let localLengths: UInt32
  /// What all national numbers match.
  let general: DigitPattern
  /// What the numbers in use match, where digits that begin with the calling code match `general` as well;
  /// nil elsewhere.
  let inUse: DigitPattern?

  /// The plan of a country; nil if it has no calling code.
  public static func of(_ country: CountryCode) -> PhoneCountry? {
    PhonePlan.shared.index(of: country).map { PhonePlan.shared.countries[$0] }
  }

  /// All countries and territories with a calling code; the main one of a shared code comes first.
  public static var all: [PhoneCountry] {
    PhonePlan.shared.countries.filter { $0.country != nil }
  }

  /// Reads one line of the table.
  init?(_ line: some StringProtocol) {
    let fields = line.split(separator: " ")
    guard fields.count == 9, let code = UInt16(fields[0]), (1...999).contains(code),
      let general = DigitPattern(fields[7])
    else { return nil }
    callingCode = code
    country = CountryCode(String(fields[1]))
    exitPrefix = fields[2] == "-" ? nil : DigitPattern(fields[2])
    nationalPrefix = fields[3] == "-" ? nil : DigitPattern(fields[3])
    transform = fields[4] == "-" ? [] : Array(fields[4].utf8)
    lengths = Self.bits(fields[5])
    localLengths = Self.bits(fields[6])
    inUse = fields[8] == "-" ? nil : DigitPattern(fields[8])
    self.general = general
  }

  /// Reads `7,9-10` as bits 7, 9 and 10.
  private static func bits(_ text: some StringProtocol) -> UInt32 {
    var bits: UInt32 = 0
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-").compactMap { UInt32($0) }
      guard let first = ends.first, let last = ends.last, first <= last, last < 32 else { continue }
      for length in first...last { bits |= 1 << length }
    }
    return bits
  }

  /// Judges the count of digits of a national number.
  func length(_ count: Int) -> Length {
    let bit: UInt32 = count < 32 ? 1 << UInt32(count) : 0
    if localLengths & bit != 0 { return .localOnly }
    if lengths & bit != 0 { return .possible }
    if count < lengths.trailingZeroBitCount { return .tooShort }
    return count > 31 - lengths.leadingZeroBitCount ? .tooLong : .none
  }
}
