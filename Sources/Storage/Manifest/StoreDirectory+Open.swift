// Opening a store after any kind of end. Nothing that is read is trusted before it is synced: the
// process before may have died with its last writes still in the page cache, and what is served now
// must survive a power failure later.

import Bytes
import Glibc

extension StoreDirectory {
  /// Opens a store.
  ///
  /// - Throws: `notAStore`, `locked`, `readOnly`, `newerFormat`, `corrupt` naming file and offset,
  ///   `io`. Opening can be repeated and interrupted anywhere; it never cuts what was durable.
  /// - Complexity: Of the active segment the blocks after the manifest's tip are read, and about 64 KiB
  ///   before; of each sealed one only the footer.
  public static func open(
    _ path: String, fileSystem: any FileSystem, options: StorageOptions
  ) throws(StoreError) -> StoreDirectory {
    try requireStore(path, fileSystem)
    let lock = try acquireLock(path, fileSystem)
    do {
      if !options.planted(.noSyncAtOpen) { try fileSystem.syncDirectory(path) }
    } catch {
      throw StoreError(error)
    }
    let health = WriterHealth()
    let file = ManifestFile(directory: path, fileSystem: fileSystem, health: health)
    let manifest = try file.read()
    let manifests = ManifestStore(
      manifest, file: file, in: path, fileSystem, options: options, health: health)
    var sealed: [SealedSegment] = []
    for entry in manifest.segments where entry.isSealed {
      sealed.append(
        try SealedSegment(entry, storeID: manifest.storeID, in: path, fileSystem))
    }
    let (active, tip, report) = try recover(manifests)
    try removeOrphans(manifests, after: tip)
    let log = Log(manifests, sealed: sealed, active: active, tip: tip)
    return StoreDirectory(manifests, log: log, recovery: report, lock: lock)
  }

  static func requireStore(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) {
    do {
      if try fileSystem.exists(path + "/" + StoreFile.manifest) { return }
      throw StoreError(.notAStore, try whatIsThere(path, fileSystem), file: path)
    } catch let error as IOError {
      throw StoreError(error)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.notAStore, "the directory cannot be read", file: path)
    }
  }

  /// Finds the end of the log and truncates what comes after it.
  private static func recover(
    _ manifests: ManifestStore
  ) throws(StoreError) -> (ActiveSegment, LogTip, RecoveryReport?) {
    let manifest = manifests.manifest
    guard let entry = manifest.segments.last else {
      throw .corrupt("there is no active segment", StoreFile.manifest, at: 96)
    }
    let name = StoreFile.segment(entry.number)
    let header = SegmentHeader(entry, storeID: manifest.storeID)
    let (file, size, start) = try openActive(name, manifests)
    _ = try header.check(start.span.bytes, file: name)
    var recovery = Recovery(
      SegmentBytes(name: name, number: entry.number, storage: .file(file), end: size),
      from: manifest.tip ?? LogTip(empty: header), manifests.options)
    let (tip, torn) = try recovery.run(durable: manifest.checkpoint)
    var reserved = size
    if size != tip.offset, !manifests.options.planted(.tailNotCut) {
      do {
        try file.truncate(to: tip.offset)
        try file.syncData()
      } catch {
        throw StoreError(error)
      }
      reserved = tip.offset
    }
    let report = RecoveryReport(file: name, offset: tip.offset, tornByteCount: torn)
    return (
      ActiveSegment(file, name: name, reserved: reserved), tip, torn > 0 ? report : nil
    )
  }

  private static func openActive(
    _ name: String, _ manifests: ManifestStore
  ) throws(StoreError) -> (any File, Int, [UInt8]) {
    let file: any File
    do {
      file = try manifests.fileSystem.open(manifests.path(name), .readWrite)
    } catch {
      throw .missing(error, name)
    }
    do {
      if !manifests.options.planted(.noSyncAtOpen) { try file.syncData() }
      let size = try file.size()
      return (file, size, try file.readBytes(at: 0, count: min(size, SegmentHeader.byteCount)))
    } catch {
      throw StoreError(error)
    }
  }

  /// Removes files that a crash left between their creation and their manifest, or between the
  /// manifest that dropped them and their removal.
  ///
  /// Names that no store uses are left alone.
  private static func removeOrphans(
    _ manifests: ManifestStore, after tip: LogTip
  ) throws(StoreError) {
    do {
      let live = manifests.manifest.fileNames
      for name in try manifests.fileSystem.list(manifests.directory).sorted()
      where !live.contains(name) {
        guard let file = StoreFile(name: name) else {
          if name == StoreFile.manifestTemporary || name.hasPrefix(StoreFile.scratch) {
            try manifests.fileSystem.remove(manifests.path(name))
          }
          continue
        }
        if case .logSegment(let number) = file {
          try refuseIfAhead(name, number, manifests, tip)
        }
        try manifests.fileSystem.remove(manifests.path(name))
      }
    } catch let error as IOError {
      throw StoreError(error)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.notAStore, "the directory cannot be read", file: manifests.directory)
    }
  }

  /// A new segment gets its first block only after a manifest that lists it is durable; one that is
  /// rewritten holds only records from before the log's end.
  ///
  /// One that has records beyond the log's end means that the manifest is an old copy: nothing may
  /// be removed.
  private static func refuseIfAhead(
    _ name: String, _ number: UInt64, _ manifests: ManifestStore, _ tip: LogTip
  ) throws {
    let file = try manifests.fileSystem.open(manifests.path(name), .read)
    let bytes = SegmentBytes(
      name: name, number: number, storage: .file(file), end: try file.size())
    var reader = BlockReader()
    if case .valid(let header) = try reader.load(bytes, at: SegmentHeader.byteCount),
      header.firstSequence >= tip.next
    {
      throw StoreError.corrupt(
        "the manifest does not list it, but it continues after the end of the log; "
          + "the manifest seems to be an old copy", name, at: SegmentHeader.byteCount)
    }
  }
}
