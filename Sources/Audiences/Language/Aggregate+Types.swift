// Where the language of expressions meets aggregates: what type a result has, how a time since is
// written, what stands for a known trait. Everything that depends on the kinds of aggregates is here.

import Bytes
import Profiles

extension Aggregate {
  /// The type of the result as expressions see it.
  var expressionType: ExpressionType {
    switch valueType {
    case .number: .number
    case .money: .money
    case .value: .value
    }
  }

  /// The aggregate whose moment `time_since_first` or `time_since_last` measures from.
  static func moment(isFirst: Bool, of events: Aggregate) -> Aggregate {
    // Every event has a type; only the time of the one that is selected matters.
    let path = PropertyPath(["type"])
    return Aggregate(
      isFirst ? .first(path) : .last(path), of: events.events, where: events.condition,
      within: events.window)
  }

  var timeSinceText: String {
    if case .first = kind { return "time_since_first(\(arguments()))" }
    return "time_since_last(\(arguments()))"
  }

  /// The aggregate that keeps a known trait: the newest value that an `identify` gave it.
  static func known(_ path: PropertyPath) -> Aggregate {
    Aggregate(
      .last(path), of: .any,
      where: .test(.comparison(PropertyPath(["type"]), .equal, .string("identify"))))
  }

  /// The currency of all its amounts, if the definition says it.
  var onlyCurrency: CurrencyCode? {
    if case .sum(_, currency: .constant(let code)?) = kind { code } else { nil }
  }
}

extension Aggregate {
  /// How the result moves while none of its events comes or goes.
  var variation: Variation { .flat }

  /// What is known of the result's sign.
  var sign: Sign {
    if case .count = kind { .notNegative } else { .unknown }
  }
}

extension Aggregate.Kind {
  /// What an error message calls the result.
  var noun: String {
    switch self {
    case .count: "count"
    case .sum: "sum"
    case .first: "first"
    case .last: "last"
    }
  }
}

extension AggregateValue {
  /// The result of an aggregate of type number.
  func number(_ kind: CellKind) -> FixedDecimal? {
    switch kind {
    // 2^64 × 10^9 is far below 2^127.
    case .count: FixedDecimal(mantissa: Int128(count) * 1_000_000_000)
    default: total(.none)
    }
  }

  /// The amount of an aggregate of type money in one currency: zero if there is none.
  func amount(_ currency: CurrencyCode, _ kind: CellKind) -> FixedDecimal? { total(currency) }

  /// The currencies of an aggregate of type money.
  func currencies(_ kind: CellKind) -> [CurrencyCode] { sums.map(\.currency) }

  /// The instant that an aggregate selects.
  func instant(_ kind: CellKind) -> Timestamp? { selection?.time }

  /// The value that an aggregate selects.
  func fieldValue(_ kind: CellKind) -> FieldValue? { selection?.value }

  /// The score of an aggregate of type score at an instant.
  func score(_ kind: CellKind, at instant: Timestamp) -> Double? { nil }

  /// The list of an aggregate of type list.
  func fieldValues(_ kind: CellKind) -> [FieldValue] { [] }

  /// Whether an aggregate of type truth is true.
  func truth(_ kind: CellKind) -> Bool { false }

  /// Whether an event went into a count or a sum.
  func isUsed(_ kind: CellKind) -> Bool {
    switch kind {
    case .count: count > 0
    case .sum: !sums.isEmpty
    case .first, .last: selection != nil
    }
  }
}
