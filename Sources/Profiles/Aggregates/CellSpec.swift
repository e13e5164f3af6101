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
    case .last, .lastAt, .consent: .last
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
///
/// An object, made once for each aggregate: every event hands some of them on, and lists within the
/// parameters are not counted up and down each time. What an event asks is worked out beforehand.
public final class CellSpec: Sendable {
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
  /// The longest pause within the session that the window is, if it is one.
  let sessionGap: Milliseconds?
  /// Whether state takes the place of all entries that have come in.
  let isTotalOnly: Bool
  /// Whether entries are dropped that can have no part in an order any more.
  let prunes: Bool
  /// Whether the state is more than totals: tables, runs, epochs.
  let hasState: Bool
  /// Whether entries stay inside forever, so that the first one never moves on.
  let isKept: Bool
  /// Whether the answer is a number of events, or whether there is one, and no more.
  public let isPlainCount: Bool
  /// The rule of a sequence.
  var sequenceRule: SequenceRule? { if case .sequence(let rule) = parameters { rule } else { nil } }
  /// Whether there can be so many entries that they are worth chunks.
  var canHaveChunks: Bool { !(kind == .first && isKept) }
  /// The bytes of a chunk, in cells with many entries.
  let chunkBytes: Int
  /// What is kept of the entries of a cell, so that its answer needs not look at all of them.
  let digest: CellDigest
  /// What the records of its table are ordered by, in cells with many.
  let tableOrder: CellTableOrder
  private let reach: Reach
  /// How most events change its cells.
  let shortcut: CellShortcut

  /// Where the window lies, of those that are a matter of one subtraction.
  private enum Reach: BitwiseCopyable {
    case everything
    case moving(newest: Milliseconds, oldest: Milliseconds)
    /// As the window says.
    case other
  }

  /// Makes a spec.
  public convenience init(
    _ function: AggregateFunction, window: CellWindow = .allTime,
    _ parameters: CellParameters = .none
  ) {
    self.init(function, window: window, parameters, chunkBytes: 2048)
  }

  /// Makes a spec whose cells have chunks of a size: smaller ones are for tests.
  init(
    _ function: AggregateFunction, window: CellWindow, _ parameters: CellParameters,
    chunkBytes: Int
  ) {
    self.chunkBytes = chunkBytes
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
    sessionGap = window.sessionGap
    isKept = window.isKept
    isPlainCount = kind == .count && window.sessionGap == nil
    isTotalOnly = keepsTotals && isKept || kind == .unmatched
    prunes = if case .sequence(let rule) = parameters { rule.isFinal && isKept } else { false }
    hasState = isTotalOnly && kind.rawValue >= CellKind.tally.rawValue
    digest = CellDigest(kind, window, parameters)
    tableOrder = CellTableOrder(function)
    reach =
      switch window {
      case .allTime, .latestSession: .everything
      case .last(let length): .moving(newest: Milliseconds(0), oldest: length)
      case .ago(let newest, let oldest): .moving(newest: newest, oldest: oldest)
      case .span, .calendar: .other
      }
    shortcut = CellShortcut(
      kind, isTotalOnly: isTotalOnly, isOfSession: sessionGap != nil, window)
  }

  /// What is inside the window at `now`: event times in (after, through].
  func bounds(at now: Timestamp) -> (after: Timestamp, through: Timestamp) {
    switch reach {
    case .everything: (Timestamp(milliseconds: .min), now)
    case .moving(let newest, let oldest): (now - oldest, now - newest)
    case .other: window.bounds(at: now)
    }
  }

  /// How long an event stays inside, of windows that move along with time.
  var length: Milliseconds? {
    if case .moving(_, let oldest) = reach { oldest } else { nil }
  }

  /// Whether an event changes nothing in any cell of this spec from `now` on, so that no cell needs
  /// to be made or touched for it: it brings nothing, or its window has ended.
  public func ignores(_ form: CellAmount.Form, at time: Timestamp, now: Timestamp) -> Bool {
    // An event that brings nothing can begin the newest session all the same.
    guard kind.takes(form) || form == .none && sessionGap != nil else { return true }
    // An answer counts up to now, wherever the window ends.
    if case .other = reach, form != .answer { return window.isOver(time, at: now) }
    return time <= bounds(at: now).after
  }

  /// Whether what an event brings has a part in the answer.
  public func hasPart(_ amount: CellAmount) -> Bool { kind.takes(amount.form) }
}

extension CellSpec: Hashable {
  /// Whether both describe the same aggregate.
  public static func == (a: CellSpec, b: CellSpec) -> Bool {
    a === b || a.function == b.function && a.window == b.window && a.parameters == b.parameters
  }

  /// Hashes what describes the aggregate.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(function)
    hasher.combine(window)
    hasher.combine(parameters)
  }
}

extension CellAmount {
  /// What a text brings.
  @inline(__always)
  public init(text: RawSpan) {
    if let short = ShortText(text) {
      self = .text(short)
    } else {
      self = .value(.string(text.toArray()))
    }
  }

  /// The same with a short text as any other value.
  var withValue: CellAmount {
    if case .text(let text) = self { .value(.string(text.array)) } else { self }
  }

  /// What kind of amount it is: all that is asked before anything is done with one, without its payload.
  public enum Form: UInt8, Sendable, BitwiseCopyable {
    case none, decimal, rounded, exact, skipped, value, question, answer, steps, noSteps
  }

  /// The kind of amount.
  public var form: Form {
    switch self {
    case .none: .none
    case .decimal: .decimal
    case .rounded: .rounded
    case .exact: .exact
    case .skipped: .skipped
    case .value, .text: .value
    case .keyed(_, let role): role.answers ? .answer : .question
    case .steps(let mask): mask == 0 ? .noSteps : .steps
    }
  }
}

extension CellKind {
  /// Whether an event that brings this has a part in the answer.
  func takes(_ form: CellAmount.Form) -> Bool {
    switch self {
    case .count, .sessions: true
    case .sum: form == .decimal || form == .rounded || form == .skipped
    case .minimum, .maximum: form == .decimal || form == .exact || form == .skipped
    case .first, .last, .tally: form == .value
    case .score: form == .decimal
    case .unmatched: form == .question || form == .answer
    case .sequence: form == .steps
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
  /// Consent: which of several answers counts.
  case consent(ConsentMerge)
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
      case .consent(_, let merge): .consent(merge)
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
  /// The same for a short text, which is not counted as a reference; `CellEvent` has it as a value.
  case text(ShortText)
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
