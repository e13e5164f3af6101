// How a store is opened.

import Storage

/// Settings of one open store.
///
/// None of them changes an answer.
public struct StoreOptions: Sendable {
  /// The most anonymous memory to use, in bytes; mapped files are not counted.
  ///
  /// Default 512 MiB.
  public var memoryBytesMax = 512 << 20
  /// The record bytes after which the next checkpoint is due.
  ///
  /// Opening folds again what no checkpoint covers, at most twice as much. Default 32 MiB, about 75,000 events.
  public var checkpointLogBytes = 32 << 20
  /// The record bytes after which a batch is committed even if it could take more records.
  ///
  /// Default 16 MiB.
  public var batchBytesMax = 16 << 20
  /// How long an erasure waits, before its receipt, for readers in other processes, and snapshots of a live store, that
  /// may have files open which it has replaced, in milliseconds.
  ///
  /// Default 60 s. Nothing else waits for readers.
  public var readersWaitMilliseconds = 60_000
  /// Sizes of the files.
  public var storage = StorageOptions()
  /// What the store stands on.
  public var fileSystem: any FileSystem = PosixFileSystem()
  /// Clock and random numbers.
  public var environment = Environment.system
  /// Where commits and checkpoints of an ingest are worked on.
  package var background = BackgroundMode.threads
  /// The most timers that fire before one record, so that no record outgrows its block.
  ///
  /// A store is always opened with the same number. Fewer only in tests.
  package var timersPerRecordMax = 65_536

  /// The defaults.
  public init() {}

  /// `storage`, for a log of events.
  var storageOfEvents: StorageOptions {
    var options = storage
    options.payloadForm = EventForm()
    return options
  }
}
