// What a cell needs to know of its aggregate, and what one event brings to it.

import Bytes

/// How the state of a cell is laid out.
public enum CellKind: UInt8, Sendable {
  /// The number of events.
  case count = 1
  /// Exact sums, one per currency.
  case sum = 2
  /// The value with the least (time, sequence).
  case first = 3
  /// The value with the greatest (time, sequence).
  case last = 4
  /// The least number, one per currency.
  case minimum = 5
  /// The greatest number, one per currency.
  case maximum = 6
}

extension AggregateFunction {
  /// The layout of the function's cells.
  var cellKind: CellKind {
    switch self {
    case .sum, .average: .sum
    case .minimum: .minimum
    case .maximum: .maximum
    case .first, .firstAt: .first
    case .last, .lastAt: .last
    default: .count
    }
  }
}

/// What a cell needs to know of its aggregate.
public struct CellSpec: Hashable, Sendable {
  /// What is computed.
  public let function: AggregateFunction
  /// The part of time that counts.
  public let window: CellWindow
  /// How the state is laid out.
  let kind: CellKind
  /// Whether what has been counted in stands in totals, so that its entries matter only for leaving.
  let keepsTotals: Bool

  /// Makes a spec.
  public init(_ function: AggregateFunction, window: CellWindow = .allTime) {
    self.function = function
    self.window = window
    kind = function.cellKind
    keepsTotals =
      switch kind {
      case .count, .sum: window.sessionGap == nil
      case .minimum, .maximum: window.isKept
      case .first, .last: false
      }
  }

  /// Whether an event changes nothing in any cell of this spec from `now` on, so that no cell needs
  /// to be made or touched for it: it brings nothing, or its window has ended.
  public func ignores(_ amount: CellAmount, at time: Timestamp, now: Timestamp) -> Bool {
    window.isOver(time, at: now) || !kind.takes(amount)
  }

  /// Whether totals take the place of all entries that have come in.
  var isTotalOnly: Bool { keepsTotals && window.isKept }
}

extension CellKind {
  /// Whether an event that brings this has a part in the answer.
  func takes(_ amount: CellAmount) -> Bool {
    switch (self, amount) {
    case (.count, _), (.first, .value), (.last, .value): true
    case (.sum, .decimal), (.sum, .skipped), (.minimum, .decimal), (.minimum, .skipped),
      (.maximum, .decimal), (.maximum, .skipped):
      true
    default: false
    }
  }
}

extension Aggregate {
  /// What a cell of this aggregate needs to know.
  public var cellSpec: CellSpec {
    CellSpec(kind.function, window: window.cellWindow)
  }
}

/// What one matching event brings to a cell.
public enum CellAmount: Hashable, Sendable {
  /// Nothing but itself: counted by `count`, ignored by the others.
  case none
  /// An exact number for `sum` and its like, `CurrencyCode.none` if it has no currency.
  case decimal(FixedDecimal, CurrencyCode)
  /// Something that `sum` and its like cannot add: no exact decimal, or no valid currency. Counted as skipped.
  case skipped
  /// A value for `first` and `last`.
  case value(FieldValue)
}
