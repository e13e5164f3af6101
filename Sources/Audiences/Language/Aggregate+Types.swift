// Where the language of expressions meets aggregates: what type a result has, how a time since is
// written, what stands for a known trait. Everything that depends on the kinds of aggregates is here.

import Bytes
import Profiles

extension Aggregate {
  /// The type of the result as expressions see it.
  var expressionType: ExpressionType {
    switch resultType {
    case .number: .number
    case .money: .money
    case .moment: .moment
    case .score: .score
    case .value: .value
    case .list: .list
    case .categories: .categories
    case .truth: .truth
    }
  }

  /// The aggregate whose moment `time_since_first` or `time_since_last` measures from.
  static func moment(isFirst: Bool, of events: Aggregate) -> Aggregate {
    Aggregate(
      isFirst ? .firstAt(nil) : .lastAt(nil), of: events.events, where: events.condition,
      within: events.window)
  }

  /// The time since the moment that the aggregate selects, as the language writes it.
  var timeSinceText: String {
    if case .firstAt = kind { return "time_since_first(\(arguments))" }
    return "time_since_last(\(arguments))"
  }

  /// The currency of all its amounts, if the definition says it.
  var onlyCurrency: CurrencyCode? {
    if case .constant(let code)? = kind.currency { code } else { nil }
  }

  /// How the result moves while none of its events comes or goes.
  ///
  /// All weights of a score halve alike, so that it only ever comes nearer to zero.
  var variation: Variation {
    guard case .score = kind else { return .flat }
    switch sign {
    case .notNegative: return .falling
    case .notPositive: return .rising
    case .unknown: return .either
    }
  }

  /// What is known of the result's sign.
  var sign: Sign {
    switch kind {
    case .count, .uniqueCount, .unmatched, .sessions: return .notNegative
    case .score(let weights, _):
      if weights.allSatisfy({ $0.weight >= .zero }) { return .notNegative }
      return weights.allSatisfy { $0.weight <= .zero } ? .notPositive : .unknown
    default: return .unknown
    }
  }
}

extension AggregateValue {
  /// The currencies of an aggregate of type money.
  var currencies: [CurrencyCode] { sums.map(\.currency) }

  /// Whether an event went into a count or a sum; of sums, something that could be added.
  var isUsed: Bool {
    switch function {
    case .sum, .average, .minimum, .maximum: !sums.isEmpty
    default: !isEmpty
    }
  }
}
