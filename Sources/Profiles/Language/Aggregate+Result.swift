// What an aggregate's answer is, for those who compare it or print it.

import Bytes

/// What kind of answer an aggregate gives.
public enum AggregateResult: Sendable {
  /// One exact number.
  case number
  /// One exact number per currency.
  case money
  /// An instant.
  case moment
  /// A number that decays while time passes.
  case score
  /// A value of an event: a text, a number, true, false.
  case value
  /// Several values.
  case list
  /// A count for each of several values.
  case categories
  /// True or false.
  case truth
}

/// What is computed, without the paths and other parts.
public enum AggregateFunction: String, CaseIterable, Sendable {
  case count
  case exists
  case sum
  case average = "avg"
  case minimum = "min"
  case maximum = "max"
  case first
  case last
  case firstAt = "first_at"
  case lastAt = "last_at"
  case mostFrequent = "most_frequent"
  case leastFrequent = "least_frequent"
  case uniqueList = "unique_list"
  case uniqueCount = "unique_count"
  case categoryCount = "category_count"
  case unmatched
  case sessions
  case sequence
  case score
  case consent

  /// The name of the function in the language.
  public var name: String { rawValue }
}

extension Aggregate.Kind {
  /// What is computed, without the paths and other parts.
  public var function: AggregateFunction {
    switch self {
    case .count: .count
    case .exists: .exists
    case .sum: .sum
    case .average: .average
    case .minimum: .minimum
    case .maximum: .maximum
    case .first: .first
    case .last: .last
    case .firstAt: .firstAt
    case .lastAt: .lastAt
    case .mostFrequent: .mostFrequent
    case .leastFrequent: .leastFrequent
    case .uniqueList: .uniqueList
    case .uniqueCount: .uniqueCount
    case .categoryCount: .categoryCount
    case .unmatched: .unmatched
    case .sessions: .sessions
    case .sequence: .sequence
    case .score: .score
    case .consent: .consent
    }
  }

  /// The path to the value that it is about, if there is one.
  var path: PropertyPath? {
    switch self {
    case .sum(let path, _), .average(let path, _), .minimum(let path, _), .maximum(let path, _),
      .first(let path), .last(let path), .mostFrequent(let path), .leastFrequent(let path),
      .uniqueList(let path, _), .uniqueCount(let path), .categoryCount(let path, _),
      .unmatched(_, let path), .firstAt(let path?), .lastAt(let path?):
      path
    case .consent(let category, _): Aggregate.consentPath(of: category)
    case .count, .exists, .firstAt(nil), .lastAt(nil), .sessions, .sequence, .score: nil
    }
  }

  /// Where the currency comes from, if the kind adds or compares amounts and has a source of it.
  public var currency: CurrencySource? {
    switch self {
    case .sum(_, let currency), .average(_, let currency), .minimum(_, let currency),
      .maximum(_, let currency):
      currency
    default: nil
    }
  }
}

extension Aggregate {
  /// What kind of answer this aggregate gives.
  public var resultType: AggregateResult {
    switch kind.function {
    case .count, .uniqueCount, .unmatched, .sessions: .number
    case .sum, .average, .minimum, .maximum: kind.currency == nil ? .number : .money
    case .first, .last, .mostFrequent, .leastFrequent: .value
    case .firstAt, .lastAt: .moment
    case .uniqueList: .list
    case .categoryCount: .categories
    case .exists, .sequence, .consent: .truth
    case .score: .score
    }
  }
}
