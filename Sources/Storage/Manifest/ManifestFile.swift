// Putting a new manifest in place of the old one, so that a crash leaves either: write it next to the old one,
// sync it, rename it over the old one, sync the directory.

/// The files `MANIFEST` and `MANIFEST.tmp` of one directory.
struct ManifestFile {
  private let directory: String
  private let fileSystem: any FileSystem
  private let health: WriterHealth

  init(directory: String, fileSystem: any FileSystem, health: WriterHealth) {
    self.directory = directory
    self.fileSystem = fileSystem
    self.health = health
  }

  private var path: String { directory + "/" + StoreFile.manifest }
  private var temporary: String { directory + "/" + StoreFile.manifestTemporary }

  /// Reads the present manifest.
  func read() throws(StoreError) -> Manifest {
    let bytes: [UInt8]
    do {
      let file = try fileSystem.open(path, .read)
      let size = try file.size()
      guard size <= Manifest.byteCountMax else {
        throw StoreError.corrupt("the manifest is too long", StoreFile.manifest, at: size)
      }
      bytes = try file.readBytes(at: 0, count: size)
    } catch let error as IOError {
      throw StoreError(error)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.notAStore, "the manifest cannot be read", file: StoreFile.manifest)
    }
    return try Manifest(bytes.span.bytes)
  }

  /// Writes the next manifest next to the current one and syncs it.
  ///
  /// - Throws: `noSpace` with everything as it was; any other failure poisons.
  func prepare(_ manifest: Manifest) throws(StoreError) {
    do {
      try write(manifest.encode())
    } catch {
      guard error.isNoSpace, error.operation != .syncData else {
        throw health.poison(error)
      }
      try? fileSystem.remove(temporary)
      throw StoreError(error)
    }
  }

  private func write(_ bytes: [UInt8]) throws(IOError) {
    if try fileSystem.exists(temporary) { try fileSystem.remove(temporary) }
    let file = try fileSystem.open(temporary, .create)
    try file.writeAll(bytes, at: 0)
    try file.syncData()
  }

  /// Puts the prepared manifest in place, durably; a failure poisons.
  func publish() throws(StoreError) {
    do {
      try fileSystem.rename(temporary, to: path)
      try fileSystem.syncDirectory(directory)
    } catch {
      throw health.poison(error)
    }
  }
}
