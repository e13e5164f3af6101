// What a cell needs to know of its aggregate, and what one event brings to it.

import Bytes

/// What a cell computes.
public enum CellKind: UInt8, Sendable {
  /// The number of events.
  case count = 1
  /// Exact sums, one per currency.
  case sum = 2
  /// The value with the least (time, sequence).
  case first = 3
  /// The value with the greatest (time, sequence).
  case last = 4
}

/// What a cell needs to know of its aggregate.
public struct CellSpec: Hashable, Sendable {
  /// What is computed.
  public var kind: CellKind
  /// The window (now − N, now]; nil for all time.
  public var window: Milliseconds?

  /// Makes a spec.
  public init(_ kind: CellKind, window: Milliseconds? = nil) {
    self.kind = kind
    self.window = window
  }

  /// Whether an event changes nothing in any cell of this spec from `now` on, so that no cell needs
  /// to be made or touched for it: it brings nothing, or its window has ended.
  public func ignores(_ amount: CellAmount, at time: Timestamp, now: Timestamp) -> Bool {
    if let horizon = horizon(now), time <= horizon { return true }
    switch (kind, amount) {
    case (.count, _), (.sum, .decimal), (.sum, .skipped), (.first, .value), (.last, .value):
      return false
    default: return true
    }
  }

  /// The last instant outside the window that ends at `now`; nil for all time.
  func horizon(_ now: Timestamp) -> Timestamp? { window.map { now - $0 } }
}

extension Aggregate {
  /// What a cell of this aggregate needs to know.
  public var cellSpec: CellSpec {
    let kind: CellKind =
      switch self.kind {
      case .count: .count
      case .sum: .sum
      case .first: .first
      case .last: .last
      }
    return CellSpec(kind, window: window.length)
  }
}

/// What one matching event brings to a cell.
public enum CellAmount: Hashable, Sendable {
  /// Nothing but itself: counted by `count`, ignored by the others.
  case none
  /// An exact number for `sum`, `CurrencyCode.none` if it has no currency.
  case decimal(FixedDecimal, CurrencyCode)
  /// Something that `sum` cannot add: no exact decimal, or no valid currency. Counted as skipped.
  case skipped
  /// A value for `first` and `last`.
  case value(FieldValue)
}
