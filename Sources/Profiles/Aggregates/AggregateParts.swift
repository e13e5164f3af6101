// The mergeable forms of answers that cannot be combined themselves: the most frequent value of two
// homes does not follow from those of each. Each form is what the answer follows from.

import Bytes

/// What the answer of an aggregate over several homes follows from.
enum AggregateParts: Hashable, Sendable {
  /// The answer itself can be combined.
  case none
  /// Runs of events, oldest first, for windows that are a session.
  case runs([AggregateRun])
  /// How often each value was seen, each value once.
  case tallies([Tally])
  /// When each key was asked and answered last, each key once.
  case keys([MatchKey])
  /// Sessions, oldest first.
  case intervals([SessionInterval])
  /// Steps of a sequence, in order.
  case steps([SequenceRule.Entry])
  /// A sequence that has happened permanently.
  case happened
  /// A score.
  case score(DecayingScore)

  var isEmpty: Bool {
    switch self {
    case .none: true
    case .runs(let runs): runs.isEmpty
    case .tallies(let tallies): tallies.isEmpty
    case .keys(let keys): keys.isEmpty
    case .intervals(let intervals): intervals.isEmpty
    case .steps(let steps): steps.isEmpty
    case .happened: false
    case .score(let score): score.isEmpty
    }
  }

  /// Takes in those of another home.
  mutating func combine(_ other: AggregateParts, as spec: CellSpec) {
    guard !other.isEmpty else { return }
    guard !isEmpty else {
      self = other
      return
    }
    switch (self, other) {
    case (.runs(let a), .runs(let b)): self = .runs(AggregateRun.merged(a, b, as: spec))
    case (.tallies(let a), .tallies(let b)):
      var list = TallyList(a)
      for tally in b { list.add(tally) }
      self = .tallies(list.list)
    case (.keys(let a), .keys(let b)): self = .keys(MatchKey.merged(a, b))
    case (.intervals(let a), .intervals(let b)):
      guard case .gap(let gap) = spec.parameters else { return }
      self = .intervals(SessionInterval.merged(a, b, gap))
    case (.steps(let a), .steps(let b)):
      self = .steps((a + b).sorted(by: SequenceRule.Entry.isBefore))
    case (.happened, _), (_, .happened): self = .happened
    case (.score(var a), .score(let b)):
      a.add(b)
      self = .score(a)
    default: break
    }
  }
}

/// How often a value was seen, and when last.
struct Tally: Hashable, Sendable {
  let value: FieldValue
  var count: UInt64
  var time: Timestamp
}

/// Tallies by value.
struct TallyList {
  private(set) var list: [Tally] = []
  private var index: [FieldValue: Int] = [:]

  init(_ list: [Tally] = []) { self.list = list }

  /// Adds a value that is not there yet.
  mutating func append(_ tally: Tally) { list.append(tally) }

  /// Adds to a value's tally.
  mutating func add(_ tally: Tally) {
    if index.count < list.count {
      for (place, tally) in list.enumerated() { index[tally.value] = place }
    }
    guard let place = index[tally.value] else {
      index[tally.value] = list.count
      list.append(tally)
      return
    }
    // Wrapping: a damaged cell must not trap.
    list[place].count &+= tally.count
    list[place].time = max(list[place].time, tally.time)
  }
}

/// When a key of `unmatched` was asked and answered last.
struct MatchKey: Hashable, Sendable {
  struct Moment: Hashable, Sendable {
    var time: Timestamp
    var sequence: SequenceNumber
  }

  let key: [UInt8]
  var asked: Moment?
  var answered: Moment?

  /// Whether it waits for an answer.
  var isUnmatched: Bool {
    guard let asked else { return false }
    guard let answered else { return true }
    return (asked.time, asked.sequence) > (answered.time, answered.sequence)
  }

  /// The later of two.
  static func later(_ a: Moment?, _ b: Moment?) -> Moment? {
    guard let a, let b else { return a ?? b }
    return (a.time, a.sequence) < (b.time, b.sequence) ? b : a
  }

  /// Without what lies after a window; nil if nothing is left.
  func inside(_ after: Timestamp) -> MatchKey? {
    var result = self
    if let asked, asked.time <= after { result.asked = nil }
    if let answered, answered.time <= after { result.answered = nil }
    return result.asked == nil && result.answered == nil ? nil : result
  }

  static func merged(_ a: [MatchKey], _ b: [MatchKey]) -> [MatchKey] {
    var result: [[UInt8]: MatchKey] = [:]
    for next in a + b {
      var present = result[next.key] ?? MatchKey(key: next.key)
      present.asked = later(present.asked, next.asked)
      present.answered = later(present.answered, next.answered)
      result[next.key] = present
    }
    return Array(result.values)
  }
}

/// A session: from its first event to its last.
struct SessionInterval: Hashable, Sendable {
  var start: Timestamp
  var end: Timestamp

  /// Adds one that begins no earlier than the last of a list, which it may prolong.
  static func append(
    _ next: SessionInterval, to list: inout [SessionInterval], _ gap: Milliseconds
  ) {
    guard let last = list.last, next.start <= last.end + gap else { return list.append(next) }
    list[list.count - 1].end = max(last.end, next.end)
  }

  /// Puts two lists together: sessions that touch become one.
  static func merged(
    _ a: [SessionInterval], _ b: [SessionInterval], _ gap: Milliseconds
  ) -> [SessionInterval] {
    if b.isEmpty { return a }
    var result: [SessionInterval] = []
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      let takesFirst = j == b.count || i < a.count && a[i].start <= b[j].start
      append(takesFirst ? a[i] : b[j], to: &result, gap)
      if takesFirst { i += 1 } else { j += 1 }
    }
    return result
  }
}

/// A run of events between which no more than the session's gap passes.
struct AggregateRun: Hashable, Sendable {
  /// The time of its first event.
  var start: Timestamp
  /// The time of its last event.
  var end: Timestamp
  /// The aggregate over its events.
  var value: AggregateValue

  /// Puts two lists together: runs that touch become one.
  static func merged(
    _ a: [AggregateRun], _ b: [AggregateRun], as spec: CellSpec
  ) -> [AggregateRun] {
    guard let gap = spec.window.sessionGap else { return a }
    var result: [AggregateRun] = []
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      let takesFirst = j == b.count || i < a.count && a[i].start <= b[j].start
      let next = takesFirst ? a[i] : b[j]
      if takesFirst { i += 1 } else { j += 1 }
      guard let last = result.last, next.start <= last.end + gap else {
        result.append(next)
        continue
      }
      result[result.count - 1].end = max(last.end, next.end)
      result[result.count - 1].value.combine(next.value, as: spec)
    }
    return result
  }
}
