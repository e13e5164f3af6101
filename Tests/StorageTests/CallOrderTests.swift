// The order of calls is the promise: what is written before what is synced before what is renamed.
// Kept as text, so that a change of it is seen and argued about.

import Bytes
import Storage
import StorageSimulation
import Synchronization
import Testing

@Suite struct CallOrderTests {
  private let options = StorageOptions(segmentBytesMax: 600, blockBytes: 300, reserveBytes: 2048)

  private func calls(_ system: SimulatedFileSystem, _ body: () throws -> Void) rethrows -> [String]
  {
    let before = system.trace.count
    try body()
    // Sizes depend on compression; the order does not.
    return system.trace[before...].map { $0.description.replacingDigitsAfterSpace }
  }

  private func create(_ system: SimulatedFileSystem) throws -> StoreDirectory {
    try StoreDirectory.create(
      "/store", fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: options)
  }

  @Test func creation() throws {
    let system = SimulatedFileSystem()
    let made = try calls(system) { _ = try create(system) }
    #expect(
      made == [
        "createDirectory store", "syncDirectory /", "lock LOCK", "setPrivate store",
        "open log-1.seg", "write log-1.seg # at #", "syncData log-1.seg", "syncDirectory store",
        "open MANIFEST.tmp", "write MANIFEST.tmp # at #", "syncData MANIFEST.tmp",
        "rename MANIFEST.tmp to MANIFEST", "syncDirectory store",
      ])
  }

  @Test func appending() throws {
    let system = SimulatedFileSystem()
    let store = try create(system)
    let records = TestRecords()
    #expect(
      try calls(system) { try store.log.append(records, count: 12) } == [
        "allocate log-1.seg to #", "write log-1.seg # at #", "syncData log-1.seg",
      ])
    #expect(
      try calls(system) { try store.log.append(records, count: 1) } == [
        "open log-2.seg", "write log-2.seg # at #", "syncData log-2.seg",
        "open MANIFEST.tmp", "write MANIFEST.tmp # at #", "syncData MANIFEST.tmp",
        "write log-1.seg # at #", "truncate log-1.seg to #", "syncData log-1.seg",
        "syncDirectory store", "rename MANIFEST.tmp to MANIFEST", "syncDirectory store",
        "allocate log-2.seg to #", "write log-2.seg # at #", "syncData log-2.seg",
      ])
    #expect(
      try calls(system) { try store.log.append(records, count: 1) } == [
        "write log-2.seg # at #", "syncData log-2.seg",
      ])
  }

  @Test func checkpointsAndReopening() throws {
    let system = SimulatedFileSystem()
    var store = try create(system)
    try store.log.append(TestRecords(), count: 2)
    try CrashWorkload.checkpoint(store)
    let second = try calls(system) { try CrashWorkload.checkpoint(store) }
    #expect(
      second == [
        "open table-3.run", "write table-3.run # at #", "syncData table-3.run",
        "open MANIFEST.tmp", "write MANIFEST.tmp # at #", "syncData MANIFEST.tmp",
        "syncDirectory store", "rename MANIFEST.tmp to MANIFEST", "syncDirectory store",
        "remove table-2.run",
      ])
    #expect(try calls(system) { store.close() } == ["truncate log-1.seg to #"])
    let opened = try calls(system) {
      store = try StoreDirectory.open("/store", fileSystem: system, options: options)
    }
    #expect(opened == ["syncDirectory store", "syncData log-1.seg"])
    // Left without closing, with reserved space after the end.
    try store.log.append(TestRecords(), count: 1)
    let disk = system.disk
    let crashed = SimulatedFileSystem(disk)
    let again = try calls(crashed) {
      _ = try StoreDirectory.open("/store", fileSystem: crashed, options: options)
    }
    #expect(
      again == [
        "syncDirectory store", "syncData log-1.seg", "truncate log-1.seg to #",
        "syncData log-1.seg",
      ])
  }

  @Test func noManifestIsRenamedBeforeWhatItListsIsDurable() throws {
    let broken = Mutex<[String]>([])
    let renames = Mutex(0)
    let system = SimulatedFileSystem { disk, from, _ in
      renames.withLock { $0 += 1 }
      guard let entries = disk.directories["/store"] else { return }
      func inode(_ name: String) -> Inode? {
        guard case .file(let number) = entries.visible[name] else { return nil }
        return disk.inodes[number]
      }
      guard let temporary = inode("MANIFEST.tmp"), temporary.pending.isEmpty,
        let manifest = try? Manifest(temporary.durable.span.bytes)
      else {
        broken.withLock { $0.append("the manifest itself") }
        return
      }
      let files =
        manifest.segments.map { "log-\($0.number).seg" }
        + manifest.tableRuns.map { "table-\($0.file).run" }
      for file in files where entries.durable[file] == nil || inode(file)?.pending.isEmpty != true {
        broken.withLock { $0.append(file) }
      }
    }
    let store = try create(system)
    for round in 0..<40 {
      try store.log.append(TestRecords(), count: 1 + round % 5)
      if round % 3 == 0 { try CrashWorkload.checkpoint(store) }
    }
    #expect(broken.withLock { $0 } == [])
    #expect(renames.withLock { $0 } > 30)
  }
}

extension String {
  /// Numbers that are words of their own, as `#`.
  fileprivate var replacingDigitsAfterSpace: String {
    split(separator: " ").map { $0.allSatisfy(\.isNumber) ? "#" : String($0) }
      .joined(separator: " ")
  }
}
