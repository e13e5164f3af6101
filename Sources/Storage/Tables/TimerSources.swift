// Where timers wait: a small heap for the newest, sorted arrays for those that outgrew it, run files
// for those that a checkpoint wrote. Values, so that the queue and its snapshots share them.

import Bytes

/// Timers in the order they fire, already delivered ones skipped.
enum TimerSource: Sendable {
  case array([TimerEntry], index: Int)
  case run(TimerRun, index: Int)

  /// Timers not yet delivered.
  var remaining: Int {
    switch self {
    case .array(let timers, let index): timers.count - index
    case .run(let run, let index): run.count - index
    }
  }

  /// The run file, if it is one.
  var run: TimerRun? {
    if case .run(let run, _) = self { return run }
    return nil
  }

  /// The first timer not yet delivered.
  func head() throws(StoreError) -> TimerEntry? {
    guard remaining > 0 else { return nil }
    switch self {
    case .array(let timers, let index): return timers[index]
    case .run(let run, let index): return try run.timer(index)
    }
  }

  mutating func advance() {
    switch self {
    case .array(let timers, let index): self = .array(timers, index: index + 1)
    case .run(let run, let index): self = .run(run, index: index + 1)
    }
  }
}

/// Several sources as one.
struct TimerSources: Sendable {
  var sources: [TimerSource] = []

  /// The earliest timer not yet delivered.
  ///
  /// Complexity: O(sources).
  func head() throws(StoreError) -> TimerEntry? {
    var first: TimerEntry?
    for source in sources {
      if let head = try source.head(), first.map({ head < $0 }) ?? true { first = head }
    }
    return first
  }

  /// Skips `timer` wherever it comes first.
  mutating func remove(_ timer: TimerEntry) throws(StoreError) {
    for index in sources.indices where try sources[index].head() == timer {
      sources[index].advance()
    }
  }

  /// Delivers all timers due at or before `instant`, each once.
  mutating func drain(
    through instant: Timestamp, _ body: (TimerEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    while let timer = try head(), timer.due <= instant {
      try remove(timer)
      try body(timer)
    }
  }
}

/// A binary heap whose first element is the least.
///
/// Complexity: O(log n) a push or pop.
struct TimerHeap: Sendable {
  private(set) var timers: [TimerEntry] = []

  var first: TimerEntry? { timers.first }
  var count: Int { timers.count }

  mutating func push(_ timer: TimerEntry) {
    timers.append(timer)
    var index = timers.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard timer < timers[parent] else { break }
      timers[index] = timers[parent]
      index = parent
    }
    timers[index] = timer
  }

  mutating func removeFirst() {
    guard let last = timers.popLast(), !timers.isEmpty else { return }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < timers.count else { break }
      if child + 1 < timers.count, timers[child + 1] < timers[child] { child += 1 }
      guard timers[child] < last else { break }
      timers[index] = timers[child]
      index = child
    }
    timers[index] = last
  }

  /// Ascending, each once.
  func sorted() -> [TimerEntry] {
    var result: [TimerEntry] = []
    result.reserveCapacity(timers.count)
    for timer in timers.sorted() where timer != result.last { result.append(timer) }
    return result
  }

  mutating func removeAll() { timers.removeAll(keepingCapacity: true) }
}
