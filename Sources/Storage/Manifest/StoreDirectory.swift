// One open store on disk: the lock, the manifest, the log. Making and opening one are in
// `StoreDirectory+Create.swift`, `StoreDirectory+Open.swift` and, for readers, `StoreDirectory+Reading.swift`.

import Bytes

/// The handle on a store's directory: the exclusive one of its writer, or one of its readers, with which every
/// write throws `readOnly`.
public final class StoreDirectory {
  /// The directory's path.
  public let path: String
  /// The file system that the store lives in; a reader's lets nothing of the store be changed.
  public let fileSystem: any FileSystem
  /// The log.
  public let log: Log
  /// What opening cut off the log; nil if it had ended with a whole batch.
  public let recovery: RecoveryReport?
  /// Whether the handle is a reader's.
  public let isReadOnly: Bool
  let manifests: ManifestStore
  /// The writer's lock, or the reader's mark.
  private(set) var lock: (any FileLock)?
  /// Those who read in this process; nil if the store is not shared, so that none can be on another thread.
  package var ownReaders: OwnReaders?

  init(
    _ manifests: ManifestStore, log: Log, recovery: RecoveryReport?, lock: (any FileLock)?,
    isReadOnly: Bool = false
  ) {
    self.isReadOnly = isReadOnly
    path = manifests.directory
    fileSystem = manifests.fileSystem
    self.log = log
    self.recovery = recovery
    self.manifests = manifests
    self.lock = lock
  }

  /// The present manifest.
  public var manifest: Manifest { manifests.manifest }

  /// The failure that ended writing, if there was one; every write throws it.
  public var failure: StoreError? { manifests.health.failure }

  /// Where run files are made, for other threads than the writer's; those of a reader have no names.
  public var runFiles: RunFiles {
    RunFiles(directory: path, fileSystem: fileSystem, numbers: manifests.numbers)
  }

  /// A file number that no other file of this store has.
  public func allocateFileNumber() -> UInt64 { manifests.allocateFileNumber() }

  /// The path of the run of a table with the given number.
  public func tableRunPath(_ number: UInt64) -> String { path + "/" + StoreFile.table(number) }

  /// The path of the run of the timer queue with the given number.
  public func timerRunPath(_ number: UInt64) -> String { path + "/" + StoreFile.timers(number) }

  /// Changes the manifest: when it returns the change is durable, and then files that only the old
  /// manifest listed are removed.
  ///
  /// New run files must have been written and synced; their directory entries are synced here.
  ///
  /// - Throws: `noSpace` with nothing changed; `poisoned`.
  /// - Complexity: One small file, its sync, and one or two directory syncs.
  public func commit(_ edit: (inout Manifest) -> Void) throws(StoreError) {
    try log.commit(edit)
  }

  /// Makes sure that no run is left in the directory that nothing uses, durably.
  ///
  /// A commit may leave a file that it cannot remove to the next opening; a caller that promised that its bytes
  /// are gone must know.
  ///
  /// - Parameter pending: The numbers of runs in use that the manifest does not list yet.
  /// - Throws: `io` naming a file that cannot be removed; `poisoned`.
  public func removeUnlistedRuns(keeping pending: Set<UInt64>) throws(StoreError) {
    try manifests.removeUnlisted { file in
      if case .logSegment = file { return false }
      return !pending.contains(file.number)
    }
  }

  /// Says in the lock's file where this process can be reached: the absolute path of a Unix socket.
  package func announce(_ address: String) { lock?.announce(address) }

  /// Where the process that holds a store says that it can be reached; nil if it does not say.
  ///
  /// Nothing answers there if the process ended without releasing the lock.
  package static func announcedAddress(
    of path: String, _ fileSystem: any FileSystem
  ) -> String? {
    fileSystem.lockHolder(path + "/" + StoreFile.lock)?.address
  }

  /// Ends the handle: notes where the log ends, gives back reserved space and releases the lock.
  ///
  /// Views stay readable.
  public func close() {
    log.close()
    manifests.health.close()
    lock = nil
  }

  /// The parent of a path, for syncing the entry of a new directory.
  static func parent(of path: String) -> String {
    var trimmed = path[...]
    while trimmed.count > 1, trimmed.last == "/" { trimmed = trimmed.dropLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }
}
