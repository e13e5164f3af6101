// Reading a store concurrently with its writer: nothing is locked and nothing changed, and what is read are whole
// batches, whatever the writer does meanwhile.

import Bytes
import StorageSimulation
import Testing

@testable import Storage

@Suite struct ReadOnlyTests {
  private let records = TestRecords()

  @Test func aReaderSeesWhatIsDurableWhileTheStoreIsOpen() throws {
    let test = try TestStore()
    let reader = try StoreDirectory.openReadOnly(
      TestStore.path, fileSystem: test.system, options: test.options)
    func count() throws -> Int {
      let reader = try StoreDirectory.openReadOnly(
        TestStore.path, fileSystem: test.system, options: test.options)
      let view = reader.log.view()
      let (count, isRight) = try view.check(records)
      #expect(isRight && view.nextSequence.value == UInt64(count) + 1)
      #expect(
        storeError { () throws(StoreError) in
          try view.withRecord(at: view.nextSequence, LogCursor()) { (_) in }
        }?.code == .noSuchRecord)
      return count
    }
    #expect(try count() == 0)
    try test.store.log.append(records, count: 9)
    #expect(try count() == 9)
    try CrashWorkload.checkpoint(test.store)
    #expect(try count() == 9)
    #expect(try reader.follow { _, _ in })
    #expect(try reader.log.view().check(records) == (9, true))
    // After the checkpoint, in the same segment and in others.
    var expected = 9
    for _ in 0..<40 {
      try test.store.log.append(records, count: 5)
      expected += 5
      let before = test.system.trace.count
      #expect(try count() == expected)
      // The last batch is not known to be durable: what is served is synced, and nothing else happens.
      #expect(test.system.trace.dropFirst(before).map(\.operation) == [.syncData])
    }
    #expect(test.store.manifest.segments.count > 2)
    // A reader stays in the segment that it has open.
    #expect(try reader.isReplaced() && reader.follow { _, _ in })
    let (seen, isRight) = try reader.log.view().check(records)
    #expect(isRight && (9..<expected).contains(seen))
    test.store.close()
    let before = test.system.trace.count
    #expect(try count() == expected)
    #expect(test.system.trace.count == before)
  }

  @Test func aReaderIsNoWriter() throws {
    let test = try TestStore()
    try test.store.log.append(records, count: 3)
    let reader = try StoreDirectory.openReadOnly(
      TestStore.path, fileSystem: test.system, options: test.options)
    #expect(try reader.hasWriter())
    let before = test.system.trace.count
    let refusals = [
      storeError { () throws(StoreError) in try reader.log.append(records, count: 1) },
      storeError { () throws(StoreError) in try reader.log.reserve(10) },
      storeError { () throws(StoreError) in try reader.commit { $0.scalars = [1] } },
      storeError { () throws(StoreError) in try reader.removeUnlistedRuns(keeping: []) },
    ]
    #expect(refusals.allSatisfy { $0?.code == .readOnly })
    reader.close()
    #expect(test.system.trace.count == before)
    test.store.close()
    #expect(try !reader.hasWriter())
  }

  @Test func aBatchOnItsWayIsNotPartOfTheStore() throws {
    let test = try TestStore()
    try test.store.log.append(records, count: 6)
    let whole = test.system.disk
    try test.store.log.append(records, count: 30)
    let name = "/store/log-1.seg"
    let old = try #require(whole.visibleFiles[name])
    let new = try #require(test.system.disk.visibleFiles[name])
    let places = new.indices.filter { new[$0] != ($0 < old.count ? old[$0] : 0) }
    let (start, changed) = (try #require(places.first), try #require(places.last))
    for end in stride(from: start, through: changed, by: 7) {
      var disk = whole
      _ = disk.edit(name) { bytes in
        bytes += [UInt8](repeating: 0, count: new.count - bytes.count)
        bytes.replaceSubrange(start..<end, with: new[start..<end])
        return true
      }
      let system = SimulatedFileSystem(disk)
      let reader = try StoreDirectory.openReadOnly(
        TestStore.path, fileSystem: system, options: test.options)
      #expect(try reader.log.view().check(records) == (6, true))
      // The writer goes on, and what has come is found where the reader left off.
      let writing = try system.open(name, .readWrite)
      try writing.writeAll(new, at: 0)
      #expect(try reader.follow { _, _ in })
      #expect(try reader.log.view().check(records) == (36, true))
    }
  }

  @Test func damageIsNotTakenForABatchOnItsWay() throws {
    let test = try TestStore()
    for _ in 0..<3 { try test.store.log.append(records, count: 4) }
    let view = test.store.log.view()
    var disk = test.system.disk
    // A byte of the second batch, which the third shows to be durable.
    let offset = SegmentHeader.byteCount + (view.byteCount(from: SequenceNumber(1))) / 2
    _ = disk.edit("/store/log-1.seg") { bytes in
      bytes[offset] ^= 0x40
      return true
    }
    let error = storeError { () throws(StoreError) in
      _ = try StoreDirectory.openReadOnly(
        TestStore.path, fileSystem: SimulatedFileSystem(disk), options: test.options)
    }
    #expect(error?.code == .corrupt)
  }

  @Test func aReaderThatFindsTheManifestReplacedReadsItAgain() throws {
    let test = try TestStore()
    try test.store.log.append(records, count: 3)
    var seen: [UInt64] = []
    let gone = StoreError(.corrupt, "a file is missing")
    let last = try StoreDirectory.reading(TestStore.path, test.system) {
      (manifest, _) throws(StoreError) in
      seen.append(manifest.checkpoint.value)
      guard seen.count < 3 else { return manifest.checkpoint.value }
      // The writer is faster, and the file is gone.
      do { try CrashWorkload.checkpoint(test.store) } catch { Issue.record("\(error)") }
      try test.store.log.append(records, count: 2)
      throw gone
    }
    #expect(seen == [0, 3, 5] && last == 5)
    // Without another manifest the error stands.
    #expect(
      storeError { () throws(StoreError) in
        try StoreDirectory.reading(TestStore.path, test.system) {
          (_, _) throws(StoreError) in throw gone
        }
      } == gone)
    let reader = try StoreDirectory.openReadOnly(
      TestStore.path, fileSystem: test.system, options: test.options)
    #expect(try !reader.isReplaced())
    try test.store.commit { $0.scalars = [9] }
    #expect(try reader.isReplaced())
    // What it has open stays as it was.
    #expect(try reader.log.view().check(records) == (7, true))
  }

  @Test(arguments: [true, false])
  func aWriterKnowsOfReadersOfFilesThatItHasReplaced(isPosix: Bool) throws {
    let directory = TemporaryDirectory()
    let system: any FileSystem = isPosix ? PosixFileSystem() : SimulatedFileSystem()
    let path = isPosix ? directory.path + "/store" : "/store"
    let store = try StoreDirectory.create(
      path, fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: StorageOptions())
    func reader() throws -> StoreDirectory {
      try StoreDirectory.openReadOnly(path, fileSystem: system)
    }
    #expect(try !store.hasReaders(before: store.generation))
    var first: StoreDirectory? = try reader()
    var second: StoreDirectory? = try reader()
    #expect(try first?.hasWriter() == true)
    // They have the files that there are.
    #expect(try !store.hasReaders(before: store.generation))
    _ = store.allocateFileNumber()
    try store.commit { $0.scalars = [1] }
    #expect(try store.hasReaders(before: store.generation))
    let third = try reader()
    first = nil
    #expect(try store.hasReaders(before: store.generation))
    var mark = second?.readerMark()
    second = nil
    #expect(try store.hasReaders(before: store.generation))
    #expect(mark != nil)
    mark = nil
    #expect(try !store.hasReaders(before: store.generation))
    withExtendedLifetime(third) {}
    // Nor do readers keep a writer out.
    store.close()
    #expect(try !third.hasWriter())
    let next = try StoreDirectory.open(path, fileSystem: system, options: StorageOptions())
    #expect(try third.hasWriter())
    next.close()
  }

  @Test func aStoreWithoutATipIsReadThroughOnce() throws {
    let test = try TestStore()
    for _ in 0..<7 { try test.store.log.append(records, count: 4) }
    try CrashWorkload.checkpoint(test.store)
    var disk = test.system.disk
    _ = disk.edit("/store/MANIFEST") { bytes in
      guard var manifest = try? Manifest(bytes.span.bytes) else { return false }
      manifest.tip = nil
      bytes = manifest.encode()
      return true
    }
    let reader = try StoreDirectory.openReadOnly(
      TestStore.path, fileSystem: SimulatedFileSystem(disk), options: test.options)
    #expect(try reader.log.view().check(records) == (28, true))
  }

  @Test func readersInOtherThreadsSeeWholeBatchesOnly() async throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/store"
    let store = try StoreDirectory.create(
      path, fileSystem: PosixFileSystem(), storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: StorageOptions(segmentBytesMax: 6000, blockBytes: 300, reserveBytes: 4096))
    let records = records
    let reading = Task.detached {
      var last = 0
      while last < 600 {
        let reader = try StoreDirectory.openReadOnly(path, fileSystem: PosixFileSystem())
        let (count, isRight) = try reader.log.view().check(records)
        guard isRight, count >= last, count.isMultiple(of: 3) else { return false }
        last = count
      }
      return true
    }
    for _ in 0..<200 {
      try store.log.append(records, count: 3)
      try CrashWorkload.checkpoint(store)
    }
    #expect(try await reading.value)
    store.close()
  }

  @Test func whatIsNoStoreIsRefused() throws {
    let system = SimulatedFileSystem()
    try system.createDirectory("/store")
    let error = storeError { () throws(StoreError) in
      _ = try StoreDirectory.openReadOnly("/store", fileSystem: system)
    }
    #expect(error?.code == .notAStore)
    for isClosed in [true, false] {
      let fixture = try CorruptionTests.fixture(isClosed: isClosed)
      for file in fixture.files {
        var lost = fixture.disk
        lost.remove("/store/\(file)")
        let error = storeError { () throws(StoreError) in
          _ = try StoreDirectory.openReadOnly("/store", fileSystem: SimulatedFileSystem(lost))
        }
        #expect(error?.code == (file == "MANIFEST" ? .notAStore : .corrupt))
      }
    }
  }
}
