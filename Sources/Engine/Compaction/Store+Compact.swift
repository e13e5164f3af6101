// Compaction: copies of the events of each home, stored together, so that a person's latest events
// are read from one place on the disk rather than one per event. The log stays as it is and remains
// the source of truth.

import Bytes
import Profiles
import Storage

/// How far a compaction has come.
public struct CompactionProgress: Sendable {
  /// Events copied by now.
  public var events: UInt64 = 0
  /// How much of the log since the last compaction has been processed.
  public var log = LogProgress()
}

/// The result of a compaction.
public struct CompactionReport: Sendable {
  /// Events copied: those that came in since the last compaction.
  public var events: UInt64 = 0
  /// Their size in the log before it was compressed, in bytes.
  public var eventBytes = 0
  /// Steps, each durable on its own.
  public var steps = 0
  /// The last record whose event, if it has one, now stands by home.
  public var through = SequenceNumber(0)
  /// The size of all copies on disk before, in bytes.
  public var bytesBefore = 0
  /// The size of all copies on disk now, in bytes.
  public var bytesAfter = 0
}

extension Store {
  /// Copies the events that came in since the last compaction into the history of their homes.
  ///
  /// Changes no answer. Works in steps as large as memory allows; each is durable whole or not at all, so
  /// that one which was interrupted continues where it stopped. Rebuilding the derived files drops the
  /// copies.
  ///
  /// - Parameter onProgress: Called after each step, and every few thousand events.
  /// - Throws: `.noSpace` with the steps so far done and nothing else changed; `.poisoned`; `.corrupt`
  ///   for a damaged log. A damaged derived file is rebuilt before `.damagedIndex` is thrown.
  /// - Complexity: O(events of the store) for their addresses, 16 bytes each, and O(bytes of the log
  ///   since the last compaction), read, compressed and written O(log n) times.
  public func compact(
    onProgress: @escaping (CompactionProgress) -> Void = { _ in }
  ) throws(StoreError) -> CompactionReport {
    if let refusal { throw refusal }
    do throws(StoreError) {
      var compaction = try Compaction(self, onProgress: onProgress)
      return try compaction.run()
    } catch {
      recover(from: error)
      throw error
    }
  }

  /// Makes one step of a compaction durable: the runs, and how far they reach.
  ///
  /// Stands apart from checkpoints: the state is not touched, only the list of files and one number
  /// next to it.
  func commit(
    history: Table, _ edit: RunEdit, through sequence: SequenceNumber
  ) throws(StoreError) {
    var scalars = try Scalars(durableIn: directory.manifest)
    scalars.historyThrough = sequence
    let bytes = scalars.encode()
    try directory.commit { manifest in
      edit.apply(to: &manifest.tableRuns)
      manifest.scalars = bytes
    }
    fold.state.profiles.homeHistory.adopt(runsOf: history)
    fold.state.scalars.historyThrough = sequence
  }
}

/// One compaction of a store.
private struct Compaction {
  private let store: Store
  private let snapshot: Snapshot
  private let onProgress: (CompactionProgress) -> Void
  private var window: CompactionWindow
  private var report = CompactionReport()
  private var progress = CompactionProgress()
  /// A quarter of the memory is for the events of a step; their frames take as much again at most.
  private let windowBytesMax: Int
  /// A sixteenth is for knowing their homes.
  private let sequencesMax: UInt64

  init(_ store: Store, onProgress: @escaping (CompactionProgress) -> Void) throws(StoreError) {
    self.store = store
    self.onProgress = onProgress
    snapshot = try store.snapshot()
    windowBytesMax = store.options.memoryBytesMax / 4
    window = CompactionWindow(capacity: windowBytesMax)
    sequencesMax = UInt64(
      max(1, min(store.options.memoryBytesMax / 16 / EventPages.bytesPerSequence, 1 << 31)))
  }

  mutating func run() throws(StoreError) -> CompactionReport {
    let last = snapshot.lastSequence.value
    var next = snapshot.scalars.historyThrough.value + 1
    report.bytesBefore = bytesOfHistory
    report.through = snapshot.scalars.historyThrough
    progress.log.recordsTotal = last + 1 - min(next, last + 1)
    while next <= last {
      let through = last - next < sequencesMax ? last : next + sequencesMax - 1
      try compact(next...through)
      next = through + 1
    }
    report.bytesAfter = bytesOfHistory
    return report
  }

  private var bytesOfHistory: Int {
    store.fold.state.profiles.homeHistory.runs.reduce(0) { $0 + Int($1.byteCount) }
  }

  private mutating func compact(_ range: ClosedRange<UInt64>) throws(StoreError) {
    let pages = try EventPages(range, of: snapshot.profiles)
    try snapshot.log.scan(
      from: SequenceNumber(range.lowerBound), through: SequenceNumber(range.upperBound)
    ) { (record) throws(StoreError) in
      progress.log.records += 1
      guard record.kind == RecordKind.event.rawValue,
        let page = pages.index(of: record.sequence)
      else { return }
      window.add(record, page: page)
      progress.events += 1
      if window.count.isMultiple(of: 4096) { onProgress(progress) }
      if window.byteCount >= windowBytesMax { try step(pages, through: record.sequence) }
    }
    let last = SequenceNumber(range.upperBound)
    if report.through < last { try step(pages, through: last) }
  }

  /// Makes the events in hand part of the history.
  private mutating func step(
    _ pages: EventPages, through sequence: SequenceNumber
  ) throws(StoreError) {
    let directory = store.directory
    let copy = Table(runsOf: store.fold.state.profiles.homeHistory)
    report.events += UInt64(window.count)
    report.eventBytes += window.payloadBytes
    _ = try window.move(to: copy, pages.pages)
    let edit = try copy.flush(to: directory.path, fileSystem: directory.fileSystem) {
      () throws(StoreError) in directory.allocateFileNumber()
    }
    do throws(StoreError) {
      try store.commit(history: copy, edit, through: sequence)
    } catch {
      // After a failed commit a manifest may list them anyway: the next opening decides.
      if directory.failure == nil {
        for run in edit.added { try? directory.fileSystem.remove(directory.tableRunPath(run.file)) }
      }
      throw error
    }
    report.steps += 1
    report.through = sequence
    onProgress(progress)
  }
}
