// The instants at which the truth of conditions can change, in the order they come. The one place that
// knows what fires next, in memory and on disk together.

import Bytes

/// A priority queue of timers, larger than memory, for one writer and many snapshots.
///
/// Equal timers that wait at the same time are delivered once. A timer that no longer matters is not
/// taken out: its receiver checks whether it still applies. Not `Sendable`; readers on other threads
/// take a `snapshot()`.
///
/// Reading throws `StoreError` with code `.damagedIndex`, naming file and offset, when a block of a
/// run that it needs is damaged; nothing has changed then.
public final class TimerQueue {
  /// The most runs that a flush leaves behind.
  public static let runsMax = 8
  /// The heap is turned into a sorted array at this size, so that a snapshot shares all but a little.
  static let heapMax = 4096

  @exclusivity(unchecked) private var heap = TimerHeap()
  /// Sorted arrays, each more than twice as long as the next.
  @exclusivity(unchecked) private var arrays = TimerSources()
  /// Run files, oldest first.
  @exclusivity(unchecked) private var runs: TimerSources
  /// No timer is due before this instant.
  @exclusivity(unchecked) private var bound = Timestamp(milliseconds: .min)

  /// Makes a queue over the runs it had at the last checkpoint.
  ///
  /// - Parameter instant: The logical now of that checkpoint: timers due at or before it have fired.
  /// - Complexity: O(log n) block reads a run.
  public init(runs: [TimerRun] = [], after instant: Timestamp) throws(StoreError) {
    var sources: [TimerSource] = []
    for run in runs { sources.append(.run(run, index: try run.firstIndex(after: instant))) }
    self.runs = TimerSources(sources: sources)
  }

  /// Adds a timer.
  ///
  /// Complexity: O(log n) amortised; no I/O.
  public func push(_ timer: TimerEntry) {
    heap.push(timer)
    bound = min(bound, timer.due)
    if heap.count >= Self.heapMax { spill() }
  }

  /// The timer that fires next, or nil if none waits.
  ///
  /// Complexity: O(log n); at most a block read a run.
  public var next: TimerEntry? {
    get throws(StoreError) {
      var first = heap.first
      for head in [try arrays.head(), try runs.head()] {
        if let head, first.map({ head < $0 }) ?? true { first = head }
      }
      return first
    }
  }

  /// Takes out the timer that fires next if it is due at or before `instant`.
  ///
  /// Complexity: O(1), a nanosecond or two, if none is due; else O(log n) and at most a block read a
  /// run.
  public func popDue(through instant: Timestamp) throws(StoreError) -> TimerEntry? {
    guard instant >= bound else { return nil }
    guard let timer = try next else {
      bound = Timestamp(milliseconds: .max)
      return nil
    }
    bound = timer.due
    guard timer.due <= instant else { return nil }
    // Reading the heads has just succeeded, so neither of these fails half-way.
    try runs.remove(timer)
    try arrays.remove(timer)
    while heap.first == timer { heap.removeFirst() }
    return timer
  }

  /// Anonymous memory held, in bytes; mapped runs are not counted, except for their bit per block.
  public var memoryBytes: Int {
    var bytes = heap.timers.capacity * MemoryLayout<TimerEntry>.stride
    for source in arrays.sources { bytes += Self.memoryBytes(source) }
    for source in runs.sources { bytes += Self.memoryBytes(source) }
    return bytes
  }

  private static func memoryBytes(_ source: TimerSource) -> Int {
    switch source {
    case .array(let timers, _): timers.capacity * MemoryLayout<TimerEntry>.stride
    case .run(let run, _): run.memoryBytes
    }
  }

  /// The timers as they are now, for readers on any thread.
  ///
  /// Complexity: O(log n) to take; the next push copies at most `heapMax` timers.
  public func snapshot() -> TimerSnapshot {
    TimerSnapshot(heap, TimerSources(sources: runs.sources + arrays.sources))
  }

  /// Turns the heap into a sorted array and keeps the arrays few.
  private func spill() {
    var newest = heap.sorted()
    heap.removeAll()
    while let last = arrays.sources.last, last.remaining <= 2 * newest.count,
      case .array(let timers, let index) = last
    {
      newest = Self.merge(timers[index...], newest)
      arrays.sources.removeLast()
    }
    arrays.sources.append(.array(newest, index: 0))
  }

  /// Two ascending sequences as one, each timer once.
  private static func merge(_ a: ArraySlice<TimerEntry>, _ b: [TimerEntry]) -> [TimerEntry] {
    var result: [TimerEntry] = []
    result.reserveCapacity(a.count + b.count)
    var (i, j) = (a.startIndex, 0)
    while i < a.endIndex, j < b.count {
      if a[i] < b[j] {
        result.append(a[i])
        i += 1
      } else {
        if a[i] == b[j] { i += 1 }
        result.append(b[j])
        j += 1
      }
    }
    return result + a[i...] + b[j...]
  }
}

