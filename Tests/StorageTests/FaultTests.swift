// Calls that fail: every call of a run, once and for good, in every way.

import Bytes
import Glibc
import Storage
import StorageSimulation
import Testing

@Suite struct FaultTests {
  static let records = TestRecords()
  static let options = StorageOptions(
    segmentBytesMax: 1500, blockBytes: 300, reserveBytes: 700
  ).packing
  static let batches = [2, 9, 1, 14, 3, 1, 6]

  /// Creates a store, fills it and reopens it half way; a batch that found no space is tried again.
  ///
  /// - Returns: The number of acknowledged records, or nil if not even creation was.
  private func run(_ system: SimulatedFileSystem) -> (acknowledged: Int?, errors: [StoreError]) {
    var acknowledged: Int?
    var errors: [StoreError] = []
    do throws(StoreError) {
      var store = try StoreDirectory.create(
        "/store", fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
        options: Self.options)
      acknowledged = 0
      for (index, count) in Self.batches.enumerated() {
        if index == 4 {
          store.close()
          store = try StoreDirectory.open("/store", fileSystem: system, options: Self.options)
        }
        for attempt in 0..<2 {
          do {
            try store.log.append(Self.records, count: count)
            acknowledged = (acknowledged ?? 0) + count
            break
          } catch {
            errors.append(error)
            // After a failure other than space, nothing is written and nothing is synced again.
            if attempt == 0, error.code != .noSpace {
              let syncs = system.syncCount
              let again = storeError { () throws(StoreError) in
                try store.log.append(Self.records, count: count)
              }
              #expect(again == error, "the error of a poisoned log must be stable")
              #expect(storeError { () throws(StoreError) in try store.log.reserve(1) } == error)
              #expect(storeError { () throws(StoreError) in try store.commit { _ in } } == error)
              #expect(system.syncCount == syncs)
              #expect((try? store.log.view().check(Self.records).isRight) ?? true)
              throw error
            }
          }
        }
      }
      store.close()
    } catch {
      errors.append(error)
    }
    return (acknowledged, errors)
  }

  /// Opens what a failed run left, with no more faults, and checks it.
  private func check(_ disk: DiskState, acknowledged: Int?, _ place: String) throws {
    let system = SimulatedFileSystem(disk)
    let store: StoreDirectory
    do {
      store = try StoreDirectory.open("/store", fileSystem: system, options: Self.options)
    } catch {
      guard error.code == .notAStore, acknowledged == nil else {
        Issue.record("\(place): \(error)")
        return
      }
      store = try StoreDirectory.create(
        "/store", fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
        options: Self.options)
    }
    let (count, isRight) = try store.log.view().check(Self.records)
    #expect(isRight && count >= acknowledged ?? 0, "\(place): \(count) of \(acknowledged ?? 0)")
    try store.log.append(Self.records, count: 3)
    #expect(try store.log.view().check(Self.records) == (count + 3, true), "\(place)")
  }

  @Test(arguments: Fault.Kind.allCases, [false, true])
  func everyCallMayFail(_ kind: Fault.Kind, _ isSticky: Bool) throws {
    let clean = SimulatedFileSystem()
    #expect(run(clean).errors.isEmpty)
    for index in 0..<clean.callCount {
      let system = SimulatedFileSystem()
      system.faults = [Fault(at: index, kind, isSticky: isSticky)]
      let (acknowledged, errors) = run(system)
      // Interrupted and short calls are not failures at all.
      if !isSticky, kind == .interrupted || kind == .short {
        #expect(errors.isEmpty, "call \(index): \(errors)")
      }
      let place = "\(kind) at call \(index), sticky \(isSticky)"
      // The process dies with the cache intact, or the power fails as well.
      try check(system.disk, acknowledged: acknowledged, place)
      try check(
        system.disk.crashed(.allLost, seed: 0), acknowledged: acknowledged, place + ", power")
    }
  }

