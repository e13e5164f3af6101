// The countries and territories of the world as their two letters, apart from the plan of telephone
// numbers because definitions and exports name countries too.

/// A country or territory as the two letters of ISO 3166-1, `DE` for instance.
public struct CountryCode: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// The letters, in upper case: the first in the upper byte.
  public let rawValue: UInt16

  /// Reads two ASCII letters of either case; nil for any other text.
  ///
  /// Whether there is such a country is not asked: see `PhoneCountry`.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 2 else { return nil }
    let upper = bytes.map { (0x61...0x7A).contains($0) ? $0 & 0xDF : $0 }
    guard upper.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
    self.init(upper[0], upper[1])
  }

  /// Wraps two upper-case ASCII letters.
  init(_ first: UInt8, _ second: UInt8) { rawValue = UInt16(first) << 8 | UInt16(second) }

  /// The two letters.
  public var description: String {
    String(decoding: [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)], as: UTF8.self)
  }
}
