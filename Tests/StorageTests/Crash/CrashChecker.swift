// What must hold after a crash, whatever the disk kept.

import Bytes
import Storage
import StorageSimulation

/// A promise that was broken, in words.
struct Violation: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Opens crashed disks and checks them.
struct CrashChecker: Sendable {
  static let path = CrashWorkload.path
  let options: StorageOptions
  let boundaries: Set<Int>
  private let records = CrashWorkload.records
  private let later = TestRecords(salt: 7)

  init(options: StorageOptions, boundaries: Set<Int>) {
    self.options = options
    self.boundaries = boundaries
  }

  /// Checks everything about one crashed disk; throws the first violation.
  func check(_ disk: DiskState, _ promise: Promise) throws {
    do {
      let system = SimulatedFileSystem(disk)
      try checkReader(system, promise)
      guard let count = try recover(system, promise) else {
        try checkCreation(system)
        return
      }
      try checkAgain(system, count)
      try checkAppend(system, count)
    } catch let error as StoreError {
      throw Violation("\(error.code): \(error)")
    }
  }

  /// A reader sees whole batches and all that was acknowledged, and changes nothing.
  ///
  /// - Returns: How many records it sees; nil if the store was never created.
  @discardableResult
  private func checkReader(_ system: SimulatedFileSystem, _ promise: Promise) throws -> Int? {
    let reader: StoreDirectory
    do {
      reader = try StoreDirectory.openReadOnly(Self.path, fileSystem: system, options: options)
    } catch {
      guard error.code == .notAStore, !promise.isCreated else { throw error }
      return nil
    }
    let (count, isRight) = try reader.log.view().check(records)
    guard isRight, count >= promise.records, boundaries.contains(count) else {
      throw Violation("a reader sees \(count) records, of \(promise.records) acknowledged ones")
    }
    guard (reader.manifest.scalars.first ?? 0) >= promise.checkpoints else {
      throw Violation("a reader does not see a committed checkpoint")
    }
    guard system.trace.allSatisfy({ $0.operation == .syncData }) else {
      throw Violation("a reader changed something")
    }
    return count
  }

  /// Checks a disk whose process died, and which then loses power after a reopening served it.
  func checkServed(_ disk: DiskState, _ promise: Promise) throws {
    do {
      try checkReadersServed(disk, promise)
      let system = SimulatedFileSystem(disk)
      guard let served = try recover(system, promise) else { return }
      let after = SimulatedFileSystem(system.disk.crashed(.allLost, seed: 0))
      var kept = promise
      kept.records = served
      guard try recover(after, kept) == served else {
        throw Violation("records that were served after a reopening are gone")
      }
    } catch let error as StoreError {
      throw Violation("\(error.code): \(error)")
    }
  }

  /// As `checkServed`, when a reader served it.
  private func checkReadersServed(_ disk: DiskState, _ promise: Promise) throws {
    let system = SimulatedFileSystem(disk)
    guard let served = try checkReader(system, promise) else { return }
    let after = SimulatedFileSystem(system.disk.crashed(.allLost, seed: 0))
    var kept = promise
    kept.records = served
    guard try recover(after, kept) ?? 0 >= served else {
      throw Violation("records that were served to a reader are gone")
    }
  }

  /// Every state that the disk goes through while it is opened.
  func recoveryStates(_ disk: DiskState) -> [DiskState] {
    let system = SimulatedFileSystem(disk)
    system.recordHistory()
    _ = try? StoreDirectory.open(Self.path, fileSystem: system, options: options)
    return system.history.map(\.disk)
  }

  /// Opens the store and checks its content; nil if it was never created.
  private func recover(_ system: SimulatedFileSystem, _ promise: Promise) throws -> Int? {
    let store: StoreDirectory
    do {
      store = try StoreDirectory.open(Self.path, fileSystem: system, options: options)
    } catch {
      guard error.code == .notAStore, !promise.isCreated else { throw error }
      return nil
    }
    let (count, isRight) = try store.log.view().check(records)
    guard isRight else { throw Violation("a record has another content") }
    guard count >= promise.records else {
      throw Violation("\(promise.records) records were acknowledged, \(count) are there")
    }
    guard boundaries.contains(count) else { throw Violation("a batch is there in part") }
    guard store.log.nextSequence.value == UInt64(count) + 1 else {
      throw Violation("the next sequence does not follow on the last record")
    }
    guard (store.manifest.scalars.first ?? 0) >= promise.checkpoints else {
      throw Violation("a committed checkpoint is gone")
    }
    try checkFiles(store, system)
    return count
  }

  /// Every listed run is whole, and nothing else lies about.
  private func checkFiles(_ store: StoreDirectory, _ system: SimulatedFileSystem) throws {
    var expected: Set = ["LOCK", "MANIFEST"]
    for segment in store.manifest.segments { expected.insert("log-\(segment.number).seg") }
    for run in store.manifest.tableRuns {
      expected.insert("table-\(run.file).run")
      let file = try? system.open(store.tableRunPath(run.file), .read)
      guard try file?.readBytes(at: 0, count: 300) == CrashWorkload.runBytes(run.file) else {
        throw Violation("a run of the manifest is missing or damaged")
      }
    }
    guard Set(try system.list(Self.path)) == expected else {
      throw Violation("files lie about that no manifest lists")
    }
  }

  /// A creation that was interrupted can be repeated, and the store then works.
  private func checkCreation(_ system: SimulatedFileSystem) throws {
    let store = try StoreDirectory.create(
      Self.path, fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: options)
    try store.log.append(later, count: 2)
    store.close()
    let after = SimulatedFileSystem(system.disk.crashed(.allLost, seed: 0))
    let reopened = try StoreDirectory.open(Self.path, fileSystem: after, options: options)
    guard try reopened.log.view().check(later) == (2, true) else {
      throw Violation("a store created at the second try lost its first batch")
    }
  }

  /// Opening a second time finds the same and has nothing left to repair.
  private func checkAgain(_ system: SimulatedFileSystem, _ count: Int) throws {
    let store = try StoreDirectory.open(Self.path, fileSystem: system, options: options)
    guard store.log.nextSequence.value == UInt64(count) + 1 else {
      throw Violation("a second recovery found another end")
    }
    guard store.recovery == nil else { throw Violation("a second recovery had to cut again") }
    store.close()
  }

  /// The store takes a batch, keeps it through a power failure, and has exactly that much.
  private func checkAppend(_ system: SimulatedFileSystem, _ count: Int) throws {
    let store = try StoreDirectory.open(Self.path, fileSystem: system, options: options)
    try store.log.append(later, count: 4)
    let after = SimulatedFileSystem(system.disk.crashed(.allLost, seed: 0))
    store.close()
    let reopened = try StoreDirectory.open(Self.path, fileSystem: after, options: options)
    var found = 0
    var isRight = true
    try reopened.log.view().scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
      (record) throws(StoreError) in
      found += 1
      let source = record.sequence.value <= UInt64(count) ? records : later
      if record.sequence.value != UInt64(found) || !source.matches(record) { isRight = false }
    }
    guard found == count + 4, isRight else {
      throw Violation("\(count) + 4 records were there, \(found) are after the next commit")
    }
    guard reopened.recovery == nil else { throw Violation("a whole log had to be cut") }
  }
}
