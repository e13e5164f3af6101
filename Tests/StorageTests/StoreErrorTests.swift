// The errors that people meet: each has its code, and a message that says what to do.

import Bytes
import Glibc
import Storage
import StorageSimulation
import Testing

@Suite struct StoreErrorTests {
  private func open(_ disk: DiskState, _ faults: [Fault] = []) -> StoreError? {
    let system = SimulatedFileSystem(disk)
    system.faults = faults
    return storeError { () throws(StoreError) in
      _ = try StoreDirectory.open("/store", fileSystem: system, options: StorageOptions())
    }
  }

  private func create(_ system: SimulatedFileSystem, _ path: String = "/store") -> StoreError? {
    storeError { () throws(StoreError) in
      _ = try StoreDirectory.create(
        path, fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
        options: StorageOptions())
    }
  }

  private func disk() throws -> DiskState { try CorruptionTests.fixture().disk }

  @Test func noStore() throws {
    let system = SimulatedFileSystem()
    #expect(open(system.disk)?.code == .notAStore)
    #expect(open(system.disk)?.message.contains("create") == true)
    try system.createDirectory("/store")
    #expect(open(system.disk)?.code == .notAStore)
    #expect(create(system, "/none/store")?.code == .notAStore)
    #expect(create(system) == nil)
  }

  @Test func somethingIsThere() throws {
    let system = SimulatedFileSystem(try disk())
    let error = create(system)
    #expect(error?.code == .alreadyExists && error?.message.contains("open it") == true)
    let other = SimulatedFileSystem()
    try other.createDirectory("/store")
    _ = try other.open("/store/photo.jpg", .create)
    #expect(create(other)?.code == .alreadyExists)
  }

  @Test func aLogWithoutManifestIsNotOverwritten() throws {
    var lost = try disk()
    lost.remove("/store/MANIFEST")
    #expect(open(lost)?.code == .notAStore)
    #expect(create(SimulatedFileSystem(lost))?.code == .alreadyExists)
    // Also if there is one segment only.
    let test = try TestStore()
    try test.store.log.append(TestRecords(), count: 1)
    test.store.close()
    var single = test.system.disk
    single.settle()
    single.remove("/store/MANIFEST")
    let error = create(SimulatedFileSystem(single))
    #expect(error?.code == .alreadyExists && error?.message.contains("backup") == true)
  }

