// Multiplication, division and rounding of exact decimals: a product or quotient that has more than
// nine digits after the point is rounded half to even, once, from its exact value.

extension FixedDecimal {
  /// The product, rounded half to even; nil if it does not fit.
  public func multiplied(by other: Self) -> Self? {
    Self.scaled(mantissa, by: other.mantissa, over: Self.unit)
  }

  /// The quotient, rounded half to even; nil for a division by zero or if it does not fit.
  public func divided(by other: Self) -> Self? {
    Self.scaled(mantissa, by: Self.unit, over: other.mantissa)
  }

  /// The number with its sign turned; nil if it does not fit.
  public var negated: Self? {
    mantissa == .min ? nil : Self(mantissa: -mantissa)
  }

  /// The whole number nearest to it, the even one of two; nil if it does not fit.
  public var rounded: Self? {
    guard let whole = Self.scaled(mantissa, by: 1, over: Self.unit) else { return nil }
    let (mantissa, overflow) = whole.mantissa.multipliedReportingOverflow(by: Self.unit)
    return overflow ? nil : Self(mantissa: mantissa)
  }

  /// The number as a binary fraction, the nearest there is.
  public var double: Double { Double(mantissa) / 1_000_000_000 }

  /// The decimal nearest to a binary fraction, half to even; nil if there is none that fits.
  public init?(rounding value: Double) {
    let scaled = (value * 1_000_000_000).rounded(.toNearestOrEven)
    guard let mantissa = Int128(exactly: scaled) else { return nil }
    self.init(mantissa: mantissa)
  }

  /// a · b / c, rounded half to even; nil if c is zero or the result does not fit.
  private static func scaled(_ a: Int128, by b: Int128, over c: Int128) -> Self? {
    let divisor = c.magnitude
    let product = a.magnitude.multipliedFullWidth(by: b.magnitude)
    // A quotient of 2^128 and more; also true of every product over zero.
    guard product.high < divisor else { return nil }
    var (quotient, rest) = divisor.dividingFullWidth(product)
    let isAboveHalf = rest > divisor - rest
    if isAboveHalf || (rest == divisor - rest && quotient & 1 == 1) {
      guard quotient < UInt128(Int128.max) else { return nil }
      quotient += 1
    }
    guard quotient <= UInt128(Int128.max) else { return nil }
    let isNegative = ((a < 0) != (b < 0)) != (c < 0)
    return Self(mantissa: isNegative ? -Int128(quotient) : Int128(quotient))
  }
}
