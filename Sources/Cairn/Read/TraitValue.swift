// The value of a trait, free of how it was folded.

import Audiences
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
  /// An exact number; nil if there is none.
  case number(FixedDecimal?)
  /// A score, which is a binary fraction; nil if there is none.
  case score(Double?)
  /// An instant; nil if there is none.
  case moment(Timestamp?)
  /// A length of time; nil if there is none.
  case duration(Milliseconds?)
  /// A value of an event, or a text; nil if there is none.
  case value(FieldValue?)
  /// Several values of events.
  case list([FieldValue])
  /// True or false.
  case truth(Bool)

  init(_ result: TraitResult) {
    switch result {
    case .aggregate(let value, let kind): self.init(value, as: kind)
    case .number(let number): self = .number(number)
    case .score(let score): self = .score(score)
    case .money(let amounts):
      self = .sum(amounts.map { ($0.currency.description, $0.amount) }, skipped: 0)
    case .moment(let instant): self = .moment(instant)
    case .duration(let length): self = .duration(length)
    case .value(let value): self = .value(value)
    case .list(let values): self = .list(values)
    case .truth(let value): self = .truth(value)
    }
  }

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
    case (.number(let a), .number(let b)): a == b
    case (.score(let a), .score(let b)): a == b
    case (.moment(let a), .moment(let b)): a == b
    case (.duration(let a), .duration(let b)): a == b
    case (.value(let a), .value(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    case (.truth(let a), .truth(let b)): a == b
    default: false
    }
  }
}

extension TraitValue: CustomStringConvertible {
  /// A length of time in seconds, exactly.
  static func seconds(_ length: Milliseconds) -> FixedDecimal {
    FixedDecimal(mantissa: Int128(length.value) * 1_000_000)
  }

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
    case .selection(let value, _), .value(let value): return value?.description ?? "-"
    case .number(let number): return number?.description ?? "-"
    case .score(let score): return score?.description ?? "-"
    case .moment(let instant): return instant?.description ?? "-"
    case .duration(let length): return length.map { "\(Self.seconds($0)) s" } ?? "-"
    case .list(let values):
      return values.isEmpty ? "-" : values.map(\.description).joined(separator: ", ")
    case .truth(let value): return value ? "true" : "false"
    }
  }
}
