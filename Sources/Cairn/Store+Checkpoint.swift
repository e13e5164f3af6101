// Checkpoints: the derived state so far, in immutable files, listed by one atomic manifest.

import Audiences
import Bytes
import Profiles
import Storage

extension Store {
  /// Makes the derived state durable, so that opening replays only what comes after.
  ///
  /// Incremental: writes what changed since the last checkpoint, plus merges that keep the number of
  /// runs bounded.
  public func checkpoint() throws(StoreError) {
    precondition(batch.count == 0, "a checkpoint stands between batches")
    try checkpoint(through: lastSequence)
  }

  /// Makes the derived state durable as that of the record `last`, which was folded last.
  func checkpoint(through last: SequenceNumber) throws(StoreError) {
    try fold.state.memberships.sealBitmaps()
    try spill()
    fold.state.scalars.profileCount = fold.state.profiles.profileCount
    fold.state.scalars.identifierCount = fold.state.profiles.identifierCount
    let scalars = fold.state.scalars.encode()
    let (tableRuns, timerRuns) = (pendingTableRuns, pendingTimerRuns)
    try directory.commit { manifest in
      tableRuns.apply(to: &manifest.tableRuns)
      timerRuns.apply(to: &manifest.timerRuns)
      manifest.checkpoint = last
      manifest.scalars = scalars
    }
    pendingTableRuns = RunEdit()
    pendingTimerRuns = RunEdit()
    logBytesSinceCheckpoint = 0
    checkpointFailure = nil
  }

  /// Moves everything held in memory into run files.
  ///
  /// They count only once a checkpoint lists them; until then they are no part of the store.
  func spill() throws(StoreError) {
    for table in fold.state.tables {
      pendingTableRuns.append(
        try table.flush(to: directory.path, fileSystem: options.fileSystem) {
          directory.allocateFileNumber()
        })
    }
    pendingTimerRuns.append(
      try fold.state.memberships.timers.flush(
        now: fold.state.scalars.logicalNow, to: directory.path, fileSystem: options.fileSystem
      ) { directory.allocateFileNumber() })
  }

  /// Spills when half of the memory is in use.
  func spillIfFull() throws(StoreError) {
    if fold.state.memoryBytes > options.memoryBytesMax / 2 { try spill() }
  }

  /// Checkpoints when enough has gathered in memory or in the log's tail.
  func checkpointIfDue() {
    guard
      fold.state.memoryBytes > options.memoryBytesMax / 2
        || logBytesSinceCheckpoint > options.checkpointLogBytes
    else { return }
    checkpointOrNote()
  }

  /// Checkpoints; a failure is kept in `checkpointFailure`, for the log is whole all the same.
  func checkpointOrNote() {
    do throws(StoreError) { try checkpoint() } catch { checkpointFailure = error }
  }
}

extension RunEdit {
  /// Adds a later edit to this one.
  ///
  /// A run that came and went in between was never listed; its file goes with the next opening.
  mutating func append(_ later: RunEdit) {
    added.removeAll { later.removed.contains($0.file) }
    added.append(contentsOf: later.added)
    removed.append(contentsOf: later.removed)
  }
}
