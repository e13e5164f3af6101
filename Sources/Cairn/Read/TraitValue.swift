// The value of a trait, free of how it was folded.

import Bytes
import Profiles

/// The value of a trait for one profile, as of one instant.
public enum TraitValue: Equatable, Sendable {
  /// How many events.
  case count(UInt64)
  /// Exact totals, one a currency ("" where the trait has none), in alphabetical order. A total is
  /// nil if it is beyond what a decimal holds. `skipped` counts the values that are no exact decimals.
  case sum([(currency: String, total: FixedDecimal?)], skipped: UInt64)
  /// The value of the first or last event, and the event's time; nil if there is no such event.
  case selection(FieldValue?, at: Timestamp?)

  /// Exact numbers that are no sums, as an average: like `sum`, but there may be none.
  case amounts([(currency: String, total: FixedDecimal?)], skipped: UInt64)
  /// An instant; nil if there is none.
  case moment(Timestamp?)
  /// A score as of the instant that was asked for.
  case score(Double)
  /// Values in order; `isTruncated` if there are more than the definition's limit.
  case list([FieldValue], isTruncated: Bool)
  /// How many events have each value, in order; `isTruncated` like that of a list.
  case categories([(value: FieldValue, count: UInt64)], isTruncated: Bool)
  /// Whether it is so.
  case truth(Bool)

  init(_ value: AggregateValue, as function: AggregateFunction, now: Timestamp) {
    switch function {
    case .count, .uniqueCount, .unmatched, .sessions: self = .count(value.count)
    case .sum: self = .sum(value.totals, skipped: value.skipped)
    case .average, .minimum, .maximum: self = .amounts(value.totals, skipped: value.skipped)
    case .first, .last, .mostFrequent, .leastFrequent:
      self = .selection(value.selection?.value, at: value.selection?.time)
    case .firstAt, .lastAt: self = .moment(value.moment)
    case .exists, .sequence: self = .truth(value.truth)
    case .uniqueList: self = .list(value.list, isTruncated: value.isTruncated)
    case .categoryCount: self = .categories(value.categories, isTruncated: value.isTruncated)
    case .score: self = .score(value.score.value(at: now))
    }
  }

  /// Whether both are the same value.
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.count(let a), .count(let b)): a == b
    case (.sum(let a, let aSkipped), .sum(let b, let bSkipped)),
      (.amounts(let a, let aSkipped), .amounts(let b, let bSkipped)):
      aSkipped == bSkipped
        && a.elementsEqual(b) { $0.currency == $1.currency && $0.total == $1.total }
    case (.selection(let a, let aTime), .selection(let b, let bTime)): a == b && aTime == bTime
    case (.moment(let a), .moment(let b)): a == b
    case (.score(let a), .score(let b)): a == b
    case (.list(let a, let aCut), .list(let b, let bCut)): a == b && aCut == bCut
    case (.categories(let a, let aCut), .categories(let b, let bCut)):
      aCut == bCut && a.elementsEqual(b) { $0.value == $1.value && $0.count == $1.count }
    case (.truth(let a), .truth(let b)): a == b
    default: false
    }
  }
}

extension AggregateValue {
  /// The number of each currency, in alphabetical order.
  fileprivate var totals: [(currency: String, total: FixedDecimal?)] {
    sums.map { ($0.currency.description, total($0.currency)) }.sorted { $0.0 < $1.0 }
  }
}

extension TraitValue: CustomStringConvertible {
  /// The value as people read it: `3`, `89 USD`, `89 USD, 10.5 EUR`, `-` if there is none.
  public var description: String {
    switch self {
    case .count(let count): String(count)
    case .sum(let totals, let skipped): Self.text(totals, skipped: skipped, none: "0")
    case .amounts(let totals, let skipped): Self.text(totals, skipped: skipped, none: "-")
    case .selection(let value, _): value?.description ?? "-"
    case .moment(let time): time?.description ?? "-"
    case .score(let score): String(score)
    case .list(let values, let isTruncated): Self.text(values.map(\.description), isTruncated)
    case .categories(let counts, let isTruncated):
      Self.text(counts.map { "\($0.value) \($0.count)" }, isTruncated)
    case .truth(let truth): truth ? "true" : "false"
    }
  }

  private static func text(
    _ totals: [(currency: String, total: FixedDecimal?)], skipped: UInt64, none: String
  ) -> String {
    var parts = totals.map { entry in
      let amount = entry.total?.description ?? "overflow"
      return entry.currency.isEmpty ? amount : "\(amount) \(entry.currency)"
    }
    if parts.isEmpty { parts = [none] }
    if skipped > 0 { parts.append("\(skipped) skipped") }
    return parts.joined(separator: ", ")
  }

  private static func text(_ parts: [String], _ isTruncated: Bool) -> String {
    parts.isEmpty ? "-" : (parts + (isTruncated ? ["…"] : [])).joined(separator: ", ")
  }
}
