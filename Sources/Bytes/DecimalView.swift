// Decimal numbers of any length, compared where they are spelled: what does not fit a fixed decimal
// still has an exact order.

/// A decimal number as its text spells it: borrows the text.
///
/// The number is 0.DIGITS × 10^exponent, where DIGITS begins and ends with a digit other than zero.
/// Exponents beyond ±10^15 count as ±10^15.
public struct DecimalView: ~Escapable {
  private static let exponentMax = 1_000_000_000_000_000

  private let text: RawSpan
  /// Where the first digit other than zero is; `end` if there is none.
  private let start: Int
  /// Where the last digit other than zero ends.
  private let end: Int
  /// The number of digits from `start` to `end`; the point may be among them.
  private let digitCount: Int
  /// Whether the number is less than zero; false for a negative zero.
  public let isNegative: Bool
  /// The place of the point, counted from before the first digit other than zero.
  public let exponent: Int

  /// Whether the number is zero.
  public var isZero: Bool { digitCount == 0 }

  /// Whether the number has no fraction: `5`, `5.0` and `5e3`, but not `0.5`.
  public var isInteger: Bool { exponent >= digitCount }

  /// Reads a number: an optional sign, digits with an optional point, an optional exponent.
  ///
  /// JSON's grammar is narrower: `+5`, `.5`, `5.` and `007` are read as well. Complexity: O(n), no
  /// allocation.
  @_lifetime(copy text)
  public init?(_ text: RawSpan) {
    var index = 0
    let count = text.byteCount
    var negative = false
    if index < count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    var wholeDigits = 0
    var fractionDigits = 0
    var inFraction = false
    var start = count
    var end = count
    // Digits before the first one other than zero, of those that move the point.
    var leading = 0
    var significant = 0
    var pending = 0
    while index < count {
      let byte = text[index]
      if byte == UInt8(ascii: "."), !inFraction {
        inFraction = true
      } else if byte &- 0x30 < 10 {
        if inFraction { fractionDigits += 1 } else { wholeDigits += 1 }
        if byte != 0x30 {
          if significant == 0 {
            start = index
            leading = inFraction ? 1 - fractionDigits : 0
          }
          significant += pending + 1
          pending = 0
          end = index + 1
        } else if significant > 0 {
          pending += 1
        }
        if significant > 0, !inFraction { leading += 1 }
      } else {
        break
      }
      index += 1
    }
    guard wholeDigits + fractionDigits > 0 else { return nil }
    guard let power = Self.exponent(text, from: index) else { return nil }
    self.text = text
    self.start = start
    self.end = end
    digitCount = significant
    isNegative = negative && significant > 0
    exponent =
      significant == 0
      ? 0 : max(-Self.exponentMax, min(Self.exponentMax, leading + power))
  }

  /// The exponent after the digits; 0 if there is none, nil if something else is there.
  private static func exponent(_ text: RawSpan, from start: Int) -> Int? {
    var index = start
    guard index < text.byteCount else { return 0 }
    guard text[index] | 0x20 == UInt8(ascii: "e") else { return nil }
    index += 1
    var negative = false
    if index < text.byteCount,
      text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+")
    {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < text.byteCount else { return nil }
    var value = 0
    while index < text.byteCount {
      let digit = text[index] &- 0x30
      guard digit < 10 else { return nil }
      value = min(value * 10 + Int(digit), 2 * exponentMax)
      index += 1
    }
    return negative ? -value : value
  }

  /// The order of this number and another: negative, 0 or positive, as `memcmp` says it.
  ///
  /// Complexity: O(digits), no allocation.
  public func compare(to other: borrowing DecimalView) -> Int {
    if isNegative != other.isNegative { return isNegative ? -1 : 1 }
    let order = compareMagnitude(to: other)
    return isNegative ? -order : order
  }

  private func compareMagnitude(to other: borrowing DecimalView) -> Int {
    if isZero || other.isZero { return (isZero ? 0 : 1) - (other.isZero ? 0 : 1) }
    if exponent != other.exponent { return exponent < other.exponent ? -1 : 1 }
    var a = start
    var b = other.start
    while a < end, b < other.end {
      if text[a] == UInt8(ascii: ".") { a += 1 }
      if other.text[b] == UInt8(ascii: ".") { b += 1 }
      // Neither run ends with a point, so there is a digit.
      if text[a] != other.text[b] { return text[a] < other.text[b] ? -1 : 1 }
      a += 1
      b += 1
    }
    return (a < end ? 1 : 0) - (b < other.end ? 1 : 0)
  }

  /// Whether the number is a whole multiple of `mantissa` × 10^`power`, exactly.
  ///
  /// - Parameter mantissa: Greater than zero, and not divisible by ten.
  /// - Complexity: O(digits + log of the exponent), no allocation.
  public func isMultiple(ofMantissa mantissa: UInt64, power: Int) -> Bool {
    if isZero { return true }
    // The number is DIGITS × 10^(exponent - digitCount). DIGITS does not end with zero, so it
    // cannot hold a power of ten that the divisor has in excess.
    let excess = exponent - digitCount - power
    guard excess >= 0 else { return false }
    let modulus = UInt128(mantissa)
    var rest: UInt128 = 0
    for index in start..<end where text[index] != UInt8(ascii: ".") {
      rest = (rest * 10 + UInt128(text[index] - 0x30)) % modulus
    }
    var factor = UInt128(10) % modulus
    var remaining = excess
    while remaining > 0 {
      if remaining & 1 == 1 { rest = rest * factor % modulus }
      factor = factor * factor % modulus
      remaining >>= 1
    }
    return rest == 0
  }

  /// The digits as a number with their power of ten; nil if they do not fit 64 bits.
  ///
  /// The sign is left out. Zero is (0, 0).
  public var mantissa: (digits: UInt64, power: Int)? {
    if isZero { return (0, 0) }
    var value: UInt64 = 0
    for index in start..<end where text[index] != UInt8(ascii: ".") {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(text[index] - 0x30))
      if overflow || carry { return nil }
      value = sum
    }
    return (value, exponent - digitCount)
  }

  /// The digits from the first that is not 0 to the last that is not 0, each 0 to 9; none for zero.
  public var digits: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(digitCount)
    for index in start..<end where text[index] != UInt8(ascii: ".") {
      result.append(text[index] - 0x30)
    }
    return result
  }

  /// Appends a form that two texts share if and only if they spell the same number.
  public func writeCanonical(to bytes: inout [UInt8]) {
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    for index in start..<end where text[index] != UInt8(ascii: ".") { bytes.append(text[index]) }
    bytes.append(UInt8(ascii: "e"))
    bytes += Array(String(exponent).utf8)
  }
}

extension FixedDecimal {
  /// Gives the number's text, with all nine decimals, to `body`; no allocation.
  public func withText<R>(_ body: (RawSpan) -> R) -> R {
    // A sign, 30 digits, a point and nine more at most.
    var digits = InlineArray<48, UInt8>(repeating: 0)
    var index = digits.count
    var rest = mantissa.magnitude
    var place = 0
    repeat {
      if place == Self.scale {
        index -= 1
        digits[index] = UInt8(ascii: ".")
      }
      index -= 1
      digits[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      place += 1
    } while rest > 0 || place <= Self.scale
    if mantissa < 0 {
      index -= 1
      digits[index] = UInt8(ascii: "-")
    }
    return body(digits.span.bytes.extracting(index..<digits.count))
  }
}
