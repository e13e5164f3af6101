// Sums that cannot overflow on the way. A window takes amounts away again, so whether a total fits
// must depend on the total and not on the order in which it came about.

import Bytes

/// A sum of fixed decimals in 160 bits.
///
/// Each amount is below 2^127 in size, so at least 2^32 of them fit whatever they are, and 2^64 of
/// amounts below 7.9 × 10^19.
public struct WideSum: Hashable, Sendable, BitwiseCopyable {
  var low: UInt128
  var high: Int32

  init(low: UInt128, high: Int32) {
    self.low = low
    self.high = high
  }

  /// Zero.
  public static let zero = WideSum(low: 0, high: 0)

  /// The sum as a fixed decimal; nil if it is too large for one.
  public var decimal: FixedDecimal? {
    let mantissa = Int128(truncatingIfNeeded: low)
    return high == (mantissa < 0 ? -1 : 0) ? FixedDecimal(mantissa: mantissa) : nil
  }

  /// Adds another sum.
  public mutating func add(_ other: WideSum) {
    let (sum, carry) = low.addingReportingOverflow(other.low)
    low = sum
    high = high &+ other.high &+ (carry ? 1 : 0)
  }

  /// Takes another sum away.
  public mutating func subtract(_ other: WideSum) {
    let (difference, borrow) = low.subtractingReportingOverflow(other.low)
    low = difference
    high = high &- other.high &- (borrow ? 1 : 0)
  }

  /// The sum that consists of one number.
  public init(_ value: FixedDecimal) {
    low = UInt128(truncatingIfNeeded: value.mantissa)
    high = value.mantissa < 0 ? -1 : 0
  }

  /// This sum divided by a count, half to even at nine digits; nil for a count of zero, or if the
  /// quotient is too large, which only damaged state has.
  func average(of count: UInt64) -> FixedDecimal? {
    guard count > 0 else { return nil }
    var size = self
    if high < 0 {
      size = .zero
      size.subtract(self)
    }
    guard size.high >= 0 else { return nil }
    // Schoolbook division by 64 bits at a time: each remainder is below the divisor.
    let divisor = UInt128(count)
    var rest = UInt128(UInt32(size.high)) % divisor
    guard UInt128(UInt32(size.high)) < divisor else { return nil }
    var quotient: UInt128 = 0
    for limb in [UInt64(truncatingIfNeeded: size.low >> 64), UInt64(truncatingIfNeeded: size.low)] {
      let part = rest << 64 | UInt128(limb)
      quotient = quotient << 64 | part / divisor
      rest = part % divisor
    }
    let twice = rest << 1
    if twice > divisor || twice == divisor && quotient & 1 == 1 { quotient &+= 1 }
    guard let mantissa = Int128(exactly: quotient) else { return nil }
    return FixedDecimal(mantissa: high < 0 ? -mantissa : mantissa)
  }
}

extension WideSum: Comparable {
  /// Whether `a` is less.
  public static func < (a: Self, b: Self) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}