  @Test func aSecondHolderIsRefusedUntilTheFirstCloses() throws {
    let test = try TestStore()
    let second = storeError { () throws(StoreError) in
      _ = try StoreDirectory.open("/store", fileSystem: test.system, options: test.options)
    }
    #expect(second?.code == .locked && second?.message.contains("process") == true)
    test.store.close()
    #expect(
      storeError { () throws(StoreError) in try test.store.commit { _ in } }?.code == .outOfOrder)
    _ = try StoreDirectory.open("/store", fileSystem: test.system, options: test.options)
  }

  @Test func aReadOnlyDirectory() throws {
    let error = open(try disk(), [Fault(at: 0, .readOnly, isSticky: true)])
    #expect(error?.code == .readOnly && error?.message.contains("writable") == true)
    let system = SimulatedFileSystem()
    system.faults = [Fault(at: 0, .readOnly, isSticky: true)]
    #expect(create(system)?.code == .readOnly)
  }

  @Test func aMissingSegment() throws {
    for file in try CorruptionTests.fixture().files where file != "MANIFEST" {
      var lost = try disk()
      lost.remove("/store/\(file)")
      let error = open(lost)
      #expect(error?.code == .corrupt && error?.file == file)
      #expect(error?.message.contains("missing") == true)
    }
  }

  @Test func anOldCopyOfTheManifestIsNotBelieved() throws {
    let test = try TestStore(CorruptionTests.options)
    try test.store.log.append(TestRecords(), count: 12)
    let old = try #require(test.system.disk.visibleFiles["/store/MANIFEST"])
    for _ in 0..<6 { try test.store.log.append(TestRecords(), count: 12) }
    test.store.close()
    var disk = test.system.disk
    disk.settle()
    _ = disk.edit("/store/MANIFEST") { bytes in
      bytes = old
      return true
    }
    let before = disk.visibleFiles
    let system = SimulatedFileSystem(disk)
    let error = storeError { () throws(StoreError) in
      _ = try StoreDirectory.open("/store", fileSystem: system, options: test.options)
    }
    #expect(error?.code == .corrupt && error?.message.contains("old copy") == true)
    // No segment was removed for lack of a mention.
    #expect(Set(system.disk.visibleFiles.keys) == Set(before.keys))
  }

  @Test func aSegmentOfAnotherStore() throws {
    let fixture = try CorruptionTests.fixture()
    let system = SimulatedFileSystem()
    let store = try StoreDirectory.create(
      "/store", fileSystem: system, storeID: Hash128(high: 1, low: 2), seed: TestRecords.seed,
      options: CorruptionTests.options)
    store.close()
    let foreign = try #require(system.disk.visibleFiles["/store/log-1.seg"])
    var disk = fixture.disk
    _ = disk.edit("/store/\(fixture.files[fixture.files.count - 2])") { bytes in
      bytes = foreign
      return true
    }
    #expect(open(disk)?.code == .corrupt)
  }

  @Test func strayFilesAreLeftAlone() throws {
    var stray = try disk()
    for name in ["notes.txt", "log-x.seg", "log-07.seg", "table-3.run.bak"] {
      stray.put("/store/\(name)", [1])
    }
    stray.put("/store/table-900.run", [1])
    stray.put("/store/MANIFEST.tmp", [1])
    let system = SimulatedFileSystem(stray)
    let store = try StoreDirectory.open("/store", fileSystem: system, options: StorageOptions())
    let names = Set(try system.list("/store"))
    #expect(names.isSuperset(of: ["notes.txt", "log-x.seg", "log-07.seg", "table-3.run.bak"]))
    #expect(!names.contains("table-900.run") && !names.contains("MANIFEST.tmp"))
    store.close()
  }

  /// Raises the version in a file and makes its checksum right again, as a newer program would.
  @Test(arguments: [
    ("MANIFEST", 0, -1), ("log-1.seg", 0, 64), ("active", 0, 64), ("active", 64, -1),
  ])
  func aNewerFormat(_ file: String, _ start: Int, _ end: Int) throws {
    let fixture = try CorruptionTests.fixture()
    let name = file == "active" ? fixture.files[fixture.files.count - 2] : file
    var disk = fixture.disk
    _ = disk.edit("/store/\(name)") { bytes in
      var stop = end < 0 ? bytes.count : end
      if start == 64 { stop = start + self.blockLength(bytes, start) }
      bytes[start + 16] += 1
      let sum = Checksum.of(bytes.span.bytes.extracting((start + 16)..<stop))
      withUnsafeBytes(of: sum.littleEndian) {
        bytes.replaceSubrange((start + 8)..<(start + 16), with: $0)
      }
      return true
    }
    let error = open(disk)
    #expect(error?.code == .newerFormat && error?.file == name, "\(error.debugDescription)")
    #expect(error?.message.contains("version that wrote the store") == true)
    // Refused without a change.
    let system = SimulatedFileSystem(disk)
    _ = try? StoreDirectory.open("/store", fileSystem: system, options: StorageOptions())
    #expect(system.disk.visibleFiles == disk.visibleFiles)
  }

  private func blockLength(_ bytes: [UInt8], _ start: Int) -> Int {
    let stored = (0..<4).reduce(0) { $0 | Int(bytes[start + 68 + $1]) << (8 * $1) }
    return (104 + stored + 7) & ~7
  }

  @Test func realDisksWorkToo() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/store"
    let files = PosixFileSystem()
    let options = StorageOptions(segmentBytesMax: 4000, blockBytes: 300, reserveBytes: 8192)
    let store = try StoreDirectory.create(
      path, fileSystem: files, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: options)
    for _ in 0..<30 { try store.log.append(TestRecords(), count: 5) }
    #expect(
      storeError { () throws(StoreError) in
        _ = try StoreDirectory.open(path, fileSystem: files, options: options)
      }?.code == .locked)
    let segments = store.manifest.segments.count
    #expect(segments > 2)
    store.close()
    let again = try StoreDirectory.open(path, fileSystem: files, options: options)
    #expect(again.recovery == nil && again.manifest.segments.count == segments)
    #expect(try again.log.view().check(TestRecords()) == (150, true))
    var status = stat()
    for name in try files.list(path) {
      #expect(stat(path + "/" + name, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }
  }
}
