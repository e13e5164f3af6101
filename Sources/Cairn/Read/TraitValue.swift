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

  init(_ value: AggregateValue, as kind: CellKind) {
    switch kind {
    case .count: self = .count(value.count)
    case .sum:
      self = .sum(
        value.sums.map { ($0.currency.description, $0.total) }.sorted { $0.0 < $1.0 },
        skipped: value.skipped)
    case .first, .last:
      self = .selection(value.selection?.value, at: value.selection?.time)
    }
  }

  /// Whether both are the same value.
  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.count(let a), .count(let b)): a == b
    case (.sum(let a, let aSkipped), .sum(let b, let bSkipped)):
      aSkipped == bSkipped
        && a.elementsEqual(b) { $0.currency == $1.currency && $0.total == $1.total }
    case (.selection(let a, let aTime), .selection(let b, let bTime)): a == b && aTime == bTime
    default: false
    }
  }
}

extension TraitValue: CustomStringConvertible {
  /// The value as people read it: `3`, `89 USD`, `89 USD, 10.5 EUR`, `-` if there is none.
  public var description: String {
    switch self {
    case .count(let count): return String(count)
    case .sum(let totals, let skipped):
      var parts = totals.map { entry in
        let amount = entry.total?.description ?? "overflow"
        return entry.currency.isEmpty ? amount : "\(amount) \(entry.currency)"
      }
      if parts.isEmpty { parts = ["0"] }
      if skipped > 0 { parts.append("\(skipped) skipped") }
      return parts.joined(separator: ", ")
    case .selection(let value, _): return value?.description ?? "-"
    }
  }
}
