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
}
