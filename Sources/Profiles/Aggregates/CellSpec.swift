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
  /// How often each value was seen, and when last.
  case tally = 7
  /// When each key was asked and answered last.
  case unmatched = 8
  /// Runs of events.
  case sessions = 9
  /// Steps of an order, by time.
  case sequence = 10
  /// Weights that fade.
  case score = 11
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
    case .count, .exists: .count
    case .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount: .tally
    case .unmatched: .unmatched
    case .sessions: .sessions
    case .sequence: .sequence
    case .score: .score
    }
  }
}

/// What a cell needs to know of its aggregate.
public struct CellSpec: Hashable, Sendable {
  /// What is computed.
  public let function: AggregateFunction
  /// The part of time that counts.
  public let window: CellWindow
  /// What the function needs besides.
  public let parameters: CellParameters
  /// How the state is laid out.
  let kind: CellKind
  /// Whether what has been counted in stands in totals, so that its entries matter only for leaving.
  let keepsTotals: Bool

  /// Makes a spec.
  public init(
    _ function: AggregateFunction, window: CellWindow = .allTime,
    _ parameters: CellParameters = .none
  ) {
    self.function = function
    self.window = window
    self.parameters = parameters
    kind = function.cellKind
    keepsTotals =
      switch kind {
      case .count, .sum: window.sessionGap == nil
      case .minimum, .maximum: window.isKept
      case .tally, .sessions: window.isKept
      case .unmatched, .score: true
      case .first, .last, .sequence: false
      }
  }

  /// Whether an event changes nothing in any cell of this spec from `now` on, so that no cell needs
  /// to be made or touched for it: it brings nothing, or its window has ended.
  public func ignores(_ amount: CellAmount, at time: Timestamp, now: Timestamp) -> Bool {
    guard kind.takes(amount) || amount == .none && countsForSessions else { return true }
    // An answer counts up to now, wherever the window ends.
    if case .keyed(_, let role) = amount, role.answers {
      return time <= window.bounds(at: now).after
    }
    return window.isOver(time, at: now)
  }

  /// Whether what an event brings has a part in the answer.
  public func hasPart(_ amount: CellAmount) -> Bool { kind.takes(amount) }

  /// Whether an event that brings nothing has a place all the same: it can begin the newest session.
  private var countsForSessions: Bool { window.sessionGap != nil }

  /// Whether state takes the place of all entries that have come in.
  var isTotalOnly: Bool { keepsTotals && window.isKept || kind == .unmatched }

  /// Whether entries are dropped that can have no part in an order any more.
  var prunes: Bool {
    if case .sequence(let rule) = parameters { rule.isFinal && window.isKept } else { false }
  }

  /// Whether the state is more than totals: tables, runs, epochs.
  var hasState: Bool { isTotalOnly && kind.rawValue >= CellKind.tally.rawValue }
}

extension CellKind {
  /// Whether an event that brings this has a part in the answer.
  func takes(_ amount: CellAmount) -> Bool {
    switch (self, amount) {
    case (.count, _), (.first, .value), (.last, .value): true
    case (.sum, .decimal), (.sum, .rounded), (.sum, .skipped): true
    case (.minimum, .decimal), (.minimum, .exact), (.minimum, .skipped): true
    case (.maximum, .decimal), (.maximum, .exact), (.maximum, .skipped): true
    case (.tally, .value), (.sessions, _), (.score, .decimal), (.unmatched, .keyed): true
    case (.sequence, .steps(let mask)): mask != 0
    default: false
    }
  }
}

/// What a function needs to know besides its window.
public enum CellParameters: Hashable, Sendable {
  /// Nothing.
  case none
  /// Lists: the most values of the answer.
  case limit(Int)
  /// Sessions: the longest pause within one.
  case gap(Milliseconds)
  /// Scores: the time in which a weight halves.
  case halfLife(Milliseconds)
  /// Sequences.
  case sequence(SequenceRule)
}

extension Aggregate {
  /// What a cell of this aggregate needs to know.
  public var cellSpec: CellSpec {
    let parameters: CellParameters =
      switch kind {
      case .uniqueList(_, let limit), .categoryCount(_, let limit): .limit(limit)
      case .sessions(let gap): .gap(gap)
      case .score(_, let halfLife): .halfLife(halfLife)
      case .sequence(let sequence): .sequence(SequenceRule(sequence))
      default: .none
      }
    return CellSpec(kind.function, window: window.cellWindow, parameters)
  }
}

/// What one matching event brings to a cell.
public enum CellAmount: Hashable, Sendable {
  /// Nothing but itself: counted by `count`, and of any session; ignored by the others.
  case none
  /// A number for `sum` and its like, `CurrencyCode.none` if it has no currency.
  case decimal(FixedDecimal, CurrencyCode)
  /// A number for `sum` and `avg` that was rounded, having more digits after the point.
  case rounded(FixedDecimal, CurrencyCode)
  /// A number for `min` and `max` that has more digits after the point.
  case exact(ExactDecimal, CurrencyCode)
  /// Something that `sum` and its like cannot add: not a number, one that is too large, or no valid
  /// currency. Counted as skipped.
  case skipped
  /// A value for `first` and `last`.
  case value(FieldValue)
  /// A key that `unmatched` looks up, and what the event does to it.
  case keyed([UInt8], MatchRole)
  /// A bit for each step and exclusion of a `sequence` that the event satisfies.
  case steps(UInt32)
}

/// What an event does to a key of `unmatched`.
public enum MatchRole: UInt8, Sendable {
  /// It asks.
  case asks = 1
  /// It answers.
  case answersOnly = 2
  /// It does both at once, which leaves the key answered.
  case both = 3

  /// Whether it answers.
  var answers: Bool { self != .asks }
}
