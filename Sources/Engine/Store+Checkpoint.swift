// Checkpoints: the derived state so far, in immutable files, listed by one atomic manifest.

import Audiences
import Bytes
import Profiles
import Storage

/// A checkpoint whose files are being written.
struct CheckpointInFlight {
  /// The record that it is the state of.
  let last: SequenceNumber
  let scalars: [UInt8]
  /// Bytes of log between the checkpoint before and this.
  let logBytes: Int
  let flushes: [PendingFlush]
  let job: Job<Void>
}

extension Store {
  /// Makes the derived state durable, so that opening replays only what comes after.
  ///
  /// Incremental: writes what changed since the last checkpoint, plus merges that keep the number of
  /// runs bounded.
  public func checkpoint() throws(StoreError) {
    precondition(batch.count == 0, "a checkpoint stands between batches")
    if let refusal { throw refusal }
    try finishCommit()
    try checkpoint(through: lastSequence)
  }

  /// Makes the derived state durable as that of the record `last`, which was folded last.
  ///
  /// Does nothing while timers of the logical now wait: run files keep only those after it. They fire
  /// before the next record, and until then the log has all that is needed.
  func checkpoint(through last: SequenceNumber) throws(StoreError) {
    finishCheckpointOrNote()
    try beginCheckpoint(through: last)
    try finishCheckpoint()
  }

  /// Begins to write the derived state as that of the durable record `last`, which was folded last;
  /// none may be on its way already.
  ///
  /// Tables are written in the background while the writer goes on; what is in memory then stays there
  /// until `finishCheckpoint`.
  private func beginCheckpoint(through last: SequenceNumber) throws(StoreError) {
    precondition(batch.count == 0, "a checkpoint is not ahead of what is durable")
    guard try !fold.hasTimersDueNow else { return }
    try fold.state.memberships.sealBitmaps()
    try pendingRuns.spillTimers(of: fold.state, to: directory.runFiles)
    fold.state.scalars.profileCount = fold.state.profiles.profileCount
    fold.state.scalars.identifierCount = fold.state.profiles.identifierCount
    var flushes: [PendingFlush] = []
    do throws(StoreError) {
      for table in fold.state.tables {
        let flush = try table.pendingFlush(to: directory.path, fileSystem: options.fileSystem) {
          directory.allocateFileNumber()
        }
        if let flush { flushes.append(flush) }
      }
    } catch {
      for flush in flushes { flush.cancel() }
      throw error
    }
    let work = flushes.map(\.work)
    checkpointInFlight = CheckpointInFlight(
      last: last, scalars: fold.state.scalars.encode(), logBytes: logBytesSinceCheckpoint,
      flushes: flushes, job: checkpointWork.start { for write in work { write() } })
    logBytesSinceCheckpoint = 0
  }

  /// Waits for the files of the checkpoint that was begun and lists them in the manifest.
  private func finishCheckpoint() throws(StoreError) {
    guard let checkpoint = checkpointInFlight else { return }
    checkpointInFlight = nil
    do throws(StoreError) {
      try takeOver(checkpoint)
      let runs = pendingRuns
      try directory.commit { manifest in
        runs.apply(to: &manifest)
        manifest.checkpoint = checkpoint.last
        manifest.scalars = checkpoint.scalars
      }
    } catch {
      logBytesSinceCheckpoint += checkpoint.logBytes
      throw error
    }
    pendingRuns = PendingRuns()
    checkpointFailure = nil
  }

  /// Gives every table its new run; one that has none keeps what it had in memory.
  private func takeOver(_ checkpoint: CheckpointInFlight) throws(StoreError) {
    checkpoint.job.wait()
    var failure: StoreError?
    for flush in checkpoint.flushes {
      do throws(StoreError) {
        pendingRuns.add(try flush.finish(), of: directory.runFiles)
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  /// Finishes the checkpoint that is on its way, if there is one; a failure is kept in
  /// `checkpointFailure`, since the log is complete anyway.
  package func finishCheckpointOrNote() {
    do throws(StoreError) { try finishCheckpoint() } catch { checkpointFailure = error }
  }

  /// Between two commits of an ingest: finishes the checkpoint on its way if its files are written or the
  /// next one is due or memory cannot wait, and begins the next when it is due.
  ///
  /// - Throws: what the commit on its way failed with.
  func advanceCheckpoint() throws(StoreError) {
    if let checkpoint = checkpointInFlight {
      // Opening folds again what no checkpoint covers: at most twice what makes one due.
      let canWait =
        fold.state.memoryBytes < options.memoryBytesMax / 4 * 3
        && logBytesSinceCheckpoint <= options.checkpointLogBytes
      guard checkpoint.job.isDone || !canWait else { return }
      finishCheckpointOrNote()
    }
    guard isCheckpointDue else { return }
    try finishCommit()
    do throws(StoreError) { try beginCheckpoint(through: lastSequence) } catch {
      checkpointFailure = error
    }
  }

  /// Moves everything held in memory into run files.
  ///
  /// They count only once a checkpoint lists them; until then they are not part of the store.
  func spill() throws(StoreError) {
    finishCheckpointOrNote()
    if directory.isReadOnly {
      try NamelessRuns(files: directory.runFiles).spill(fold.state)
    } else {
      try pendingRuns.spill(fold.state, to: directory.runFiles)
    }
  }

  /// Forgets the runs that no manifest lists, with their files; the state that used them is gone.
  func removePendingRuns() {
    // After a failed commit a manifest may list them anyway: the next opening decides.
    if directory.failure == nil { pendingRuns.remove(of: directory.runFiles) }
    pendingRuns = PendingRuns()
  }

  /// Spills when half of the memory is in use.
  func spillIfFull() throws(StoreError) {
    if fold.state.memoryBytes > options.memoryBytesMax / 2 { try spill() }
  }

  /// Checkpoints a state that was made again; where there is no space for that, memory has to do.
  func checkpointIfThereIsSpace() throws(StoreError) {
    checkpointFailure = nil
    do { try checkpoint() } catch {
      guard error.code == .noSpace else { throw error }
      checkpointFailure = error
    }
  }

  /// Checkpoints when enough has gathered in memory or in the log's tail.
  func checkpointIfDue() {
    if isCheckpointDue { checkpointOrNote() }
  }

  /// Whether an ingest should commit what it has, for a checkpoint to follow.
  var isMemoryFull: Bool {
    let part = checkpointInFlight == nil ? 2 : 3
    return fold.state.memoryBytes > options.memoryBytesMax / 4 * part
  }

  private var isCheckpointDue: Bool {
    fold.state.memoryBytes > options.memoryBytesMax / 2
      || logBytesSinceCheckpoint > options.checkpointLogBytes
  }

  /// Checkpoints; a failure is kept in `checkpointFailure`, since the log is complete anyway.
  func checkpointOrNote() {
    do throws(StoreError) { try checkpoint() } catch { checkpointFailure = error }
  }
}
