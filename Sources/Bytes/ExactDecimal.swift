// Decimals with more digits than sums have: what is only compared need not be rounded.

/// A decimal number with up to 33 digits after the point, exact, as large as a `FixedDecimal`.
///
/// All binary fractions that senders take for decimals fit, such as 183.60000000000002.
public struct ExactDecimal: Hashable, Sendable, BitwiseCopyable {
  /// Digits after the point.
  public static let scale = 33
  /// How many parts a billionth has.
  static let unit: UInt128 = 1_000_000_000_000_000_000_000_000

  /// The greatest number with nine digits after the point that is not greater.
  public let floor: FixedDecimal
  /// What is to be added to it, in units of 10^-33; less than a billionth.
  public let rest: UInt128

  /// Makes a number of its parts; a rest of a billionth or more, which only damaged bytes have, is cut.
  public init(floor: FixedDecimal, rest: UInt128) {
    self.floor = floor
    self.rest = min(rest, Self.unit - 1)
  }

  /// A number with nine digits after the point.
  public init(_ number: FixedDecimal) { self.init(floor: number, rest: 0) }

  /// The nearest number with nine digits after the point, the even one of two.
  public var rounded: FixedDecimal {
    let half = Self.unit / 2
    guard rest > half || rest == half && floor.mantissa & 1 != 0 else { return floor }
    return floor.adding(FixedDecimal(mantissa: 1)) ?? floor
  }
}

extension ExactDecimal: Comparable {
  /// Whether `a` is less.
  public static func < (a: Self, b: Self) -> Bool {
    a.floor != b.floor ? a.floor < b.floor : a.rest < b.rest
  }
}

extension ExactDecimal: CustomStringConvertible {
  /// The shortest plain decimal text: `183.60000000000002`.
  public var description: String {
    guard rest > 0 else { return floor.description }
    let isNegative = floor.mantissa < 0
    // Towards zero; the floor of a negative number is one below.
    let billionths = (isNegative ? floor.mantissa + 1 : floor.mantissa).magnitude
    let parts = isNegative ? Self.unit - rest : rest
    let one: UInt128 = 1_000_000_000
    var digits = String(String(billionths % one + one).dropFirst())
    digits += String(parts + Self.unit).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return (isNegative ? "-" : "") + "\(billionths / one)." + digits
  }
}
