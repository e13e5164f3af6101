// What a checkpoint asks of a table, whatever its rows are found by.

import Bytes
import Synchronization

/// A table of the derived state: hashed (`Table`) or addressed by ordinal (`RowTable`).
public protocol DerivedTable: AnyObject {
  /// Anonymous memory held, in bytes.
  var memoryBytes: Int { get }

  /// Prepares to write all that is in memory to a new file, so that another thread can do the work while this one goes
  /// on writing to the table.
  ///
  /// - Parameters:
  ///   - directory: The store's directory.
  ///   - allocateFileNumber: Called once, if anything is to be written.
  /// - Returns: What to do; nil if there is nothing to write.
  func pendingFlush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> PendingFlush?

  /// Checks every byte of every file that was not checked yet.
  ///
  /// - Throws: `.damagedIndex` for the first damage.
  func verify() throws(StoreError)

  /// Calls `body` once for every value or row there is.
  func forEachValue(_ body: (RawSpan) throws(StoreError) -> Void) throws(StoreError)
}

/// A flush of one table between its beginning and its end.
public struct PendingFlush {
  /// Writes the file; on any thread, once.
  public let work: @Sendable () -> Void
  /// Puts the file in the place of what it holds, on the table's own thread, after `work` has returned.
  ///
  /// The file is durable except for its directory entry: the caller syncs the directory and commits the manifest.
  ///
  /// - Returns: What to change in the manifest.
  /// - Throws: What the work failed with; the table's content is unchanged then.
  public let finish: () throws(StoreError) -> RunEdit
  /// Gives the flush up, instead of `work` and `finish`; the table's content is unchanged.
  public let cancel: () -> Void

  /// Makes a flush of the two halves of the work; nil if there is nothing to write.
  init?<Work: FlushWork>(
    _ work: Work?,
    finish: @escaping (Work, Result<Work.Written, StoreError>) throws(StoreError) -> RunEdit
  ) {
    guard let work else { return nil }
    let outcome = FlushOutcome<Work.Written>()
    self.work = { outcome.set(work.perform()) }
    self.finish = { () throws(StoreError) in try finish(work, outcome.take()) }
    cancel = {
      _ = try? finish(work, .failure(StoreError(.outOfOrder, "the flush was given up")))
    }
  }
}

/// The part of a flush that any thread can do.
protocol FlushWork: Sendable {
  /// What is written.
  associatedtype Written: Sendable

  /// Writes the file; called once.
  func perform() -> Result<Written, StoreError>
}

extension TableFlush: FlushWork {}
extension RowFlush: FlushWork {}

/// What the work came to, on its way to the table's thread.
private final class FlushOutcome<Written: Sendable>: Sendable {
  private let result = Mutex<Result<Written, StoreError>?>(nil)

  func set(_ result: Result<Written, StoreError>) { self.result.withLock { $0 = result } }

  func take() -> Result<Written, StoreError> {
    guard let result = result.withLock({ $0 }) else {
      preconditionFailure("a flush is finished after its work")
    }
    return result
  }
}

extension DerivedTable {
  /// Writes all that is in memory to a new file; the three steps of a flush in one.
  public func flush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> RunEdit {
    let flush = try pendingFlush(
      to: directory, fileSystem: fileSystem, allocateFileNumber: allocateFileNumber)
    guard let flush else { return RunEdit() }
    flush.work()
    return try flush.finish()
  }
}

extension Table: DerivedTable {
  /// Begins a flush; see `DerivedTable`.
  public func pendingFlush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> PendingFlush? {
    PendingFlush(
      try beginFlush(
        to: directory, fileSystem: fileSystem, allocateFileNumber: allocateFileNumber),
      finish: finishFlush)
  }

  /// Visits every value; see `DerivedTable`.
  public func forEachValue(
    _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try forEach { (_, value) throws(StoreError) in try body(value) }
  }
}

extension RowTable: DerivedTable {
  /// Begins a flush; see `DerivedTable`.
  public func pendingFlush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> PendingFlush? {
    PendingFlush(
      try beginFlush(
        to: directory, fileSystem: fileSystem, allocateFileNumber: allocateFileNumber),
      finish: finishFlush)
  }

  /// Visits every value; see `DerivedTable`.
  public func forEachValue(
    _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try forEach { (_, value) throws(StoreError) in try body(value) }
  }
}
