// What blanking touches, what it says and what it refuses, on logs small enough to say it exactly.

import Bytes
import StorageSimulation
import Testing

@testable import Storage

@Suite struct BlankRulesTests {
  let records = TestRecords()
  private static let kind: UInt8 = 200

  /// A store with 100 records in several segments; their symbols are common to all segments.
  private func filled() throws -> TestStore {
    let test = try TestStore(StorageOptions(segmentBytesMax: 1500, blockBytes: 300))
    for _ in 0..<10 { try test.store.log.append(records, count: 10) }
    #expect(test.store.manifest.segments.count > 3)
    return test
  }

  private func blank(
    _ log: Log, _ erased: Set<UInt64>, through last: UInt64 = .max,
    onProgress: (BlankProgress) -> Void = { _ in }
  ) throws(StoreError) -> BlankReport {
    try log.blank(
      through: SequenceNumber(last), kind: Self.kind,
      isErased: { (record) throws(StoreError) in erased.contains(record.sequence.value) },
      symbols: { (record, use) throws(StoreError) in use(records.symbol(record.sequence.value)) },
      onProgress: onProgress)
  }

  /// The sequences that are blank; nil if another record is not as it was.
  private func blanks(_ log: Log) throws -> [UInt64]? {
    var blanks: [UInt64] = []
    var isRight = true
    try log.view().scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
      (record) throws(StoreError) in
      if record.kind == Self.kind {
        blanks.append(record.sequence.value)
      } else if !records.matches(record) {
        isRight = false
      }
    }
    return isRight ? blanks : nil
  }

  @Test func otherSegmentsKeepTheirFiles() throws {
    let test = try filled()
    let before = test.store.manifest.segments
    let files = test.system.disk.visibleFiles
    let first = before[1].firstSequence.value
    var steps: [BlankProgress] = []
    // The second lies beyond what may be blanked.
    let report = try blank(test.store.log, [first + 1, first + 3], through: first + 2) {
      steps.append($0)
    }
    let after = test.store.manifest.segments
    #expect(after.count == before.count)
    for (index, segment) in after.enumerated() where index != 1 {
      #expect(segment == before[index])
      let path = "/store/log-\(segment.number).seg"
      #expect(test.system.disk.visibleFiles[path] == files[path])
    }
    #expect(after[1].number > before.map(\.number).max() ?? 0)
    #expect(after[1].firstSequence == before[1].firstSequence)
    #expect(after[1].lastSequence == before[1].lastSequence)
    var expected = BlankReport()
    expected.recordsBlanked = 1
    expected.segmentsRewritten = 1
    expected.highestBlanked = SequenceNumber(first + 1)
    expected.bytesBefore = before[1].byteCount
    expected.bytesAfter = after[1].byteCount
    #expect(report == expected)
    #expect(test.store.manifest.horizon.value == first + 1)
    #expect(try blanks(test.store.log) == [first + 1])
    #expect(steps.map(\.searched) == Array(1...before.count) + [before.count])
    #expect(steps.map(\.rewritten) == Array(repeating: 0, count: before.count) + [1])
    #expect(steps.last?.segments == before.count && steps.last?.toRewrite == 1)
  }

  @Test func theActiveSegmentIsSealedOnlyIfItMustBe() throws {
    let test = try filled()
    let count = test.store.manifest.segments.count
    _ = try blank(test.store.log, [2])
    #expect(test.store.manifest.segments.count == count)
    #expect(try blank(test.store.log, [2, 100]).recordsBlanked == 1)
    #expect(test.store.manifest.segments.count == count + 1)
    #expect(try blanks(test.store.log) == [2, 100])
    try test.store.log.append(records, count: 5)
    #expect(try blanks(test.store.log) == [2, 100])
    #expect(test.store.log.nextSequence.value == 106)
  }

  @Test func aWholeLogCanBeBlank() throws {
    var test = try filled()
    #expect(try blank(test.store.log, Set(1...100)).recordsBlanked == 100)
    #expect(try blanks(test.store.log) == Array(1...100))
    var names = 0
    try test.store.log.view().symbols { _, _ in names += 1 }
    #expect(names == 0)
    try test.reopen()
    #expect(try blanks(test.store.log) == Array(1...100))
    #expect(test.store.manifest.horizon.value == 100)
  }

  @Test func pointReadsSeeWhatTheirViewSees() throws {
    let test = try filled()
    let cursor = LogCursor()
    let old = test.store.log.view()
    func kind(_ view: LogView) throws -> UInt8 {
      try view.withRecord(at: SequenceNumber(5), cursor) { (record) throws(StoreError) in
        record.kind
      }
    }
    #expect(try kind(old) == 5)
    _ = try blank(test.store.log, [5])
    // The same cursor, which has the old block decoded.
    #expect(try kind(test.store.log.view()) == Self.kind)
    #expect(try kind(old) == 5)
  }

  @Test func nothingIsBlankedWhileABatchIsBeingWritten() throws {
    let test = try filled()
    let write = try test.store.log.begin(
      records.batch(from: test.store.log.nextSequence, count: 2), names: TestRecords.name)
    let error = storeError { () throws(StoreError) in _ = try blank(test.store.log, [1]) }
    #expect(error?.code == .outOfOrder)
    try test.store.log.finish(write.perform())
    #expect(try blank(test.store.log, [1]).recordsBlanked == 1)
    #expect(test.store.log.nextSequence.value == 103)
  }

  @Test func whatTheCallerThrowsLeavesEverythingAsItWas() throws {
    let test = try filled()
    let manifest = test.store.manifest
    let names = Set(try test.system.list("/store"))
    let thrown = StoreError(.gone, "thrown by the caller")
    var asked = 0
    let error = storeError { () throws(StoreError) in
      _ = try test.store.log.blank(
        through: SequenceNumber(40), kind: Self.kind,
        isErased: { (record) throws(StoreError) in record.sequence.value == 1 },
        symbols: { (record, use) throws(StoreError) in
          asked += 1
          // Late enough for the new file to be there.
          if record.sequence.value == 8 { throw thrown }
          use(records.symbol(record.sequence.value))
        })
    }
    #expect(error == thrown && asked > 3)
    #expect(test.store.manifest == manifest && test.store.failure == nil)
    #expect(Set(try test.system.list("/store")) == names)
    #expect(try blanks(test.store.log) == [])
  }

  @Test func aNameThatTheSegmentLacksIsDamage() throws {
    let test = try filled()
    let error = storeError { () throws(StoreError) in
      _ = try test.store.log.blank(
        through: SequenceNumber(40), kind: Self.kind,
        isErased: { (record) throws(StoreError) in record.sequence.value == 1 },
        symbols: { (_, use) throws(StoreError) in use(Symbol(4000)) })
    }
    #expect(error?.code == .corrupt && error?.file == "log-1.seg")
    #expect(try blanks(test.store.log) == [])
  }

  @Test func tamperedSegmentsNeverTrapNorHang() throws {
    // Not closed, so that the manifest does not know the end of the last segment.
    let test = try filled()
    let disk = test.system.disk
    let files = test.store.manifest.segments.map { "log-\($0.number).seg" }
    var random = SeededRandom(13)
    var (refused, done) = (0, 0)
    for _ in 0..<600 {
      var damaged = disk
      _ = damaged.edit("/store/\(files[random.below(files.count)])") { bytes in
        let all = HostileBytesTests.structures(bytes, "log")
        HostileBytesTests.tamper(&bytes, all[random.below(all.count)], &random)
        return true
      }
      let error = storeError { () throws(StoreError) in
        let store = try StoreDirectory.open(
          "/store", fileSystem: SimulatedFileSystem(damaged), options: test.options)
        let erased = Set((0..<3).map { _ in UInt64(1 + random.below(100)) })
        _ = try blank(store.log, erased)
      }
      if error == nil { done += 1 } else { refused += 1 }
    }
    print("tampered segments, seed 13: \(refused) refused, \(done) blanked")
    #expect(refused > 100 && done > 10)
  }
}
