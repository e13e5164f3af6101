// The library's face for writers: one open store, one writer.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// An open store: takes inputs, keeps profiles and audiences, hands out snapshots.
///
/// Each call is synchronous and returns after what it acknowledges is durable. Not `Sendable`: one
/// thread writes; readers take a `snapshot()`, which they can share.
///
/// After a failed write or sync the store is *poisoned*: snapshots still read, and every input throws
/// `StoreError` with code `.poisoned` until the store is opened again. A lack of space poisons
/// nothing: the input is refused whole and can be tried again.
public final class Store {
  // Replaced as a whole, with the fold, when a store that was opened for reading catches up.
  @exclusivity(unchecked) package internal(set) var directory: StoreDirectory
  package let options: StoreOptions
  @exclusivity(unchecked) package internal(set) var symbols: SymbolTable
  // Not checked for overlapping access, as every event comes by: one thread writes.
  @exclusivity(unchecked) package internal(set) var fold: Fold
  /// The records that come next.
  @exclusivity(unchecked) var batch: RecordBatch
  /// The batch that was committed before, whose memory the next one uses.
  var spareBatch: RecordBatch
  /// The commit that is on its way to the disk; `batch` follows on it.
  var commitInFlight: CommitInFlight?
  /// The checkpoint that is on its way to the disk.
  var checkpointInFlight: CheckpointInFlight?
  let commitWork: BackgroundWork
  let checkpointWork: BackgroundWork
  /// Symbols that records of the input in hand may use, to go into the log with each of its batches.
  @exclusivity(unchecked) var symbolsInHand: [Symbol] = []
  /// Files of derived state written since the manifest last listed them.
  var pendingRuns = PendingRuns()
  /// Whether there is a state, and whether all of it is durable.
  @exclusivity(unchecked) var condition = StoreCondition.settled
  /// Why the last checkpoint could not be written, if it could not; the log is complete anyway.
  var checkpointFailure: StoreError?
  /// Definitions whose history is being folded separately.
  var running: RunningBackfill?
  /// Changes of membership by definitions since the store was opened.
  package var publishedChanges = MembershipCounts()
  /// Called with the progress of a fold of the log.
  var onFold: (LogProgress) -> Void = { _ in }
  /// The key of erased identifiers; nil while nobody has been erased.
  var erasureKey: ErasureKey?
  /// Called on the thread that writes when a commit has been written, or has failed.
  package var onCommitWritten: (@Sendable () -> Void)?
  /// Called on the thread that writes when an erasure has replaced files and waits for those who read the former ones.
  package var onAwaitingReaders: (() -> Void)?
  /// Called every few milliseconds while it waits; may record inputs, and leaves everything durable.
  package var whileAwaitingReaders: (() -> Void)?
  /// Bytes of log written since the last checkpoint.
  var logBytesSinceCheckpoint = 0
  /// What opening had to repair.
  public internal(set) var opening = OpeningReport()

  init(
    directory: StoreDirectory, options: StoreOptions, symbols: SymbolTable, fold: Fold
  ) {
    self.directory = directory
    self.options = options
    self.symbols = symbols
    self.fold = fold
    batch = RecordBatch(firstSequence: directory.log.nextSequence)
    spareBatch = batch
    commitWork = BackgroundWork(options.background)
    checkpointWork = BackgroundWork(options.background)
  }

  // A thread that outlived the store would make files in a directory that is another's by then.
  deinit { endBackfill() }

  /// Makes an empty store in a directory that does not exist yet, or is empty.
  ///
  /// - Throws: `StoreError` with code `.alreadyExists` if there is something at `path`, or if it is inside
  ///   a store; `.readOnly`, `.noSpace` or `.io` if it cannot be made.
  public static func create(
    at path: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> Store {
    let place = FilePlace.resolved(path)
    if let store = try? StoreDirectory.around(FilePlace.folder(of: place), options.fileSystem) {
      throw StoreError(
        .alreadyExists, "a store cannot be made inside the store \(store); choose another path",
        file: path)
    }
    let random = options.environment.randomBytes(16 + HashSeed.byteCount)
    var reader = ByteReader(random.span.bytes)
    guard let high = try? reader.u64(), let low = try? reader.u64() else {
      preconditionFailure("48 bytes were drawn")
    }
    let directory = try StoreDirectory.create(
      path, fileSystem: options.fileSystem, storeID: Hash128(high: high, low: low),
      seed: HashSeed(Array(random[16...])), options: options.storageOfEvents)
    return try load(directory, options: options)
  }

  /// Opens the store at `path`, replaying the log after the last checkpoint.
  ///
  /// - Throws: `StoreError` with code `.notAStore`, `.locked`, `.newerFormat`, `.corrupt`, `.readOnly`
  ///   or `.io`. Damaged or missing derived files are not an error: they are rebuilt from the log.
  /// - Complexity: O(log written since the last checkpoint), at most about twice
  ///   `checkpointLogBytes`, plus the blocks after the log's tip.
  public static func open(
    at path: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> Store {
    let directory = try StoreDirectory.open(
      path, fileSystem: options.fileSystem, options: options.storageOfEvents)
    return try load(directory, options: options)
  }

  /// The logical now: the greatest of the last tick and the records' `receivedAt` so far.
  public var logicalNow: Timestamp { fold.state.scalars.logicalNow }

  /// The sequence of the last durable record, 0 in an empty store.
  public var lastSequence: SequenceNumber { directory.log.durableSequence }

  /// Why nothing more comes in until the store is opened again; nil while it works.
  package var failure: StoreError? { condition.failure }

  /// Why nothing may be written.
  var refusal: StoreError? { failure ?? (isReadOnly ? directory.failure : nil) }

  /// Makes everything derived durable, so that the next opening replays nothing, and lets go of the
  /// store.
  ///
  /// The log is durable already: a poisoned store, or one without space for a checkpoint, just closes,
  /// and the next opening folds the tail of the log again. Definitions that were begun and are not
  /// published are given up.
  public func close() throws(StoreError) {
    endBackfill()
    defer { directory.close() }
    guard case .settled = condition, lastSequence != directory.manifest.checkpoint,
      directory.failure == nil
    else { return }
    do { try checkpoint() } catch {
      guard error.code == .noSpace else { throw error }
    }
  }
}

/// What opening a store found and repaired.
public struct OpeningReport: Equatable, Sendable {
  /// Records folded again because no checkpoint covered them.
  public var replayedRecords: UInt64 = 0
  /// Why derived files were thrown away and rebuilt from the log, if they were.
  public var rebuiltBecause: String?
  /// Bytes of an unfinished write that were removed from the end of the log.
  public var cutBytes = 0
  /// Records whose recorded decisions differ from those derived now.
  public var differingDecisions: UInt64 = 0
  /// The receipt of an erasure that had been interrupted and was finished, if there was one.
  public var finishedErasure: ErasureReceipt?
}
