// The answer of an aggregate in the terms of its result type.

import Bytes

extension AggregateValue {
  /// The answer if it is one number; nil if there is none, as an average of nothing, or if it is too
  /// large.
  public var number: FixedDecimal? {
    switch function {
    case .sum, .average, .minimum, .maximum: total(.none)
    case .count, .uniqueCount, .unmatched, .sessions:
      // 2^64 × 10^9 is far below 2^127.
      FixedDecimal(mantissa: Int128(count) * 1_000_000_000)
    default: nil
    }
  }

  /// The sum, average, least or greatest of the amounts in `currency`.
  ///
  /// Over no amounts a sum is zero and the others are nil; nil too if the number is too large.
  ///
  /// The least and greatest are rounded to nine digits after the point; `exactTotal` is not.
  public func total(_ currency: CurrencyCode) -> FixedDecimal? { exactTotal(currency)?.rounded }

  /// The sum, average, least or greatest of the amounts in `currency`, exactly; nil as with `total`.
  public func exactTotal(_ currency: CurrencyCode) -> ExactDecimal? {
    guard let sum = sums.first(where: { $0.currency == currency }) else {
      return function == .sum ? ExactDecimal(.zero) : nil
    }
    return function == .average ? sum.average.map { ExactDecimal($0) } : sum.exact
  }

  /// The time of the first or last event; nil if there is none.
  public var moment: Timestamp? { selection?.time }

  /// Whether it is so; false for functions that do not ask.
  public var truth: Bool {
    switch function {
    case .exists, .sequence: count > 0
    case .consent: selection?.value == .bool(true)
    default: false
    }
  }

  /// The score; its value depends on the instant that one asks for.
  public var score: DecayingScore {
    if case .score(let score) = parts { score } else { DecayingScore() }
  }

  /// The different values of a list, the one seen last first, at most as many as the definition's
  /// limit; `isTruncated` says whether there are more, `count` how many there are.
  public var list: [FieldValue] { categories.map(\.value) }

  /// How many events have each value, the most frequent first, at most as many values as the
  /// definition's limit; `isTruncated` says whether there are more.
  public var categories: [(value: FieldValue, count: UInt64)] {
    guard case .tallies(let tallies) = parts else { return [] }
    return tallies.map { ($0.value, $0.count) }
  }
}
