// Comparing a number as it was sent with a constant. Sums refuse what is no exact decimal, but a
// comparison has an exact answer for every number, however long.

import Bytes

/// The order of two values.
package enum ValueOrder: Sendable {
  case less
  case equal
  case greater

  /// The order of two comparable values.
  init<T: Comparable>(_ a: T, _ b: T) { self = a < b ? .less : a == b ? .equal : .greater }

  /// Whether `operation` holds for two values in this order; false for `contains`.
  func satisfies(_ operation: ComparisonOperator) -> Bool {
    switch operation {
    case .equal: self == .equal
    case .notEqual: self != .equal
    case .greater: self == .greater
    case .greaterOrEqual: self != .less
    case .less: self == .less
    case .lessOrEqual: self != .greater
    case .contains: false
    }
  }
}

/// Exact comparison of numbers.
package enum DecimalOrder {
  /// The order of the number that `text` spells and `other`; nil if it spells none.
  ///
  /// Complexity: O(n), no allocation.
  package static func of(_ text: RawSpan, _ other: FixedDecimal) -> ValueOrder? {
    switch FixedDecimal.read(text) {
    case .exact(let value): return ValueOrder(value, other)
    case .notANumber: return nil
    // Beyond every fixed decimal, on the side of its sign.
    case .overflow: return text[0] == UInt8(ascii: "-") ? .less : .greater
    case .tooPrecise: break
    }
    // The number is not a multiple of 10^-9, so it lies strictly between two fixed decimals whose
    // mantissas differ by one; the one towards zero decides.
    let isNegative = text[0] == UInt8(ascii: "-")
    let mantissa = truncatedMantissa(text)
    if isNegative { return -mantissa <= other.mantissa ? .less : .greater }
    return mantissa >= other.mantissa ? .greater : .less
  }

  /// The size of the number in billionths without what follows, at most `Int128.max`.
  private static func truncatedMantissa(_ text: RawSpan) -> Int128 {
    var wholeDigits = 0
    var exponent = 0
    var index = 0
    var isFraction = false
    while index < text.byteCount, text[index] | 0x20 != UInt8(ascii: "e") {
      if text[index] == UInt8(ascii: ".") { isFraction = true }
      if !isFraction, isDigit(text[index]) { wholeDigits += 1 }
      index += 1
    }
    let mantissaEnd = index
    if index < text.byteCount {
      let isNegative = index + 1 < text.byteCount && text[index + 1] == UInt8(ascii: "-")
      while index < text.byteCount {
        // Beyond a hundred thousand, the digits make no difference.
        if isDigit(text[index]) { exponent = min(exponent * 10 + Int(text[index] - 0x30), 100_000) }
        index += 1
      }
      if isNegative { exponent = -exponent }
    }
    var taken = wholeDigits + exponent + FixedDecimal.scale
    var mantissa: Int128 = 0
    for index in 0..<mantissaEnd where taken > 0 && isDigit(text[index]) {
      taken -= 1
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int128(text[index] - 0x30))
      if overflow || carry { return .max }
      mantissa = sum
    }
    return mantissa
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
