// The value of a trait, independent of how it was calculated.

import Bytes
import Profiles
import Storage

/// The value of a trait for one profile, as of one instant.
public enum TraitResult: Hashable, Sendable {
  /// The value of an aggregate by itself.
  case aggregate(AggregateValue)
  /// An exact number; nil if there is none.
  case number(FixedDecimal?)
  /// A score; nil if there is none.
  case score(Double?)
  /// Exact amounts by currency, in alphabetical order; nil for one that is too large.
  case money([MoneyAmount])
  /// An instant.
  case moment(Timestamp?)
  /// A duration.
  case duration(Milliseconds?)
  /// A value of an event, or a text.
  case value(FieldValue?)
  /// Several values.
  case list([FieldValue])
  /// True or false.
  case truth(Bool)
}

/// An amount in one currency.
public struct MoneyAmount: Hashable, Sendable {
  /// The currency, or `.none` for amounts that came without one.
  public var currency: CurrencyCode
  /// The amount; nil if it is too large for a number, or was divided by zero.
  public var amount: FixedDecimal?
}

extension Evaluation {
  /// The value of the program as its type.
  mutating func result() throws(StoreError) -> TraitResult {
    let root = program.root
    if case .operand(let operand) = program.nodes[Int(root)] {
      return .aggregate(value(ofOperand: operand))
    }
    switch program.type {
    case .number: return .number(try number(root))
    case .score:
      let score = try score(root)
      return .score(score.flatMap { $0.isFinite ? $0 : nil })
    case .money:
      var amounts: [MoneyAmount] = []
      for currency in try currencies(root) {
        amounts.append(MoneyAmount(currency: currency, amount: try amount(root, currency)))
      }
      return .money(amounts)
    case .moment: return .moment(try time(root).map { Timestamp(milliseconds: $0) })
    case .duration: return .duration(try time(root).map { Milliseconds($0) })
    case .value: return .value(try value(root))
    case .list: return .list(try list(root))
    case .truth, .categories: return .truth(try truth(root))
    }
  }
}
