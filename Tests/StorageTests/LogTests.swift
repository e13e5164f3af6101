// The log as its callers see it, on disks that work.

import Bytes
import Storage
import StorageSimulation
import Testing

/// A store on a simulated disk.
struct TestStore {
  let system: SimulatedFileSystem
  var store: StoreDirectory
  var options: StorageOptions
  static let path = "/store"

  init(
    _ options: StorageOptions = StorageOptions(
      segmentBytesMax: 4000, blockBytes: 300, reserveBytes: 1024
    ).packing
  ) throws(StoreError) {
    self.options = options
    system = SimulatedFileSystem()
    store = try StoreDirectory.create(
      Self.path, fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: options)
  }

  mutating func reopen() throws(StoreError) {
    store.close()
    store = try StoreDirectory.open(Self.path, fileSystem: system, options: options)
  }
}

/// The error that a call throws.
func storeError(_ body: () throws(StoreError) -> Void) -> StoreError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct LogTests {
  let records = TestRecords()

  @Test(arguments: [1, 7, 50]) func recordsComeBackAsTheyWere(batchSize: Int) throws {
    var test = try TestStore()
    for _ in 0..<(150 / batchSize) { try test.store.log.append(records, count: batchSize) }
    let total = 150 / batchSize * batchSize
    #expect(test.store.manifest.segments.count > 1)
    #expect(try test.store.log.view().check(records) == (total, true))
    try test.reopen()
    #expect(test.store.recovery == nil)
    #expect(try test.store.log.view().check(records) == (total, true))
    #expect(test.store.log.durableSequence.value == UInt64(total))
  }

  @Test func everyRangeIsScannedExactly() throws {
    let test = try TestStore()
    for _ in 0..<12 { try test.store.log.append(records, count: 4) }
    let view = test.store.log.view()
    for from in stride(from: UInt64(1), through: 49, by: 3) {
      for through in stride(from: from, through: 52, by: 5) {
        var seen: [UInt64] = []
        try view.scan(from: SequenceNumber(from), through: SequenceNumber(through)) {
          (record) throws(StoreError) in seen.append(record.sequence.value)
        }
        #expect(seen == (from...through).filter { $0 <= 48 })
      }
    }
  }

  @Test func pointReadsFindEveryRecord() throws {
    let test = try TestStore()
    for count in [1, 30, 2, 40, 1, 1] { try test.store.log.append(records, count: count) }
    let view = test.store.log.view()
    let cursor = LogCursor(blocks: 2)
    var order = Array(UInt64(1)...75)
    var random = SeededRandom(5)
    order.shuffle(using: &random)
    for sequence in order + order {
      let isRight = try view.withRecord(at: SequenceNumber(sequence), cursor) {
        (record) throws(StoreError) in
        record.sequence.value == sequence && records.matches(record)
      }
      #expect(isRight)
    }
    for sequence: UInt64 in [0, 76, .max] {
      let error = storeError { () throws(StoreError) in
        try view.withRecord(at: SequenceNumber(sequence), cursor) { (_) throws(StoreError) in }
      }
      #expect(error?.code == .noSuchRecord)
    }
  }

  @Test func aViewNeverChanges() throws {
    let test = try TestStore()
    try test.store.log.append(records, count: 5)
    let view = test.store.log.view()
    for _ in 0..<30 { try test.store.log.append(records, count: 5) }
    #expect(test.store.manifest.segments.count > 1)
    #expect(try view.check(records) == (5, true))
    #expect(view.nextSequence.value == 6)
    test.store.close()
    #expect(try view.check(records) == (5, true))
  }

  @Test func symbolsTravelWithEverySegmentThatUsesThem() throws {
    var test = try TestStore()
    for _ in 0..<30 { try test.store.log.append(records, count: 5) }
    func names(_ view: LogView) throws -> [Symbol: [Int]] {
      var found: [Symbol: [Int]] = [:]
      try view.symbols { symbol, name in
        #expect(name.toArray() == TestRecords.name(symbol))
        found[symbol, default: []].append(1)
      }
      return found
    }
    let before = try names(test.store.log.view())
    #expect(before.count == 13)
    #expect(before[Symbol(5)]?.count == test.store.manifest.segments.count)
    try test.reopen()
    #expect(try names(test.store.log.view()) == before)
  }

  @Test func namesThatFillBlocksHaveBlocksOfTheirOwn() throws {
    var test = try TestStore()
    var batch = records.batch(from: SequenceNumber(1), count: 3)
    for id in 100..<160 { batch.use(Symbol(UInt32(id))) }
    let long = [UInt8](repeating: 7, count: 250)
    try test.store.log.append(batch) { $0.value < 100 ? TestRecords.name($0) : long }
    try test.reopen()
    var count = 0
    try test.store.log.view().symbols { symbol, name in
      count += 1
      if symbol.value >= 100 { #expect(name.toArray() == long) }
    }
    #expect(count == 63)
    #expect(try test.store.log.view().check(records) == (3, true))
  }

  @Test func batchesAreReadableBeforeTheyAreAppended() {
    var batch = records.batch(from: SequenceNumber(9), count: 12)
    #expect(batch.count == 12 && batch.nextSequence.value == 21)
    for index in 0..<12 {
      let isRight = records.matches(batch.record(at: index))
      #expect(isRight)
    }
    batch.reset(firstSequence: SequenceNumber(40))
    #expect(batch.count == 0 && batch.nextSequence.value == 40)
  }

  @Test func anotherThreadMayDoTheWork() async throws {
    var test = try TestStore()
    let log = test.store.log
    var next = log.nextSequence
    for _ in 0..<20 {
      let batch = records.batch(from: next, count: 6)
      next = batch.nextSequence
      let write = try log.begin(batch, names: TestRecords.name)
      let working = Task.detached { write.perform() }
      // Meanwhile the next batch is built, and space for it is reserved after it.
      let later = records.batch(from: next, count: 6)
      try log.reserve(later.byteCount)
      #expect(
        storeError { () throws(StoreError) in
          _ = try log.begin(later, names: TestRecords.name)
        }?.code == .outOfOrder)
      let before = log.durableSequence.value
      try log.finish(await working.value)
      #expect(log.durableSequence.value == before + 6)
    }
    #expect(test.store.manifest.segments.count > 1)
    try test.reopen()
    #expect(try test.store.log.view().check(records) == (120, true))
  }

  @Test func readersOnOtherThreadsSeeTheirViewWhileTheLogGrows() async throws {
    let directory = TemporaryDirectory()
    let store = try StoreDirectory.create(
      directory.path + "/store", fileSystem: PosixFileSystem(), storeID: TestRecords.storeID,
      seed: TestRecords.seed,
      options: StorageOptions(segmentBytesMax: 6000, blockBytes: 300, reserveBytes: 4096))
    let records = records
    var readers: [Task<Bool, any Error>] = []
    for round in 1...25 {
      try store.log.append(records, count: 7)
      let view = store.log.view()
      readers.append(
        Task.detached {
          let cursor = LogCursor(blocks: 2)
          for sequence in stride(from: UInt64(1), to: UInt64(round * 7), by: 11) {
            let isRight = try view.withRecord(at: SequenceNumber(sequence), cursor) {
              (record) throws(StoreError) in records.matches(record)
            }
            guard isRight else { return false }
          }
          return try view.check(records) == (round * 7, true)
        })
    }
    for reader in readers { #expect(try await reader.value) }
    store.close()
  }

  @Test func whatDoesNotFollowIsRefused() throws {
    let test = try TestStore()
    let log = test.store.log
    let wrong = records.batch(from: SequenceNumber(2), count: 1)
    #expect(
      storeError { () throws(StoreError) in try log.append(wrong, names: TestRecords.name) }?.code
        == .outOfOrder)
    let first = records.batch(from: SequenceNumber(1), count: 1)
    let second = records.batch(from: SequenceNumber(2), count: 1)
    try log.append(first, names: TestRecords.name)
    try log.append(second, names: TestRecords.name)
    #expect(
      storeError { () throws(StoreError) in try log.append(second, names: TestRecords.name) }?.code
        == .outOfOrder)
    #expect(try log.view().check(records) == (2, true))
  }

  @Test func recordsBeyondTheLimitAreRefusedAndNothingIsWritten() throws {
    let test = try TestStore(StorageOptions())
    let log = test.store.log
    for (count, code) in [(28 << 20, StoreError.Code?.some(.tooLarge)), ((28 << 20) - 26, nil)] {
      var batch = RecordBatch(firstSequence: log.nextSequence)
      let payload = [UInt8](repeating: 1, count: count)
      batch.begin(
        kind: 1, receivedAt: Timestamp(milliseconds: 0), source: SourceID(1),
        payload: payload.span.bytes)
      let error = storeError { () throws(StoreError) in try log.append(batch, names: { _ in [] }) }
      #expect(error?.code == code)
    }
    #expect(log.durableSequence.value == 1)
  }

  @Test func anEmptyBatchTouchesNothing() throws {
    let test = try TestStore()
    let calls = test.system.callCount
    try test.store.log.append(records, count: 0)
    #expect(test.system.callCount == calls)
  }

  @Test func openingReadsOnlyFootersOfSealedSegments() throws {
    // Damage inside a sealed block is found when the block is read, not when the store is opened.
    let test = try TestStore()
    for _ in 0..<30 { try test.store.log.append(records, count: 5) }
    test.store.close()
    var disk = test.system.disk
    disk.settle()
    let isFlipped = disk.flip("/store/log-1.seg", at: 64 + 120)
    #expect(isFlipped)
    let system = SimulatedFileSystem(disk)
    let store = try StoreDirectory.open("/store", fileSystem: system, options: test.options)
    do {
      _ = try store.log.view().check(records)
      Issue.record("a damaged block was read")
    } catch let error as StoreError {
      #expect(error.code == .corrupt && error.file == "log-1.seg" && error.offset == 64)
    }
  }
}
