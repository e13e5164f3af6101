// The commit: one batch of records becomes durable whole, or the state goes back to what is durable.

import Bytes
import Events
import Storage

/// A batch that is being written.
struct CommitInFlight {
  let batch: RecordBatch
  let job: Job<BatchOutcome>
}

extension Store {
  /// Makes sure that an input may come in: the store works, and there is space for it.
  ///
  /// - Parameter byteCount: What its records will take in the log, decisions not counted.
  /// - Throws: `.noSpace` with nothing changed; the error that the store failed with.
  func prepare(for byteCount: Int) throws(StoreError) {
    try mendFailure()
    if let blocked = checkpointFailure {
      // Without space for a checkpoint inputs still come in, until memory is full too.
      let canWait = blocked.code == .noSpace && fold.state.memoryBytes < options.memoryBytesMax
      if !canWait, batch.count == 0 { try checkpoint() }
    }
    try directory.log.reserve(byteCount + 65_536)
  }

  /// Makes sure that there is a state to look at before an input is made of it: what a failure took is put
  /// back, and what is damaged made again.
  ///
  /// - Throws: As `prepare(for:)`.
  package func makeReady() throws(StoreError) {
    try transaction { () throws(StoreError) in try prepare(for: 0) }
  }

  /// Throws the store's failure, unless it was for lack of space and there is space now.
  private func mendFailure() throws(StoreError) {
    guard let failure else { return }
    guard failure.code == .noSpace, directory.failure == nil else { throw failure }
    do throws(StoreError) { try reloadOrRebuild() } catch {
      condition = .failed(failure)
      throw failure
    }
    try finishErasureOrClose()
  }

  /// Writes and syncs all that is in hand; it is acknowledged when this returns.
  ///
  /// - Throws: `.noSpace` with nothing written; any other error of the log poisons the store. The
  ///   caller takes the state back with `recover(from:)`. A checkpoint that fails is not an error here.
  func commit() throws(StoreError) {
    try commitWithoutCheckpoint()
    checkpointIfDue()
  }

  /// As `commit`, but without a checkpoint: for a record after which the state is made again.
  func commitWithoutCheckpoint() throws(StoreError) {
    try beginCommit()
    try finishCommit()
  }

  /// Begins to commit the batch in hand, once the one before is durable, and starts the next batch.
  ///
  /// Compressing, writing and syncing overlap with what comes next; the state runs ahead of the log
  /// until `finishCommit`.
  ///
  /// - Throws: As `commit`, for this batch or the one before.
  func beginCommit() throws(StoreError) {
    try finishCommit()
    guard batch.count > 0 else { return }
    let write = try directory.log.begin(batch) { symbols.name(of: $0) ?? [] }
    commitInFlight = CommitInFlight(
      batch: batch,
      job: commitWork.start(onDone: onCommitWritten) { write.perform() })
    let next = batch.nextSequence
    spareBatch.reserve(batch)
    batch = spareBatch
    spareBatch = RecordBatch(firstSequence: next)
    batch.reset(firstSequence: next)
    for symbol in symbolsInHand { batch.use(symbol) }
  }

  /// Whether a commit is being written, so that finishing it would wait.
  package var isCommitting: Bool {
    guard let commitInFlight else { return false }
    return !commitInFlight.job.isDone && options.background != .late
  }

  /// Waits until the commit that was begun is durable.
  func finishCommit() throws(StoreError) {
    guard let outcome = commitInFlight?.job.wait(), let written = commitInFlight?.batch else {
      return
    }
    commitInFlight = nil
    spareBatch = written
    try directory.log.finish(outcome)
    logBytesSinceCheckpoint += written.byteCount
    condition = batch.count > 0 ? .ahead : .settled
  }

  /// Runs `body`, which begins, folds and commits records; on an error the state goes back to the last
  /// commit before the error goes on.
  func transaction<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
    do { return try body() } catch {
      recover(from: error)
      throw error
    }
  }

  /// Takes the state back to the last commit after an input failed halfway.
  ///
  /// A damaged derived file is rebuilt, so that the input can be tried again. If even that fails, the
  /// store takes nothing any more until it is opened again.
  func recover(from error: StoreError) {
    // If that fails as well, the next call reports the log's error.
    let wasAhead = condition.isAhead
    do { try finishCommit() } catch {}
    finishCheckpointOrNote()
    batch.reset(firstSequence: directory.log.nextSequence)
    guard failure == nil, wasAhead || error.code == .damagedIndex else { return }
    do throws(StoreError) {
      if error.code == .damagedIndex {
        try rebuild(because: error.description)
      } else {
        try reload()
      }
    } catch let second {
      condition = .failed(directory.failure ?? second)
    }
  }
}