// MARK: Checkpoint

extension TimerQueue {
  /// Writes the timers in memory to a new run, together with as many of the newest runs as keep their
  /// number small, and gives up runs that have nothing left.
  ///
  /// The new run is durable except for its directory entry: the caller syncs the directory and commits the
  /// manifest, with `now` as the instant that `init(runs:after:)` gets later.
  ///
  /// - Parameters:
  ///   - now: The logical now. All timers due by then must have been taken out; any left are dropped.
  ///   - directory: The store's directory.
  ///   - allocateFileNumber: Called at most once.
  /// - Returns: What to change in the manifest, with table 0; empty if there was nothing to do.
  /// - Throws: `.noSpace`, `.io`, `.readOnly` if the run cannot be written, `.damagedIndex` if a run
  ///   taken in is damaged. The queue is unchanged then and the partial file is removed as far as
  ///   possible.
  /// - Complexity: O(timers put together × log n), sequential reads and writes; one sync.
  public func flush(
    now: Timestamp, to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> RunEdit {
    let (kept, taken) = runsToPutTogether()
    let takenRuns = taken.compactMap(\.run)
    var edit = RunEdit(removed: takenRuns.map(\.entry.file))
    var inputs = TimerSources(
      sources: taken + arrays.sources + [.array(heap.sorted(), index: 0)])
    try inputs.drain(through: now) { _ in }
    var newRun: TimerRun?
    if try inputs.head() != nil {
      let level = takenRuns.map(\.entry.level).max().map { $0 == 255 ? 255 : $0 + 1 } ?? 0
      newRun = try write(inputs, level, to: directory, fileSystem, try allocateFileNumber())
    }
    edit.added = newRun.map { [$0.entry] } ?? []
    runs.sources = kept + (newRun.map { [.run($0, index: 0)] } ?? [])
    arrays.sources = []
    heap.removeAll()
    return edit
  }

  /// Divides the runs into those that stay and those that the flush takes in.
  private func runsToPutTogether() -> (kept: [TimerSource], taken: [TimerSource]) {
    var kept: [TimerSource] = []
    var taken: [TimerSource] = []
    var count = heap.count + arrays.sources.reduce(0) { $0 + $1.remaining }
    let hasNew = count > 0
    for source in runs.sources.reversed() {
      // From the newest on, as long as they are small compared with what is newer; empty ones always.
      if source.remaining == 0 || (hasNew && kept.isEmpty && source.remaining <= 2 * count) {
        taken.append(source)
        count += source.remaining
      } else {
        kept.append(source)
      }
    }
    kept.reverse()
    while hasNew, kept.count >= Self.runsMax { taken.append(kept.removeLast()) }
    return (kept, taken)
  }

  private func write(
    _ inputs: TimerSources, _ level: UInt8, to directory: String, _ fileSystem: any FileSystem,
    _ number: UInt64
  ) throws(StoreError) -> TimerRun? {
    let file = try RunFileBuilder.create(TimerRun.fileName(number), in: directory, fileSystem) {
      (file) throws(StoreError) in
      var inputs = inputs
      var writer = try TimerRunWriter(file, number: number)
      try inputs.drain(through: Timestamp(milliseconds: .max)) { (timer) throws(StoreError) in
        try writer.append(timer)
      }
      return try writer.finish()
    }
    guard let file else { return nil }
    return try TimerRun(
      RunEntry(
        table: 0, file: number, byteCount: UInt64(file.layout.byteCount),
        entryCount: UInt64(file.layout.entryCount), level: level), file)
  }
}

/// The timers that waited at one moment.
///
/// Immutable and `Sendable`: readers need no lock.
public final class TimerSnapshot: Sendable {
  private let heap: TimerHeap
  private let sources: TimerSources

  init(_ heap: TimerHeap, _ sources: TimerSources) {
    self.heap = heap
    self.sources = sources
  }

  /// Calls `body` with each timer due at or before `instant`, in the order they fire.
  ///
  /// Complexity: O(h log h) for the h ≤ 4,096 newest timers, O(log n) a timer delivered.
  public func forEachDue(
    through instant: Timestamp, _ body: (TimerEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    var inputs = sources
    inputs.sources.append(.array(heap.sorted(), index: 0))
    try inputs.drain(through: instant, body)
  }

  /// The timers due at or before `instant`, in the order they fire.
  ///
  /// Complexity: as `forEachDue`, and memory for the result.
  public func due(through instant: Timestamp) throws(StoreError) -> [TimerEntry] {
    var result: [TimerEntry] = []
    try forEachDue(through: instant) { result.append($0) }
    return result
  }
}
