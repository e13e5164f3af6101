// The value of a trait, free of how it was folded.

import Audiences
import Bytes
import Profiles

/// The value of a trait for one profile, as of one instant.
public enum TraitValue: Equatable, Sendable {
  /// How many events.
  case count(UInt64)
  /// Exact totals, one per currency ("" where the trait has none), in alphabetical order. A total is
  /// nil if it is beyond what a decimal holds. `skipped` counts the values that could not be added,
  /// `rounded` those that had more than nine digits after the point.
  case sum([(currency: String, total: FixedDecimal?)], skipped: UInt64, rounded: UInt64 = 0)
  /// The value of the first or last event, and the event's time; nil if there is no such event.
  case selection(FieldValue?, at: Timestamp?)

  /// Exact numbers that are not sums, as an average: like `sum`, but there may be none.
  case amounts([(currency: String, total: ExactDecimal?)], skipped: UInt64, rounded: UInt64 = 0)
  /// An instant; nil if there is none.
  case moment(Timestamp?)
  /// A score as of the instant that was asked for; nil if there is none.
  case score(Double?)
  /// An exact number; nil if there is none.
  case number(FixedDecimal?)
  /// A duration; nil if there is none.
  case duration(Milliseconds?)
  /// A value of an event, or a text; nil if there is none.
  case value(FieldValue?)
  /// Values in order; `isTruncated` if there are more than the definition's limit.
  case list([FieldValue], isTruncated: Bool)
  /// How many events have each value, in order; `isTruncated` like that of a list.
  case categories([(value: FieldValue, count: UInt64)], isTruncated: Bool)
  /// Whether it is true.
  case truth(Bool)

  /// The value of a trait or of a part of a definition; scores as of `now`.
  public init(_ result: TraitResult, now: Timestamp) {
    switch result {
    case .aggregate(let value): self.init(value, as: value.function, now: now)
    case .number(let number): self = .number(number)
    case .score(let score): self = .score(score)
    case .money(let amounts):
      self = .amounts(
        amounts.map { ($0.currency.description, $0.amount.map { ExactDecimal($0) }) }, skipped: 0)
    case .moment(let instant): self = .moment(instant)
    case .duration(let length): self = .duration(length)
    case .value(let value): self = .value(value)
    case .list(let values): self = .list(values, isTruncated: false)
    case .truth(let value): self = .truth(value)
    }
  }

  init(_ value: AggregateValue, as function: AggregateFunction, now: Timestamp) {
    switch function {
    case .count, .uniqueCount, .unmatched, .sessions: self = .count(value.count)
    case .sum:
      self = .sum(
        value.totals.map { ($0.currency, $0.total?.rounded) }, skipped: value.skipped,
        rounded: value.rounded)
    case .average, .minimum, .maximum:
      self = .amounts(value.totals, skipped: value.skipped, rounded: value.rounded)
    case .first, .last, .mostFrequent, .leastFrequent:
      self = .selection(value.selectedValue, at: value.selection?.time)
    case .firstAt, .lastAt: self = .moment(value.moment)
    case .exists, .sequence, .consent: self = .truth(value.truth)
    case .uniqueList: self = .list(value.list, isTruncated: value.isTruncated)
    case .categoryCount: self = .categories(value.categories, isTruncated: value.isTruncated)
    case .score: self = .score(value.score.value(at: now))
    }
  }

  /// Whether both are the same value.
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.count(let a), .count(let b)): a == b
    case (.sum(let a, let aSkipped, let aRounded), .sum(let b, let bSkipped, let bRounded)):
      aSkipped == bSkipped && aRounded == bRounded
        && a.elementsEqual(b) { $0.currency == $1.currency && $0.total == $1.total }
    case (
      .amounts(let a, let aSkipped, let aRounded), .amounts(let b, let bSkipped, let bRounded)
    ):
      aSkipped == bSkipped && aRounded == bRounded
        && a.elementsEqual(b) { $0.currency == $1.currency && $0.total == $1.total }
    case (.selection(let a, let aTime), .selection(let b, let bTime)): a == b && aTime == bTime
    case (.moment(let a), .moment(let b)): a == b
    case (.score(let a), .score(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.duration(let a), .duration(let b)): a == b
    case (.value(let a), .value(let b)): a == b
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
  fileprivate var totals: [(currency: String, total: ExactDecimal?)] {
    sums.map { ($0.currency.description, exactTotal($0.currency)) }.sorted { $0.0 < $1.0 }
  }
}

extension TraitValue: CustomStringConvertible {
  /// The value as people read it: `3`, `89 USD`, `89 USD, 10.5 EUR`, `-` if there is none.
  public var description: String {
    switch self {
    case .count(let count): String(count)
    case .sum(let totals, let skipped, _): Self.text(totals, skipped: skipped, none: "0")
    case .amounts(let totals, let skipped, _): Self.text(totals, skipped: skipped, none: "-")
    case .selection(let value, _), .value(let value): value?.description ?? "-"
    case .moment(let time): time?.description ?? "-"
    case .score(let score): score?.description ?? "-"
    case .number(let number): number?.description ?? "-"
    case .duration(let length): length.map { "\(Self.seconds($0)) s" } ?? "-"
    case .list(let values, let isTruncated): Self.text(values.map(\.description), isTruncated)
    case .categories(let counts, let isTruncated):
      Self.text(counts.map { "\($0.value) \($0.count)" }, isTruncated)
    case .truth(let truth): truth ? "true" : "false"
    }
  }

  /// A duration in seconds, exactly.
  static func seconds(_ length: Milliseconds) -> FixedDecimal {
    FixedDecimal(mantissa: Int128(length.value) * 1_000_000)
  }

  private static func text<Number: CustomStringConvertible>(
    _ totals: [(currency: String, total: Number?)], skipped: UInt64, none: String
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
