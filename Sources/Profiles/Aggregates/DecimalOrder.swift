// Comparing a number as it was sent with a constant. Sums refuse what is not an exact decimal, but a
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
    // Not a multiple of 10^-9, so it equals no fixed decimal.
    return other.withText { bound in
      guard let number = DecimalView(text), let bound = DecimalView(bound) else { return nil }
      return number.compare(to: bound) < 0 ? .less : .greater
    }
  }
}
