// A store as a process opens it that only reads: nothing is locked, cut or removed, and a writer may have
// the store open. Files that a manifest lists are never written again before the places that it names, only
// unlinked, so whatever it lists can be read once it is open.

import Bytes
import Glibc

extension StoreDirectory {
  /// Opens a store for reading, up to its last whole batch.
  ///
  /// The reader marks the manifest that it has read, so that an erasure knows that files which it
  /// replaces may be open: see `hasReaders(before:)`.
  ///
  /// - Throws: `notAStore`, `newerFormat`, `corrupt` naming file and offset, `io`.
  /// - Complexity: As `open`.
  public static func openReadOnly(
    _ path: String, fileSystem: any FileSystem, options: StorageOptions = StorageOptions()
  ) throws(StoreError) -> StoreDirectory {
    let fileSystem = fileSystem as? ScratchFiles ?? ScratchFiles(in: fileSystem)
    try requireStore(path, fileSystem)
    return try reading(path, fileSystem) { (manifest, mark) throws(StoreError) in
      try StoreDirectory(reading: manifest, mark, in: path, fileSystem, options)
    }
  }

  /// Calls `body` with the present manifest, which is marked as being read, and again with the next one while a
  /// writer puts others in its place: the files that one lists may be gone by then.
  ///
  /// - Throws: What `body` throws with a manifest that is still the present one afterwards.
  static func reading<R>(
    _ path: String, _ fileSystem: any FileSystem,
    _ body: (Manifest, (any FileLock)?) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    let file = ManifestFile(directory: path, fileSystem: fileSystem, health: WriterHealth())
    var manifest = try file.read()
    while true {
      let mark = try mark(manifest, in: path, fileSystem)
      // An erasure that replaces the manifest after this sees the mark.
      let marked = try file.read()
      if marked == manifest {
        do throws(StoreError) { return try body(manifest, mark) } catch {
          let next = try file.read()
          guard next != manifest else { throw error }
          manifest = next
        }
      } else {
        manifest = marked
      }
    }
  }

  /// Marks that files of a manifest may be open; nil in a copy of a store that nobody has opened for writing.
  private static func mark(
    _ manifest: Manifest, in path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) -> (any FileLock)? {
    do { return try fileSystem.mark(path + "/" + StoreFile.lock, at: manifest.generation) } catch {
      guard error.errno == ENOENT else { throw StoreError(error) }
      return nil
    }
  }

  private convenience init(
    reading manifest: Manifest, _ mark: (any FileLock)?, in path: String,
    _ fileSystem: any FileSystem, _ options: StorageOptions
  ) throws(StoreError) {
    let health = WriterHealth(
      refusing: StoreError(
        .readOnly, "the store has been opened for reading only; open it for writing", file: path))
    let manifests = ManifestStore(
      manifest,
      file: ManifestFile(directory: path, fileSystem: fileSystem, health: health), in: path,
      fileSystem, options: options, health: health)
    var sealed: [SealedSegment] = []
    for entry in manifest.segments where entry.isSealed {
      sealed.append(try SealedSegment(entry, storeID: manifest.storeID, in: path, fileSystem))
    }
    guard let entry = manifest.segments.last else {
      throw .corrupt("there is no active segment", StoreFile.manifest, at: 96)
    }
    let (active, bytes, header) = try Self.active(entry, manifest, path, fileSystem)
    var recovery = Recovery(bytes, from: manifest.tip ?? LogTip(empty: header), options)
    let tip = try recovery.runForReader(durable: manifest.checkpoint)
    self.init(
      manifests, log: Log(manifests, sealed: sealed, active: active, tip: tip), recovery: nil,
      lock: mark, isReadOnly: true)
  }

  private static func active(
    _ entry: Manifest.Segment, _ manifest: Manifest, _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) -> (ActiveSegment, SegmentBytes, SegmentHeader) {
    let name = StoreFile.segment(entry.number)
    let file: any File
    do { file = try fileSystem.open(path + "/" + name, .read) } catch {
      throw .missing(error, name)
    }
    let (size, start): (Int, [UInt8])
    do {
      size = try file.size()
      start = try file.readBytes(at: 0, count: min(size, SegmentHeader.byteCount))
    } catch {
      throw StoreError(error)
    }
    let header = SegmentHeader(entry, storeID: manifest.storeID)
    _ = try header.check(start.span.bytes, file: name)
    return (
      ActiveSegment(file, name: name, reserved: size),
      SegmentBytes(name: name, number: entry.number, storage: .file(file), end: size), header
    )
  }

  /// Whether a writer has put another manifest in the place of this one.
  ///
  /// - Throws: As for reading a manifest.
  public func isReplaced() throws(StoreError) -> Bool { try manifests.file.read() != manifest }

  /// Whether a process has the store open for writing; nothing is locked to find out.
  public func hasWriter() throws(StoreError) -> Bool {
    do { return try fileSystem.isLocked(path + "/" + StoreFile.lock) } catch {
      throw StoreError(error)
    }
  }

  /// Takes note of what a writer has added to the log since, as long as the manifest is the same.
  ///
  /// - Parameter symbols: Receives the names of the active segment if there is something new.
  /// - Returns: Whether there are new records.
  public func follow(symbols: (Symbol, RawSpan) -> Void) throws(StoreError) -> Bool {
    try log.follow(symbols: symbols)
  }

  /// A mark for somebody who reads the files of the present manifest, for as long as it is kept; nil in a process
  /// that writes and does not share its store.
  public func readerMark() -> (any FileLock)? {
    isReadOnly ? lock : ownReaders?.mark(at: manifest.generation)
  }

  /// Tells the files that are listed now from those that they have replaced; for the writer.
  public var generation: UInt64 { manifest.generation }

  /// Whether somebody, in this process or another, may have files open that only manifests of before a generation
  /// list; for the writer.
  public func hasReaders(before generation: UInt64) throws(StoreError) -> Bool {
    if ownReaders?.hasMark(below: generation) == true { return true }
    do {
      return try fileSystem.hasMark(path + "/" + StoreFile.lock, below: generation)
    } catch {
      throw StoreError(error)
    }
  }
}

extension Manifest {
  /// What readers mark: a number that grows whenever a file takes the place of another.
  var generation: UInt64 { nextFileNumber }
}
