// The real file system: what the simulation takes for granted.

import Bytes
import Glibc
import Storage
import Testing

/// A directory of its own for each test, removed at the end.
final class TemporaryDirectory {
  let path: String

  init() {
    var template = Array("/tmp/cairn-test-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }

  deinit {
    let files = PosixFileSystem()
    for name in (try? files.list(path)) ?? [] {
      let child = path + "/" + name
      for inner in (try? files.list(child)) ?? [] { unlink(child + "/" + inner) }
      if rmdir(child) != 0 { unlink(child) }
    }
    rmdir(path)
  }
}

@Suite struct PosixFileSystemTests {
  let directory = TemporaryDirectory()
  let files = PosixFileSystem()

  private func errno(_ body: () throws(IOError) -> Void) -> Int32 {
    do {
      try body()
      return 0
    } catch {
      return error.errno
    }
  }

  @Test func writesReadsMapsAndTruncates() throws {
    let path = directory.path + "/a"
    let file = try files.open(path, .create)
    try file.writeAll(Array("hello".utf8), at: 3)
    try file.allocate(upTo: 100)
    try file.syncData()
    #expect(try file.size() == 100)
    try file.truncate(to: 8)
    #expect(try file.readBytes(at: 0, count: 50) == [0, 0, 0] + Array("hello".utf8))
    let map = try files.open(path, .read).map()
    try files.rename(path, to: directory.path + "/b")
    try files.syncDirectory(directory.path)
    #expect(try files.list(directory.path) == ["b"])
    try files.remove(directory.path + "/b")
    // The map outlives the name.
    #expect(map.bytes.toArray() == [0, 0, 0] + Array("hello".utf8))
  }

  @Test func filesWithoutANameAreFilesWithoutANameOnly() throws {
    let file = try files.createNameless(in: directory.path)
    #expect(try files.list(directory.path) == [])
    try file.writeAll(Array("hello".utf8), at: 0)
    let map = try file.map()
    #expect(try file.size() == 5 && map.bytes.toArray() == Array("hello".utf8))
    #expect(errno { () throws(IOError) in _ = try files.createNameless(in: "/nowhere") } == ENOENT)
    #expect(errno { () throws(IOError) in _ = try files.createNameless(in: "/proc") } != 0)
  }

  @Test func marksHinderNobody() throws {
    let path = directory.path + "/LOCK"
    #expect(try !files.isLocked(path))
    #expect(errno { () throws(IOError) in _ = try files.mark(path, at: 1) } == ENOENT)
    var lock: (any FileLock)? = try files.lock(path)
    #expect(try files.isLocked(path) && !files.hasMark(path, below: .max))
    var marks = try [7, 7, 9, .max].map { (position) throws(IOError) in
      try files.mark(path, at: position)
    }
    #expect(try !files.hasMark(path, below: 0) && !files.hasMark(path, below: 7))
    #expect(try files.hasMark(path, below: 8))
    marks.removeFirst()
    #expect(try files.hasMark(path, below: 8))
    marks.removeFirst()
    #expect(try !files.hasMark(path, below: 9) && files.hasMark(path, below: 10))
    lock = nil
    #expect(try !files.isLocked(path) && lock == nil)
    // Nor do they keep a writer out.
    lock = try files.lock(path)
    #expect(errno { () throws(IOError) in _ = try files.lock(path) } == EWOULDBLOCK)
    marks = []
    #expect(try !files.hasMark(path, below: .max) && files.isLocked(path))
    lock = nil
  }

  @Test func aDirectoryMayBeNamedByALink() throws {
    let (real, link) = (directory.path + "/real", directory.path + "/link")
    try files.createDirectory(real)
    #expect(symlink(real, link) == 0)
    try files.syncDirectory(link)
    _ = try files.open(link + "/a", .create)
    #expect(errno { () throws(IOError) in _ = try files.open(link, .read) } == ELOOP)
    #expect(try files.list(real) == ["a"])
  }

  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func aFileOfRootIsTheOwnersOfTheDirectoryNamed() throws {
    let (store, folder) = (directory.path + "/store", directory.path + "/folder")
    for path in [store, folder] { try files.createDirectory(path) }
    #expect(chown(store, 4711, 4712) == 0 && chown(folder, 4713, 4714) == 0)
    _ = try files.create(folder + "/a", forOwnerOf: store)
    _ = try files.open(folder + "/b", .create)
    for (name, owner) in [("a", (4711, 4712)), ("b", (4713, 4714))] {
      var status = stat()
      #expect(stat("\(folder)/\(name)", &status) == 0)
      #expect(Int(status.st_uid) == owner.0 && Int(status.st_gid) == owner.1, "\(name)")
    }
  }

  @Test func modesAreOwnerOnlyWhateverTheMask() throws {
    let old = umask(0)
    defer { umask(old) }
    let path = directory.path + "/d"
    try files.createDirectory(path)
    _ = try files.open(path + "/f", .create)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    #expect(stat(path + "/f", &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func anExistingDirectoryBecomesPrivate() throws {
    let path = directory.path + "/d"
    try files.createDirectory(path)
    #expect(chmod(path, 0o755) == 0)
    try files.setPrivate(path)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
    let missing = directory.path + "/none"
    #expect(errno { () throws(IOError) in try files.setPrivate(missing) } == ENOENT)
  }

  @Test func refusesWhatIsNoRegularFile() throws {
    let path = directory.path
    #expect(mkfifo(path + "/pipe", 0o600) == 0)
    #expect(symlink("/etc/passwd", path + "/link") == 0)
    #expect(errno { () throws(IOError) in _ = try files.open(path + "/pipe", .read) } == EINVAL)
    #expect(errno { () throws(IOError) in _ = try files.open(path + "/link", .read) } == ELOOP)
    #expect(errno { () throws(IOError) in _ = try files.open(path, .read) } == EINVAL)
    #expect(errno { () throws(IOError) in _ = try files.open(path + "/none", .read) } == ENOENT)
    #expect(errno { () throws(IOError) in _ = try files.open(path + "/pipe", .create) } == EEXIST)
    #expect(try files.exists(path + "/link"))
    #expect(try !files.exists(path + "/none"))
  }

  @Test func lockIsExclusiveAndSurvivesAnUnrelatedClose() throws {
    let path = directory.path + "/LOCK"
    var held: (any FileLock)? = try files.lock(path)
    _ = try files.open(path, .read)
    #expect(errno { () throws(IOError) in _ = try files.lock(path) } == EWOULDBLOCK)
    withExtendedLifetime(held) {}
    held = nil
    #expect(errno { () throws(IOError) in _ = try files.lock(path) } == 0)
  }
}
