// Numbers of any length, as their text spells them: for what a fixed decimal cannot hold and an answer
// needs all the same, which is rare enough to take digits one by one.

/// A number as text spells it, exactly.
public struct DecimalText: Hashable, Sendable {
  /// Whether it is below zero.
  public let isNegative: Bool
  /// The digits from the first that is not 0 to the last that is not 0, each 0 to 9; none for zero.
  let digits: [UInt8]
  /// The power of ten that the last digit counts.
  let exponent: Int

  /// Reads a JSON-style number: optional sign, digits, optional fraction, optional exponent; nil for
  /// anything else.
  ///
  /// Complexity: O(n).
  public init?(_ text: RawSpan) {
    if case .notANumber = FixedDecimal.read(text) { return nil }
    guard let view = DecimalView(text) else { return nil }
    digits = view.digits
    exponent = digits.isEmpty ? 0 : view.exponent - digits.count
    isNegative = view.isNegative
  }

  /// How many of the digits stand before the tenth place after the point; negative if zeros do.
  private var keptCount: Int { digits.count + exponent + FixedDecimal.scale }

  /// The whole billionths towards zero; nil if they are too many.
  private var truncated: Int128? {
    guard keptCount > 0, !digits.isEmpty else { return 0 }
    guard keptCount <= 39 else { return nil }
    var result: Int128 = 0
    for place in 0..<keptCount {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      let digit = place < digits.count ? digits[place] : 0
      let (sum, carry) = product.addingReportingOverflow(Int128(digit))
      if overflow || carry { return nil }
      result = sum
    }
    return result
  }

  /// The nearest number with nine digits after the point, the even one of two; nil if it is too large.
  public var rounded: FixedDecimal? {
    guard let truncated else { return nil }
    var mantissa = truncated
    if (0..<digits.count).contains(keptCount) {
      let first = digits[keptCount]
      // The last digit is not 0, so that whatever follows is more than nothing.
      let isMore = keptCount + 1 < digits.count
      if first > 5 || first == 5 && (isMore || mantissa & 1 == 1) {
        let (next, overflow) = mantissa.addingReportingOverflow(1)
        if overflow { return nil }
        mantissa = next
      }
    }
    return FixedDecimal(mantissa: isNegative ? -mantissa : mantissa)
  }

  /// The number itself; nil if it is too large, or has more than `ExactDecimal.scale` digits after the
  /// point.
  public var exact: ExactDecimal? {
    guard exponent >= -ExactDecimal.scale, let truncated else { return nil }
    var rest: UInt128 = 0
    for place in max(keptCount, 0)..<max(digits.count, keptCount, 0) {
      rest = rest * 10 + UInt128(digits[place])
    }
    if exponent < -FixedDecimal.scale {
      for _ in 0..<(exponent + ExactDecimal.scale) { rest *= 10 }
    }
    guard isNegative else {
      return ExactDecimal(floor: FixedDecimal(mantissa: truncated), rest: rest)
    }
    guard rest > 0 else { return ExactDecimal(FixedDecimal(mantissa: -truncated)) }
    return ExactDecimal(
      floor: FixedDecimal(mantissa: -truncated - 1), rest: ExactDecimal.unit - rest)
  }
}

extension DecimalText: Comparable {
  /// Whether `a` is less, exactly.
  ///
  /// Complexity: O(digits).
  public static func < (a: Self, b: Self) -> Bool {
    guard a.isNegative == b.isNegative else { return a.isNegative }
    return a.isNegative ? b.isSmaller(than: a) : a.isSmaller(than: b)
  }

  /// Whether its size is less.
  private func isSmaller(than other: Self) -> Bool {
    guard !digits.isEmpty, !other.digits.isEmpty else { return !other.digits.isEmpty }
    let (magnitude, otherMagnitude) = (digits.count + exponent, other.digits.count + other.exponent)
    guard magnitude == otherMagnitude else { return magnitude < otherMagnitude }
    return digits.lexicographicallyPrecedes(other.digits)
  }
}

extension DecimalText: CustomStringConvertible {
  /// The one text of the number: plain, or with an exponent where that would be more than 64 digits.
  public var description: String {
    guard !digits.isEmpty else { return "0" }
    let sign = isNegative ? "-" : ""
    let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    let whole = digits.count + exponent
    guard whole <= 64, exponent >= -64 else {
      let fraction = text.dropFirst()
      return "\(sign)\(text.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e\(whole - 1)"
    }
    if exponent >= 0 { return sign + text + String(repeating: "0", count: exponent) }
    if whole <= 0 { return sign + "0." + String(repeating: "0", count: -whole) + text }
    return sign + text.prefix(whole) + "." + text.dropFirst(whole)
  }
}
