// The mergeable forms of answers that cannot be combined themselves: the most frequent value of two
// homes does not follow from those of each. Each form is what the answer follows from.

import Bytes

/// What the answer of an aggregate over several homes follows from.
enum AggregateParts: Hashable, Sendable {
  /// The answer itself can be combined.
  case none
  /// Runs of events, oldest first, for windows that are a session.
  case runs([AggregateRun])

  var isEmpty: Bool {
    switch self {
    case .none: true
    case .runs(let runs): runs.isEmpty
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
    default: break
    }
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

extension AggregateValue {
  /// Draws the answer from what the homes brought; to be called once, after the last `combine`.
  ///
  /// Complexity: O(parts).
  public mutating func finish(as spec: CellSpec) {
    function = spec.function
    switch parts {
    case .none: break
    case .runs(let runs):
      guard let last = runs.last else { return }
      self = last.value
      finish(as: spec)
    }
  }
}
