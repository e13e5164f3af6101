// The commit: one batch of records becomes durable whole, or the state goes back to what is durable.

import Bytes
import Events
import Storage

extension Store {
  /// Writes and syncs the batch in hand; what it holds is acknowledged when this returns.
  ///
  /// - Throws: `.noSpace` with nothing written; any other error of the log poisons the store. The
  ///   caller takes the state back with `recover(from:)`.
  func commit() throws(StoreError) {
    guard batch.count > 0 else { return }
    let byteCount = batch.byteCount
    try directory.log.append(batch) { symbols.name(of: $0) ?? [] }
    logBytesSinceCheckpoint += byteCount
    batch.reset(firstSequence: directory.log.nextSequence)
    try checkpointIfDue()
  }

  /// Forgets the batch in hand and folds the state again from what is durable.
  func rollBack(rebuildingBecause reason: String? = nil) throws(StoreError) {
    let reloaded =
      if let reason {
        try Self.rebuild(directory, options: options, symbols: symbols, because: reason)
      } else {
        try Self.load(directory, options: options, symbols: symbols)
      }
    fold = reloaded.fold
    pendingTableRuns = reloaded.pendingTableRuns
    pendingTimerRuns = reloaded.pendingTimerRuns
    logBytesSinceCheckpoint = reloaded.logBytesSinceCheckpoint
    batch.reset(firstSequence: directory.log.nextSequence)
  }

  /// Begins a record: fires due timers, then opens the record with its payload.
  ///
  /// Where very many timers are due, ticks that hold their changes come before it. The caller folds
  /// the input and then calls `endRecord`.
  func beginRecord(
    _ kind: RecordKind, receivedAt: Timestamp, source: SourceID, payload: RawSpan
  ) throws(StoreError) -> SequenceNumber {
    while try !fold.begin(at: batch.nextSequence, receivedAt: receivedAt) {
      let empty: [UInt8] = []
      batch.begin(
        kind: RecordKind.tick.rawValue, receivedAt: logicalNow, source: SourceID(0),
        payload: empty.span.bytes)
      endRecord()
    }
    let sequence = batch.nextSequence
    batch.begin(kind: kind.rawValue, receivedAt: receivedAt, source: source, payload: payload)
    return sequence
  }

  /// Ends the record in hand by filing the decisions taken on it.
  func endRecord() {
    let decisions = fold.decisions.bytes
    batch.decide(decisions.span.bytes)
  }
}

extension Store {
  /// Takes the state back after an input failed halfway.
  ///
  /// A damaged derived file is rebuilt, so that the input can be tried again; after `.poisoned`
  /// only reads are left and nothing is done.
  func recover(from error: StoreError) throws(StoreError) {
    switch error.code {
    case .poisoned, .corrupt: batch.reset(firstSequence: directory.log.nextSequence)
    case .damagedIndex: try rollBack(rebuildingBecause: error.message)
    default: if batch.count > 0 { try rollBack() }
    }
  }
}
