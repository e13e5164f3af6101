// The present manifest of an open store, shared by all who change it: the log when it rolls, the
// directory when a checkpoint commits. Both are the one writer, so there is no lock.

import Bytes
import Glibc

/// The owner of an open store's manifest.
final class ManifestStore {
  let directory: String
  let fileSystem: any FileSystem
  let options: StorageOptions
  let health: WriterHealth
  let file: ManifestFile
  private(set) var manifest: Manifest
  /// What numbers the store's files.
  let numbers: FileNumbers

  init(
    _ manifest: Manifest, file: ManifestFile, in directory: String, _ fileSystem: any FileSystem,
    options: StorageOptions, health: WriterHealth
  ) {
    self.manifest = manifest
    self.file = file
    self.directory = directory
    self.fileSystem = fileSystem
    self.options = options
    self.health = health
    numbers = FileNumbers(next: manifest.nextFileNumber)
  }

  /// A number that no file of this store has; lost, not reused, if it is not used.
  func allocateFileNumber() -> UInt64 { numbers.allocate() }

  /// The path of a file of the store.
  func path(_ name: String) -> String { directory + "/" + name }

  /// Commits an edit: when it returns the new manifest is durable and files that only the old one
  /// listed are gone.
  ///
  /// - Parameter beforePublishing: Runs when the new manifest is written but not in place; what it
  ///   throws must have poisoned.
  func commit(
    _ edit: (inout Manifest) -> Void,
    beforePublishing: () throws(StoreError) -> Void = { () throws(StoreError) in }
  ) throws(StoreError) {
    try health.check()
    var next = manifest
    edit(&next)
    next.nextFileNumber = numbers.next
    try file.prepare(next)
    try beforePublishing()
    let (old, new) = (manifest.fileNames, next.fileNames)
    if !new.isSubset(of: old) { try syncDirectory() }
    if options.planted(.removesTooEarly) { remove(old.subtracting(new)) }
    try file.publish()
    manifest = next
    remove(old.subtracting(new))
  }

  /// Makes sure that no file is left in the directory that the manifest does not list, durably.
  ///
  /// `commit` may leave a file that it cannot remove to the next opening. A caller that promised that the
  /// bytes in it are gone must know.
  ///
  /// - Parameter isMeant: Whether a file is to go if it is not listed.
  /// - Throws: `io` naming a file that cannot be removed; a failed sync poisons.
  func removeUnlisted(where isMeant: (StoreFile) -> Bool) throws(StoreError) {
    try health.check()
    let live = manifest.fileNames
    let names: [String]
    do { names = try fileSystem.list(directory) } catch { throw StoreError(error) }
    for name in names.sorted() where !live.contains(name) {
      guard let file = StoreFile(name: name), isMeant(file) else { continue }
      do {
        try fileSystem.remove(path(name))
      } catch {
        // Somebody who makes files without names was faster.
        if error.errno == ENOENT { continue }
        throw StoreError(
          .io(error.errno),
          "a replaced file that still holds what was erased stays behind: the \(error); "
            + "make the directory writable and open the store again, or remove the file yourself",
          file: name)
      }
    }
    if !options.planted(.removalNotSynced) { try syncDirectory() }
  }

  private func syncDirectory() throws(StoreError) {
    do {
      try fileSystem.syncDirectory(directory)
    } catch {
      throw health.poison(error)
    }
  }

  /// Removes obsolete files.
  ///
  /// One that stays is in nobody's way: the next opening removes it.
  private func remove(_ names: Set<String>) {
    for name in names.sorted() { try? fileSystem.remove(path(name)) }
  }
}