  @Test func aFullDiskRefusesAndGoesOnWhenThereIsSpace() throws {
    let test = try TestStore(Self.options)
    try test.store.log.append(Self.records, count: 4)
    for budget in stride(from: test.system.disk.byteCount, to: 9000, by: 97) {
      test.system.byteBudget = budget
      let before = test.store.log.nextSequence
      let error = storeError { () throws(StoreError) in
        try test.store.log.append(Self.records, count: 5)
      }
      #expect(error == nil || error?.code == .noSpace, "\(budget): \(error.debugDescription)")
      #expect(test.store.failure == nil)
      let grown = error == nil ? 5 : 0
      #expect(test.store.log.nextSequence.value == before.value + UInt64(grown))
    }
    test.system.byteBudget = .max
    try test.store.log.append(Self.records, count: 5)
    #expect(test.store.manifest.segments.count > 1)
    let total = Int(test.store.log.durableSequence.value)
    #expect(try test.store.log.view().check(Self.records) == (total, true))
    let after = SimulatedFileSystem(test.system.disk.crashed(.allLost, seed: 0))
    let store = try StoreDirectory.open("/store", fileSystem: after, options: Self.options)
    #expect(try store.log.view().check(Self.records) == (total, true))
  }

  @Test func aFullSegmentIsSealedOnlyWithSpaceForItsFooter() throws {
    var test = try TestStore(Self.options)
    try test.store.log.append(Self.records, count: 30)
    try test.reopen()
    for room in stride(from: 0, to: 400, by: 20) {
      test.system.byteBudget = test.system.disk.byteCount + room
      let error = storeError { () throws(StoreError) in
        try test.store.log.append(Self.records, count: 30)
      }
      #expect(error?.code == .noSpace)
      #expect(test.store.failure == nil)
    }
    test.system.byteBudget = .max
    try test.store.log.append(Self.records, count: 30)
    #expect(try test.store.log.view().check(Self.records) == (60, true))
    #expect(test.store.manifest.segments.count == 2)
  }

  @Test func aReservationHoldsWhatItPromises() throws {
    let test = try TestStore(StorageOptions(blockBytes: 300, reserveBytes: 700))
    let batch = Self.records.batch(from: SequenceNumber(1), count: 30)
    try test.store.log.reserve(batch.byteCount)
    test.system.byteBudget = test.system.disk.byteCount
    try test.store.log.append(batch, names: TestRecords.name)
    #expect(try test.store.log.view().check(Self.records) == (30, true))
  }

  @Test func aFailedSyncPoisonsAndIsNeverRepeated() throws {
    let test = try TestStore(StorageOptions(blockBytes: 300))
    try test.store.log.append(Self.records, count: 2)
    try test.store.log.reserve(2000)
    // The next batch is one write and one sync.
    test.system.faults = [Fault(at: test.system.callCount + 1, .syncDropsData)]
    let error = storeError { () throws(StoreError) in
      try test.store.log.append(Self.records, count: 2)
    }
    #expect(error?.code == .poisoned)
    #expect(error?.message.contains("reopen") == true)
    let syncs = test.system.syncCount
    for _ in 0..<3 {
      #expect(
        storeError { () throws(StoreError) in try test.store.log.append(Self.records, count: 2) }
          == error)
      #expect(storeError { () throws(StoreError) in try test.store.commit { _ in } } == error)
    }
    // Reads go on.
    #expect(try test.store.log.view().check(Self.records) == (2, true))
    test.store.close()
    #expect(test.system.syncCount == syncs)
    let store = try StoreDirectory.open("/store", fileSystem: test.system, options: test.options)
    #expect(try store.log.view().check(Self.records) == (2, true))
  }

  @Test func aManifestThatFindsNoSpaceChangesNothing() throws {
    let test = try TestStore()
    try test.store.log.append(Self.records, count: 2)
    let before = test.store.manifest
    test.system.byteBudget = test.system.disk.byteCount + 20
    #expect(
      storeError { () throws(StoreError) in
        try test.store.commit { $0.scalars = [1, 2, 3] }
      }?.code == .noSpace)
    #expect(test.store.manifest == before && test.store.failure == nil)
    test.system.byteBudget = .max
    try test.store.commit { $0.scalars = [1, 2, 3] }
    #expect(test.store.manifest.scalars == [1, 2, 3])
  }
}
