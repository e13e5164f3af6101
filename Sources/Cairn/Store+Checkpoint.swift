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
    if isStateLost, let failure { throw failure }
    try checkpoint(through: lastSequence)
  }

  /// Makes the derived state durable as that of the record `last`, which was folded last.
  ///
  /// Does nothing while timers of the logical now wait: run files keep only those after it. They fire
  /// before the next record, and until then the log has all that is needed.
  func checkpoint(through last: SequenceNumber) throws(StoreError) {
    guard try !fold.hasTimersDueNow else { return }
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
    try fold.state.memberships.sealBitmaps()
    for table in fold.state.tables {
      let edit = try table.flush(to: directory.path, fileSystem: options.fileSystem) {
        directory.allocateFileNumber()
      }
      remove(unlisted: pendingTableRuns.append(edit), at: directory.tableRunPath)
    }
    let edit = try fold.state.memberships.timers.flush(
      now: fold.state.scalars.logicalNow, to: directory.path, fileSystem: options.fileSystem
    ) { directory.allocateFileNumber() }
    remove(unlisted: pendingTimerRuns.append(edit), at: directory.timerRunPath)
  }

  /// Forgets the runs that no manifest lists, with their files; the state that used them is gone.
  func removePendingRuns() {
    // After a failed commit a manifest may list them all the same: the next opening decides.
    if directory.failure == nil {
      remove(unlisted: pendingTableRuns.added.map(\.file), at: directory.tableRunPath)
      remove(unlisted: pendingTimerRuns.added.map(\.file), at: directory.timerRunPath)
    }
    pendingTableRuns = RunEdit()
    pendingTimerRuns = RunEdit()
  }

  /// Removes files that no manifest ever listed; one that stays is removed at the next opening.
  private func remove(unlisted files: [UInt64], at path: (UInt64) -> String) {
    for file in files { try? directory.fileSystem.remove(path(file)) }
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
  /// - Returns: The files of runs that came and went in between, which no manifest ever listed.
  mutating func append(_ later: RunEdit) -> [UInt64] {
    let gone = Set(later.removed).intersection(added.map(\.file))
    added.removeAll { gone.contains($0.file) }
    added.append(contentsOf: later.added)
    removed.append(contentsOf: later.removed.filter { !gone.contains($0) })
    return gone.sorted()
  }
}
