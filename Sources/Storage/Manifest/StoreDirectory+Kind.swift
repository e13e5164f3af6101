// What is at a path: a store, or what instead.

import Glibc

extension StoreDirectory {
  /// What is at a path that is not a store, and what to do.
  static func whatIsThere(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(IOError) -> String {
    guard try fileSystem.exists(path) else {
      return "there is no such directory; check the path, or create the store first"
    }
    do {
      let names = try fileSystem.list(path)
      guard !names.isEmpty else { return "this is an empty directory; create the store first" }
      guard names.contains(where: { StoreFile(name: $0) != nil || $0 == StoreFile.lock }) else {
        return "this directory holds other files and not a store; check the path"
      }
      return
        "this directory has no \(StoreFile.manifest): the store's creation was interrupted, or the "
        + "file was lost; create the store again, or restore the file from a backup"
    } catch {
      guard error.errno == ENOTDIR else { throw error }
      return try holdsStore(parent(of: path), fileSystem)
        ? "this is a file of a store; give the store's directory"
        : "this is a file, and a store is a directory; check the path"
    }
  }

  /// Whether a directory is a store, sound or not: what is written into it would be taken for the
  /// store's own, or be written over it.
  public static func holdsStore(
    _ path: String, _ fileSystem: any FileSystem
  ) throws(IOError) -> Bool {
    guard try fileSystem.exists(path + "/" + StoreFile.manifest) else {
      // One whose manifest was lost still has its log to lose.
      guard try fileSystem.exists(path + "/" + StoreFile.lock) else { return false }
      return try fileSystem.list(path).contains { StoreFile(name: $0) != nil }
    }
    do {
      let file = try fileSystem.open(path + "/" + StoreFile.manifest, .read)
      let magic = try file.readBytes(at: 0, count: Manifest.magic.utf8CodeUnitCount)
      if magic == Manifest.magicBytes { return true }
      return try fileSystem.list(path).contains { StoreFile(name: $0) != nil }
    } catch {
      // It cannot be looked at, so it is better taken for one.
      guard [EACCES, EPERM].contains(error.errno) else { return false }
      return true
    }
  }

  /// The store that a directory is, or is inside of, at any depth; nil if there is none.
  ///
  /// - Parameter folder: An absolute path without links.
  public static func around(
    _ folder: String, _ fileSystem: any FileSystem
  ) throws(IOError) -> String? {
    var folder = folder
    while true {
      if try holdsStore(folder, fileSystem) { return folder }
      let above = parent(of: folder)
      guard above != folder, folder.hasPrefix("/") else { return nil }
      folder = above
    }
  }
}
