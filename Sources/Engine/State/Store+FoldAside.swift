// The whole log folded again into a separate state: to verify it, to see what other rules would
// make of it, and to find out what a refold changes before it is put in force.

import Bytes
import Storage

extension Store {
  /// Folds the log, reporting the progress.
  package func tellingProgress<R>(
    to onProgress: @escaping (LogProgress) -> Void, _ body: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    onFold = onProgress
    defer { onFold = { _ in } }
    return try body()
  }

  /// Folds the log from its first record to its last durable one, without touching the store's state.
  ///
  /// What does not fit into memory goes to files without names.
  ///
  /// - Parameters:
  ///   - basis: What holds for all of the log.
  ///   - kinds: The records to fold; all unless given.
  /// - Complexity: O(log), about as long as the ingest took.
  package func foldAside(_ basis: FoldBasis, only kinds: Set<RecordKind>? = nil) throws(StoreError)
    -> Replay
  {
    let runs = NamelessRuns(files: directory.runFiles)
    return try foldAside(basis, only: kinds) { (state) throws(StoreError) in try runs.spill(state) }
  }

  /// As above, where `spill` moves what the state holds in memory into files.
  func foldAside(
    _ basis: FoldBasis, only kinds: Set<RecordKind>? = nil,
    spill: @escaping (State) throws(StoreError) -> Void
  ) throws(StoreError) -> Replay {
    let fresh = try makeFold(State(basis, runs: RunSource(directory)))
    let state = fresh.state
    let memoryMax = options.memoryBytesMax / 4
    let relieve = { () throws(StoreError) in
      if state.memoryBytes > memoryMax { try spill(state) }
    }
    fresh.relieve = relieve
    let log = directory.log.view()
    var replay = Replay(fold: fresh, log: log)
    guard lastSequence.value > 0 else { return replay }
    try log.scanAhead(from: SequenceNumber(1), through: lastSequence, options.background) {
      (record) throws(StoreError) in
      if let kinds {
        guard let kind = RecordKind(rawValue: record.kind), kinds.contains(kind) else { return }
      }
      try replay.apply(record)
      guard replay.recordCount.isMultiple(of: 4096) else { return }
      onFold(LogProgress(records: record.sequence.value, recordsTotal: lastSequence.value))
      if replay.isSettled { try relieve() }
    }
    return replay
  }
}
