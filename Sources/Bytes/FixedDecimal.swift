// Exact decimals with a fixed scale, for money and every other sum: no rounding on the way in, no
// drift, and an overflow is an answer of its own rather than a wrong number.

/// A decimal number with nine digits after the point, exact, up to about ±1.7 × 10^29.
public struct FixedDecimal: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Digits after the point.
  public static let scale = 9
  @usableFromInline static let unit: Int128 = 1_000_000_000

  /// The number times 10^9.
  public var mantissa: Int128

  /// Wraps a mantissa, which counts billionths.
  @inlinable public init(mantissa: Int128) { self.mantissa = mantissa }

  /// A whole number.
  @inlinable public init(_ value: Int64) { mantissa = Int128(value) * Self.unit }

  /// Zero.
  public static let zero = FixedDecimal(mantissa: 0)

  /// Whether `a` is less.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.mantissa < b.mantissa }

  /// The exact sum, or nil if it does not fit.
  @inlinable public func adding(_ other: Self) -> Self? {
    let (sum, overflow) = mantissa.addingReportingOverflow(other.mantissa)
    return overflow ? nil : Self(mantissa: sum)
  }

  /// The exact difference, or nil if it does not fit.
  @inlinable public func subtracting(_ other: Self) -> Self? {
    let (difference, overflow) = mantissa.subtractingReportingOverflow(other.mantissa)
    return overflow ? nil : Self(mantissa: difference)
  }

  /// What reading a number as a fixed decimal can come to.
  public enum Reading: Equatable, Sendable {
    /// The exact value.
    case exact(FixedDecimal)
    /// The text is not a decimal number.
    case notANumber
    /// The number needs more than nine digits after the point.
    case tooPrecise
    /// The number is too large.
    case overflow
  }

  /// Reads a JSON-style number: optional sign, digits, optional fraction, optional exponent.
  ///
  /// Complexity: O(n), no allocation.
  public static func read(_ text: RawSpan) -> Reading {
    var index = 0
    var negative = false
    if index < text.byteCount, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+")
    {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    var digits = DigitSum()
    guard digits.take(text, &index) else { return .notANumber }
    if index < text.byteCount, text[index] == UInt8(ascii: ".") {
      index += 1
      digits.inFraction = true
      guard digits.take(text, &index) else { return .notANumber }
    }
    var exponent = 0
    if index < text.byteCount, text[index] | 0x20 == UInt8(ascii: "e") {
      guard let value = readExponent(text, &index) else { return .notANumber }
      exponent = value
    }
    guard index == text.byteCount else { return .notANumber }
    return digits.scaled(by: exponent, negative: negative)
  }

  /// Reads `mantissa × 10^-scale`.
  ///
  /// - Complexity: O(places beyond the ninth).
  public static func read(_ mantissa: Int64, scale: UInt8) -> Reading {
    var value = mantissa
    var scale = Int(scale)
    while scale > Self.scale, value % 10 == 0, value != 0 {
      value /= 10
      scale -= 1
    }
    if value == 0 { return .exact(.zero) }
    guard scale <= Self.scale else { return .tooPrecise }
    return .exact(FixedDecimal(mantissa: Int128(value) * Int128(powers[Self.scale - scale])))
  }

  private static let powers: InlineArray<10, Int64> = [
    1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
  ]

  /// Reads a number from a string; see `read(_:)`.
  public static func read(_ text: String) -> Reading {
    let bytes = Array(text.utf8)
    return read(bytes.span.bytes)
  }

  private static func readExponent(_ text: RawSpan, _ index: inout Int) -> Int? {
    index += 1
    var negative = false
    if index < text.byteCount, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+")
    {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    let start = index
    var value = 0
    while index < text.byteCount, (0x30...0x39).contains(text[index]) {
      // Anything beyond a thousand is out of range whatever the digits are.
      value = min(value * 10 + Int(text[index] - 0x30), 100_000)
      index += 1
    }
    return index > start ? (negative ? -value : value) : nil
  }
}

/// Significant digits collected without overflow: trailing zeros are kept as a count.
private struct DigitSum {
  var value: Int128 = 0
  var pendingZeros = 0
  var fractionDigits = 0
  var inFraction = false
  var overflowed = false

  /// Takes a run of digits; false if there is none.
  mutating func take(_ text: RawSpan, _ index: inout Int) -> Bool {
    let start = index
    while index < text.byteCount, (0x30...0x39).contains(text[index]) {
      let digit = text[index] - 0x30
      if inFraction { fractionDigits += 1 }
      if digit == 0 {
        pendingZeros += 1
      } else {
        if value != 0 { shift(by: pendingZeros) }
        pendingZeros = 0
        shift(by: 1)
        let (sum, overflow) = value.addingReportingOverflow(Int128(digit))
        overflowed = overflowed || overflow
        value = sum
      }
      index += 1
    }
    return index > start
  }

  private mutating func shift(by places: Int) {
    for _ in 0..<places where !overflowed {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      overflowed = overflow
      value = product
    }
  }

  func scaled(by exponent: Int, negative: Bool) -> FixedDecimal.Reading {
    if value == 0, !overflowed { return .exact(.zero) }
    // The number is value × 10^places.
    let places = exponent - fractionDigits + pendingZeros
    let shift = places + FixedDecimal.scale
    guard shift >= 0 else { return .tooPrecise }
    guard !overflowed, shift <= 38 else { return .overflow }
    var mantissa = value
    for _ in 0..<shift {
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      if overflow { return .overflow }
      mantissa = product
    }
    return .exact(FixedDecimal(mantissa: negative ? -mantissa : mantissa))
  }
}

extension FixedDecimal: CustomStringConvertible {
  /// The shortest plain decimal text: `11.77`, `-5`, `0.000000001`.
  public var description: String {
    let magnitude = mantissa.magnitude
    let whole = magnitude / UInt128(Self.unit)
    let fraction = magnitude % UInt128(Self.unit)
    let text = (mantissa < 0 ? "-" : "") + String(whole)
    guard fraction != 0 else { return text }
    var digits = String(fraction)
    digits = String(repeating: "0", count: Self.scale - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return text + "." + digits
  }
}
