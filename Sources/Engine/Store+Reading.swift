// A store that another process may be writing to: its last checkpoint and the log's tail, folded into memory
// of the reader's own.

import Bytes
import Events
import Profiles
import Storage

extension Store {
  /// Opens the store at `path` for reading, as of its last whole commit.
  ///
  /// Takes no lock that a writer could want, and changes no file, so it works while another process ingests,
  /// checkpoints, compacts, applies definitions or erases. What the last checkpoint does not have is folded into this
  /// process's own memory, as after a crash; beyond half of `memoryBytesMax` it goes to a file without a name on the
  /// store's disk. A batch that is being written, or was left unfinished by a crash, is not part of the store.
  ///
  /// ```swift
  /// let store = try Store.openReadOnly(at: path)
  /// let snapshot = try store.snapshot()
  /// let sizes = try snapshot.audienceNames.map { try snapshot.audience($0).memberCount }
  /// // Later: what has come in since.
  /// try store.refresh()
  /// ```
  ///
  /// The store stays as it is until `refresh`. One thread uses it; snapshots can be shared by any number of threads,
  /// and stay as they are. Inputs throw `StoreError` with code `.readOnly`.
  ///
  /// An erasure by another process waits up to a minute for stores and snapshots of before: refresh a store that is
  /// open for long at least that often, and let go of its earlier snapshots. While an erasure or new identity rules
  /// are being put in force, the state is that of the record before.
  ///
  /// - Throws: `StoreError` with code `.notAStore`, `.newerFormat`, `.corrupt`, `.readOnly` or `.io`. The following go
  ///   once the store has been opened for writing: `.damagedIndex` if a derived file is damaged, or if the derived
  ///   files are being made again from a log that is too long to be folded here; `.olderFormat` if the state was made
  ///   by an earlier version with other answers; `.outOfOrder` if an erasure was interrupted.
  /// - Complexity: O(log written since the last checkpoint), at most about twice the writer's `checkpointLogBytes`.
  public static func openReadOnly(
    at path: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> Store {
    while true {
      let directory = try StoreDirectory.openReadOnly(
        path, fileSystem: options.fileSystem, options: options.storageOfEvents)
      do throws(StoreError) { return try load(directory, options: options) } catch {
        // The writer removes what a newer manifest does not list.
        guard try directory.isReplaced() else { throw error }
      }
    }
  }

  /// Makes snapshots of a store that many threads use hold back the receipt of an erasure, as those of other
  /// processes do.
  package func shareWithThreads() { directory.ownReaders = OwnReaders() }

  /// Whether the store was opened for reading only.
  public var isReadOnly: Bool { directory.isReadOnly }

  /// The record up to which derived files are durable; what came after it has been folded by this process.
  public var checkpointSequence: SequenceNumber { directory.manifest.checkpoint }

  /// Brings a store that was opened for reading up to date with what another process has written since.
  ///
  /// Snapshots taken before stay as they are. A store that was opened for writing always is up to date.
  ///
  /// - Returns: Whether there was something new.
  /// - Throws: As `openReadOnly`; the store can be refreshed again, and until then cannot be read.
  /// - Complexity: O(log written since); after a checkpoint as `openReadOnly`.
  @discardableResult
  public func refresh() throws(StoreError) -> Bool {
    guard isReadOnly else { return false }
    do throws(StoreError) {
      if case .settled = condition, try !directory.isReplaced() { return try follow() }
    } catch {
      // Whatever it was, opening again knows better.
    }
    do throws(StoreError) {
      become(try Store.openReadOnly(at: directory.path, options: options))
      return true
    } catch {
      condition = .failed(error)
      throw error
    }
  }

  /// Folds what has been appended to the log.
  private func follow() throws(StoreError) -> Bool {
    let folded = lastSequence
    var failure: DecodeError?
    let isNew = try directory.follow { symbol, name in
      do throws(DecodeError) { try symbols.install(symbol, name) } catch { failure = error }
    }
    // A name that this process has given another number to, for a question.
    if let failure { throw StoreError(failure, in: "log dictionary") }
    guard isNew else { return false }
    condition = .lost
    try replayTail(after: folded)
    condition = .settled
    return lastSequence != folded
  }

  /// Takes over another opening of the same store.
  private func become(_ other: Store) {
    directory = other.directory
    symbols = other.symbols
    fold = other.fold
    fold.relieve = { [unowned self] () throws(StoreError) in try spillIfFull() }
    erasureKey = other.erasureKey
    opening = other.opening
    condition = other.condition
    batch = RecordBatch(firstSequence: directory.log.nextSequence)
  }

  /// Makes the state of a reader.
  func loadForReading() throws(StoreError) {
    let manifest = directory.manifest
    guard manifest.semanticsVersion == Manifest.currentSemantics else {
      throw StoreError(
        .olderFormat,
        "the state has semantics version \(manifest.semanticsVersion), and this program has "
          + "\(Manifest.currentSemantics); open the store for writing once, which rebuilds it",
        file: "MANIFEST")
    }
    try requireShortTail()
    try reload()
    if fold.state.scalars.unfinishedErasure != nil, try !directory.hasWriter() {
      throw StoreError(
        .outOfOrder,
        "an erasure has to be finished before anything is read; open the store for writing once")
    }
  }

  /// Refuses to fold what a writer never leaves unless it makes the derived files again.
  private func requireShortTail() throws(StoreError) {
    let (longest, isOver) = options.checkpointLogBytes.multipliedReportingOverflow(by: 4)
    let checkpoint = directory.manifest.checkpoint
    let tail = directory.log.view().byteCount(from: SequenceNumber(checkpoint.value + 1))
    guard !isOver, tail > longest else { return }
    let what = "the derived files have \(checkpoint.value) of \(lastSequence.value) records"
    throw StoreError(
      .damagedIndex,
      try directory.hasWriter()
        ? "\(what): another process is making them again; wait until that is done"
        : "\(what): making them was interrupted; open the store for writing once",
      file: directory.path)
  }

  /// Whether a reader's state ends before a record that changes what all of the log means, and that the
  /// writer is about to put in force.
  func endsReading(_ record: borrowing RecordView) throws(StoreError) -> Bool {
    guard directory.isReadOnly, let kind = RecordKind(rawValue: record.kind),
      kind == .identityRules || kind == .erasure,
      record.sequence > fold.state.scalars.refoldedAt, try directory.hasWriter()
    else { return false }
    directory.log.end(with: SequenceNumber(record.sequence.value - 1))
    return true
  }
}

extension Manifest {
  /// Refuses a store of a later version of the meaning of records.
  func checkSemantics() throws(StoreError) {
    let known = Manifest.currentSemantics
    guard semanticsVersion > known else { return }
    throw StoreError(
      .newerFormat,
      "the store has semantics version \(semanticsVersion), newer than "
        + "\(known), the newest this program knows; use the program version that wrote the store",
      file: "MANIFEST")
  }
}
