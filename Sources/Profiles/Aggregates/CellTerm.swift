// What one event adds to a sum or offers as the least or greatest, and what cells keep of it.

import Bytes

/// One amount of `sum` and its like.
struct CellTerm: Equatable {
  /// The key under which values are counted that could not be added; no letters pack to it.
  static let skippedCurrency = CurrencyCode(packed: .max)
  /// The key of events without a value, which only sessions have.
  static let absentCurrency = CurrencyCode(packed: .max - 1)
  /// The key under which amounts are counted that were rounded.
  static let roundedCurrency = CurrencyCode(packed: .max - 2)
  private static let roundedFlag: UInt32 = 1 << 24

  let currency: CurrencyCode
  let amount: FixedDecimal
  /// Of `min` and `max`: what the number has beyond the ninth digit; see `ExactDecimal`.
  let rest: UInt128
  /// Whether it had more digits than it has now.
  let isRounded: Bool

  init(
    currency: CurrencyCode, amount: FixedDecimal, rest: UInt128 = 0, isRounded: Bool = false
  ) {
    self.currency = currency
    self.amount = amount
    self.rest = rest
    self.isRounded = isRounded
  }

  /// Takes what `packed` gave.
  init(packed: UInt32, amount: FixedDecimal, rest: UInt128) {
    let isMarked = packed < Self.roundedCurrency.packed && packed & Self.roundedFlag != 0
    self.init(
      currency: CurrencyCode(packed: isMarked ? packed & ~Self.roundedFlag : packed),
      amount: amount, rest: rest, isRounded: isMarked)
  }

  /// The currency as entries have it.
  var packed: UInt32 { isRounded ? currency.packed | Self.roundedFlag : currency.packed }

  static let skipped = CellTerm(currency: skippedCurrency, amount: .zero)
  static let absent = CellTerm(currency: absentCurrency, amount: .zero)
  /// What counts an amount that was rounded.
  static let roundedMark = CellTerm(currency: roundedCurrency, amount: .zero)

  /// What an event brought that it was made from.
  var cellAmount: CellAmount {
    switch currency {
    case Self.skippedCurrency: .skipped
    case Self.absentCurrency: .none
    default:
      if isRounded {
        .rounded(amount, currency)
      } else if rest > 0 {
        .exact(ExactDecimal(floor: amount, rest: rest), currency)
      } else {
        .decimal(amount, currency)
      }
    }
  }

  /// Whether it comes after another of the same instant, in an order of everything that entries hold.
  func isAfter(_ other: CellTerm) -> Bool {
    (packed, amount, rest) > (other.packed, other.amount, other.rest)
  }
}

/// One of the totals of `sum` and its like.
struct CellTotal {
  let currency: CurrencyCode
  var count: UInt64
  var sum: WideSum
  /// Of `min` and `max`: what the number has beyond the ninth digit.
  var rest: UInt128

  /// Takes in an amount.
  mutating func add(_ term: CellTerm, as kind: CellKind) {
    guard kind.isExtreme, currency != CellTerm.skippedCurrency else {
      count &+= 1
      return sum.add(WideSum(term.amount))
    }
    let candidate = (WideSum(term.amount), term.rest)
    let isBetter = kind == .minimum ? candidate < (sum, rest) : (sum, rest) < candidate
    guard count == 0 || isBetter else { return }
    count = 1
    (sum, rest) = candidate
  }
}

extension CellKind {
  /// Whether it is the least or greatest number.
  var isExtreme: Bool { self == .minimum || self == .maximum }
}
