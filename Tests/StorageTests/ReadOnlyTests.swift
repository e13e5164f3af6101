// Reading a store concurrently with its writer: nothing is locked and nothing changed, and what is read is the last
// checkpoint, whatever the writer does meanwhile.

import Bytes
import StorageSimulation
import Testing

@testable import Storage

@Suite struct ReadOnlyTests {
  private let records = TestRecords()

  @Test func aReaderSeesTheCheckpointWhileTheStoreIsOpen() throws {
    let test = try TestStore()
    func count() throws -> Int {
      let reader = try ReadOnlyDirectory.open(
        TestStore.path, fileSystem: test.system, options: test.options)
      let (count, isRight) = try reader.log.check(records)
      #expect(isRight && reader.log.nextSequence.value == UInt64(count) + 1)
      #expect(
        storeError { () throws(StoreError) in
          try reader.log.withRecord(at: reader.log.nextSequence, LogCursor()) { (_) in }
        }?.code == .noSuchRecord)
      return count
    }
    #expect(try count() == 0)
    try test.store.log.append(records, count: 9)
    #expect(try count() == 0)
    try CrashWorkload.checkpoint(test.store)
    #expect(try count() == 9)
    // After the checkpoint, in the same segment and in others.
    let calls = test.system.trace.count
    for _ in 0..<40 {
      try test.store.log.append(records, count: 5)
      let before = test.system.trace.count
      #expect(try count() == 9)
      #expect(test.system.trace.count == before)
    }
    #expect(test.store.manifest.segments.count > 2 && test.system.trace.count > calls)
    try CrashWorkload.checkpoint(test.store)
    #expect(try count() == 209)
  }

  @Test func aReaderThatFindsTheManifestReplacedReadsItAgain() throws {
    let test = try TestStore()
    try test.store.log.append(records, count: 3)
    var seen: [UInt64] = []
    let gone = StoreError(.corrupt, "a file is missing")
    let last = try ReadOnlyDirectory.reading(TestStore.path, test.system) {
      (manifest) throws(StoreError) in
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
        try ReadOnlyDirectory.reading(TestStore.path, test.system) {
          (_) throws(StoreError) in throw gone
        }
      } == gone)
    let reader = try ReadOnlyDirectory.open(
      TestStore.path, fileSystem: test.system, options: test.options)
    #expect(try !reader.isReplaced())
    try test.store.commit { $0.scalars = [9] }
    #expect(try reader.isReplaced())
    // What it has open stays as it was.
    #expect(try reader.log.check(records) == (5, true))
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
    let reader = try ReadOnlyDirectory.open(
      TestStore.path, fileSystem: SimulatedFileSystem(disk), options: test.options)
    #expect(try reader.log.check(records) == (28, true))
  }

  @Test func readersInOtherThreadsSeeWholeCheckpointsOnly() async throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/store"
    let store = try StoreDirectory.create(
      path, fileSystem: PosixFileSystem(), storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: StorageOptions(segmentBytesMax: 6000, blockBytes: 300, reserveBytes: 4096))
    let records = records
    let reading = Task.detached {
      var last = 0
      while last < 600 {
        let reader = try ReadOnlyDirectory.open(path, fileSystem: PosixFileSystem())
        let (count, isRight) = try reader.log.check(records)
        guard isRight, count >= last, count == reader.manifest.checkpoint.value else {
          return false
        }
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
      _ = try ReadOnlyDirectory.open("/store", fileSystem: system)
    }
    #expect(error?.code == .notAStore)
    for isClosed in [true, false] {
      let fixture = try CorruptionTests.fixture(isClosed: isClosed)
      for file in fixture.files {
        var lost = fixture.disk
        lost.remove("/store/\(file)")
        let error = storeError { () throws(StoreError) in
          _ = try ReadOnlyDirectory.open("/store", fileSystem: SimulatedFileSystem(lost))
        }
        #expect(error?.code == (file == "MANIFEST" ? .notAStore : .corrupt))
      }
    }
  }
}
