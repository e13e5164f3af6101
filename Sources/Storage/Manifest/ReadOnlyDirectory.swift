// A store as its manifest describes it, for processes that only read: nothing is locked, synced, cut or
// removed, and a writer may have the store open. Files that a manifest lists are never written again before
// the places that it names, only unlinked, so whatever it lists can be read once it is open.

import Bytes

/// The files of a store at its last checkpoint.
public struct ReadOnlyDirectory: Sendable {
  /// The directory's path.
  public let path: String
  /// The file system that the store lives in.
  public let fileSystem: any FileSystem
  /// The manifest.
  public let manifest: Manifest
  /// The log up to the checkpoint.
  public let log: LogView

  /// Opens a store for reading.
  ///
  /// - Throws: `notAStore`, `newerFormat`, `corrupt` naming file and offset, `io`.
  /// - Complexity: As `StoreDirectory.open`, except for the blocks after the manifest's tip, which are not
  ///   read. A store whose last writer used format 4 or older has all blocks of its active segment read.
  public static func open(
    _ path: String, fileSystem: any FileSystem, options: StorageOptions = StorageOptions()
  ) throws(StoreError) -> ReadOnlyDirectory {
    try StoreDirectory.requireStore(path, fileSystem)
    return try reading(path, fileSystem) { (manifest) throws(StoreError) in
      try ReadOnlyDirectory(path, fileSystem, manifest, options)
    }
  }

  /// Calls `body` with the present manifest, and again with the next one while a writer puts others in its
  /// place: the files that one lists may be gone by then.
  ///
  /// - Throws: What `body` throws with a manifest that is still the present one afterwards.
  static func reading<R>(
    _ path: String, _ fileSystem: any FileSystem,
    _ body: (Manifest) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    let file = ManifestFile(directory: path, fileSystem: fileSystem, health: WriterHealth())
    var manifest = try file.read()
    while true {
      do throws(StoreError) { return try body(manifest) } catch {
        let next = try file.read()
        guard next != manifest else { throw error }
        manifest = next
      }
    }
  }

  private init(
    _ path: String, _ fileSystem: any FileSystem, _ manifest: Manifest, _ options: StorageOptions
  ) throws(StoreError) {
    var sealed: [SealedSegment] = []
    for entry in manifest.segments where entry.isSealed {
      sealed.append(try SealedSegment(entry, storeID: manifest.storeID, in: path, fileSystem))
    }
    guard let entry = manifest.segments.last else {
      throw .corrupt("there is no active segment", StoreFile.manifest, at: 96)
    }
    let (segment, header) = try Self.active(entry, manifest, path, fileSystem)
    var recovery = Recovery(segment, from: manifest.tip ?? LogTip(empty: header), options)
    let tip = try recovery.runForReader(
      durable: manifest.checkpoint, isKnown: manifest.tip != nil)
    var active = segment
    active.end = tip.offset
    self.path = path
    self.fileSystem = fileSystem
    self.manifest = manifest
    log = LogView(
      sealed: sealed, active: active, tip: tip, form: options.payloadForm,
      through: manifest.checkpoint)
  }

  private static func active(
    _ entry: Manifest.Segment, _ manifest: Manifest, _ path: String, _ fileSystem: any FileSystem
  ) throws(StoreError) -> (SegmentBytes, SegmentHeader) {
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
      SegmentBytes(name: name, number: entry.number, storage: .file(file), end: size), header
    )
  }

  /// Whether a writer has put another manifest in the place of this one.
  ///
  /// - Throws: as for reading a manifest.
  public func isReplaced() throws(StoreError) -> Bool {
    let file = ManifestFile(directory: path, fileSystem: fileSystem, health: WriterHealth())
    return try file.read() != manifest
  }
}
