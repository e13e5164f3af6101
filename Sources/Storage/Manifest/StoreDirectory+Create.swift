// Making a store. The manifest comes last, so a crash before it leaves a directory that is not a store
// yet and that the next creation starts afresh.

import Bytes
import Glibc

extension StoreDirectory {
  /// Makes an empty store and opens it.
  ///
  /// An existing directory is used if it is empty or holds only what an interrupted creation left;
  /// it then becomes private to its owner.
  ///
  /// - Throws: `alreadyExists`, `locked`, `readOnly`, `noSpace`, `io`; after each of the last three
  ///   creation can be repeated.
  public static func create(
    _ path: String, fileSystem: any FileSystem, storeID: Hash128, seed: HashSeed,
    options: StorageOptions
  ) throws(StoreError) -> StoreDirectory {
    try makeDirectory(path, fileSystem)
    let lock = try acquireLock(path, fileSystem)
    try removeLeftovers(path, fileSystem)
    try makePrivate(path, fileSystem)
    let manifest = Manifest(storeID: storeID, seed: seed)
    let health = WriterHealth()
    let file = ManifestFile(directory: path, fileSystem: fileSystem, health: health)
    let manifests = ManifestStore(
      manifest, file: file, in: path, fileSystem, options: options, health: health)
    let header = SegmentHeader(number: 1, firstSequence: SequenceNumber(1), storeID: storeID)
    let active = try ActiveSegment.create(header, manifests)
    do {
      try fileSystem.syncDirectory(path)
    } catch {
      throw StoreError(error)
    }
    try file.prepare(manifest)
    try file.publish()
    let log = Log(manifests, sealed: [], active: active, tip: LogTip(empty: header))
    return StoreDirectory(manifests, log: log, recovery: nil, lock: lock)
  }

  private static func makeDirectory(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) {
    do {
      if try !fileSystem.exists(path) { try fileSystem.createDirectory(path) }
      // Also when it was there: an interrupted creation may not have come this far.
      try fileSystem.syncDirectory(parent(of: path))
    } catch {
      guard error.errno != ENOENT else {
        throw StoreError(
          .notAStore, "the directory above it does not exist; create that first", file: path)
      }
      throw StoreError(error)
    }
  }

  /// Closes the directory to others before customer data comes in.
  ///
  /// Not earlier: a directory that turns out to be somebody else's keeps its mode.
  private static func makePrivate(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) {
    do { try fileSystem.setPrivate(path) } catch { throw StoreError(error) }
  }

  static func acquireLock(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) -> any FileLock {
    do {
      return try fileSystem.lock(path + "/" + StoreFile.lock)
    } catch {
      guard error.errno != EWOULDBLOCK else {
        let holder = fileSystem.lockHolder(path + "/" + StoreFile.lock)
        let process = holder.map { "process \($0.process)" } ?? "another process"
        throw StoreError(
          .locked,
          holder?.address.map {
            "the server on \($0), \(process), has the store open; stop it first"
          } ?? "\(process) has the store open; end it or wait for it", file: path)
      }
      guard error.errno != ENOTDIR else {
        throw StoreError(.notAStore, "this is not a directory; choose another path", file: path)
      }
      guard error.errno != ENOENT else {
        throw StoreError(
          .notAStore, "this is a link to a directory that does not exist; create that first",
          file: path)
      }
      throw StoreError(error)
    }
  }

  /// Removes what an interrupted creation can have left, and refuses if there is anything else: a
  /// directory that has lost its manifest must not lose its segments too.
  private static func removeLeftovers(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) {
    do {
      let names = try fileSystem.list(path)
      let segment = StoreFile.segment(1)
      let known: Set = [StoreFile.lock, StoreFile.manifestTemporary, segment]
      guard names.allSatisfy(known.contains) else {
        let isStore = names.contains(StoreFile.manifest)
        throw StoreError(
          .alreadyExists,
          isStore
            ? "there already is a store; open it or choose another directory"
            : "the directory is not empty; choose another", file: path)
      }
      if names.contains(segment) {
        let size = try fileSystem.open(path + "/" + segment, .read).size()
        guard size <= SegmentHeader.byteCount else {
          throw StoreError(
            .alreadyExists,
            "the directory holds a log without a manifest; restore the manifest from a backup",
            file: segment)
        }
      }
      for name in [segment, StoreFile.manifestTemporary] where names.contains(name) {
        try fileSystem.remove(path + "/" + name)
      }
    } catch let error as IOError {
      throw StoreError(error)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.notAStore, "the directory cannot be read", file: path)
    }
  }
}
