// Whose a store's files are, who holds it, and what is said of a path that is not a store.

import Bytes
import Glibc
import Storage
import Testing

@Suite struct StoreOwnerTests {
  let directory = TemporaryDirectory()
  let files = PosixFileSystem()
  private var path: String { directory.path + "/s" }

  private func create() throws -> StoreDirectory {
    try StoreDirectory.create(
      path, fileSystem: files, storeID: Hash128(high: 1, low: 2),
      seed: HashSeed([UInt8](repeating: 7, count: HashSeed.byteCount)), options: StorageOptions())
  }

  private func refusal(_ path: String) -> StoreError? {
    do throws(StoreError) {
      _ = try StoreDirectory.open(path, fileSystem: files, options: StorageOptions())
      return nil
    } catch {
      return error
    }
  }

  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func whatRootMakesIsTheDirectorysOwners() throws {
    try create().close()
    for name in try files.list(path) + ["."] { #expect(chown("\(path)/\(name)", 4711, 4712) == 0) }
    #expect(unlink(path + "/LOCK") == 0)
    let store = try StoreDirectory.open(path, fileSystem: files, options: StorageOptions())
    try store.commit { $0.scalars = [1] }
    let run = try files.open(store.tableRunPath(store.allocateFileNumber()), .create)
    for name in ["MANIFEST", "LOCK", run.path.split(separator: "/").last.map(String.init) ?? ""] {
      var status = stat()
      #expect(stat("\(path)/\(name)", &status) == 0)
      #expect(status.st_uid == 4711 && status.st_gid == 4712, "\(name)")
    }
    store.close()
  }

  @Test func theHolderIsNamedAsLongAsItHolds() throws {
    let store = try create()
    #expect(refusal(path)?.code == .locked)
    #expect(refusal(path)?.message.hasPrefix("process \(getpid()) has the store open") == true)
    store.close()
    #expect(try files.open(path + "/LOCK", .read).size() == 0)
  }

  @Test func aLockFileThatIsSomethingElseIsLeftAlone() throws {
    try create().close()
    let other = directory.path + "/other"
    try files.open(other, .create).writeAll(Array("precious".utf8), at: 0)
    #expect(unlink(path + "/LOCK") == 0 && link(other, path + "/LOCK") == 0)
    try StoreDirectory.open(path, fileSystem: files, options: StorageOptions()).close()
    #expect(try files.open(other, .read).readBytes(at: 0, count: 99) == Array("precious".utf8))
  }

  @Test func whatIsNoStoreIsNamed() throws {
    try create().close()
    let folder = directory.path
    try files.createDirectory(folder + "/empty")
    let cases = [
      (folder + "/none", "there is no such directory"), (folder + "/empty", "an empty directory"),
      (path + "/MANIFEST", "a file of a store"), (folder, "holds other files"),
    ]
    for (path, words) in cases {
      #expect(refusal(path)?.code == .notAStore && refusal(path)?.file == path)
      #expect(refusal(path)?.message.contains(words) == true, "\(path)")
    }
    #expect(unlink(path + "/MANIFEST") == 0)
    #expect(refusal(path)?.message.contains("has no MANIFEST") == true)
  }

  @Test func storesAreFoundAroundFolders() throws {
    try create().close()
    try files.createDirectory(path + "/deep")
    #expect(try StoreDirectory.around(path + "/deep", files) == path)
    #expect(try StoreDirectory.around(directory.path, files) == nil)
    #expect(unlink(path + "/MANIFEST") == 0)
    #expect(try StoreDirectory.around(path, files) == path)
    try files.open(directory.path + "/MANIFEST", .create).writeAll(Array("[app]".utf8), at: 0)
    #expect(try !StoreDirectory.holdsStore(directory.path, files))
  }
}
