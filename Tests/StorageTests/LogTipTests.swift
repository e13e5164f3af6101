// The log's tip in the manifest: opening reads what lies after it and finds the same end as by reading
// everything; what lies before it is never taken for a torn write.

import Bytes
import StorageSimulation
import Testing

@testable import Storage

@Suite struct LogTipTests {
  private static let path = TestStore.path
  private let records = TestRecords()

  /// A store that ended as by a kill: its active segment holds many marks before the manifest's tip, and
  /// a few batches after it.
  private struct Killed {
    var disk: DiskState
    var options: StorageOptions
    /// Where the manifest says that the log ended.
    var tip: LogTip
    /// Where it ends.
    var end: LogTip
    /// The ends of batches after the tip: offsets in the file, with the records up to there.
    var boundaries: [Int: Int]

    var recordsAtTip: Int { Int(tip.last.value) }
    var records: Int { Int(end.last.value) }
  }

  private func killed() throws -> Killed {
    let options = StorageOptions(blockBytes: 2000, reserveBytes: 1024)
    let test = try TestStore(options)
    while test.store.log.byteCount < 3 * BlockMarks.strideBytes {
      try test.store.log.append(records, count: 100)
    }
    try CrashWorkload.checkpoint(test.store)
    let tip = test.store.log.committed
    var boundaries = [tip.offset: Int(tip.last.value)]
    for count in [1, 12, 3] {
      try test.store.log.append(records, count: count)
      let end = test.store.log.committed
      boundaries[end.offset] = Int(end.last.value)
    }
    var disk = test.system.disk
    disk.settle()
    #expect(test.store.manifest.tip == tip && tip.marks.count >= 3)
    return Killed(
      disk: disk, options: options, tip: tip, end: test.store.log.committed, boundaries: boundaries)
  }

  private func open(_ disk: DiskState, _ options: StorageOptions) throws(StoreError)
    -> StoreDirectory
  {
    try StoreDirectory.open(
      Self.path, fileSystem: SimulatedFileSystem(disk), options: options)
  }

  /// The same disk with a manifest that was edited.
  private func editing(_ disk: DiskState, _ edit: (inout Manifest) -> Void) -> DiskState {
    var disk = disk
    let isEdited = disk.edit("/store/MANIFEST") { bytes in
      guard var manifest = try? Manifest(bytes.span.bytes) else { return false }
      edit(&manifest)
      bytes = manifest.encode()
      return true
    }
    #expect(isEdited)
    return disk
  }

  // MARK: What the tip is

  @Test func itStandsInTheManifestAsOfEachCommitRollAndClose() throws {
    var test = try TestStore(StorageOptions(segmentBytesMax: 2000, blockBytes: 300))
    try test.store.log.append(records, count: 3)
    try test.store.commit { $0.scalars = [1] }
    #expect(test.store.manifest.tip == test.store.log.committed)
    // A write that is on its way, or done and not yet taken note of, is not in it.
    let before = test.store.log.committed
    let write = try test.store.log.begin(
      records.batch(from: SequenceNumber(4), count: 2), names: TestRecords.name)
    try test.store.commit { $0.scalars = [2] }
    #expect(test.store.manifest.tip == before)
    let outcome = write.perform()
    try test.store.commit { $0.scalars = [3] }
    #expect(test.store.manifest.tip == before)
    try test.store.log.finish(outcome)
    while test.store.manifest.segments.count == 1 {
      try test.store.log.append(records, count: 4)
    }
    let tip = try #require(test.store.manifest.tip)
    #expect(tip.isEmpty && tip.segment.number == test.store.manifest.segments.last?.number)
    #expect(tip.next == test.store.manifest.segments.last?.firstSequence)
    #expect(!test.store.log.committed.isEmpty)
    test.store.close()
    let bytes = try #require(test.system.disk.visibleFiles["/store/MANIFEST"])
    let manifest = try Manifest(bytes.span.bytes)
    #expect(manifest.tip == test.store.log.committed)
    let calls = test.system.trace.count
    try test.reopen()
    test.store.close()
    // Nothing came in, so the manifest is as it was.
    #expect(!test.system.trace[calls...].contains { "\($0)".contains("MANIFEST") })
  }

  @Test func openingFindsTheSameEndAsReadingEverything() throws {
    var random = SeededRandom(3)
    for round in 0..<40 {
      let options = StorageOptions(
        segmentBytesMax: round % 3 == 0 ? 30_000 : 1 << 20, blockBytes: 300, reserveBytes: 512)
      var test = try TestStore(options)
      for _ in 0..<(10 + random.below(60)) {
        try test.store.log.append(records, count: 1 + random.below(40))
        if random.chance(20) { try test.store.commit { $0.scalars = [UInt8(round)] } }
        if random.chance(5) { try test.reopen() }
      }
      let disk = test.system.disk
      let known = try open(disk, options)
      let read = try open(editing(disk) { $0.tip = nil }, options)
      #expect(known.log.committed == read.log.committed && known.recovery == nil)
      #expect(known.log.committed == test.store.log.committed)
      #expect(try known.log.view().check(records) == read.log.view().check(records))
    }
  }

  @Test func manyNamesFillASegment() throws {
    let test = try TestStore(StorageOptions(reserveBytes: 4096))
    let name = [UInt8](repeating: 0x61, count: 1 << 20)
    func append(_ symbols: Range<UInt32>) throws {
      var batch = records.batch(from: test.store.log.nextSequence, count: 1)
      for symbol in symbols { batch.use(Symbol(symbol)) }
      try test.store.log.append(batch) { $0.value < 100 ? TestRecords.name($0) : name }
    }
    try append(100..<104)
    try test.store.commit { $0.scalars = [1] }
    let small = try #require(test.store.manifest.tip)
    #expect(small == test.store.log.committed)
    // More than a manifest takes: the tip stays where it was until the next batch begins a segment.
    try append(104..<122)
    try test.store.commit { $0.scalars = [2] }
    #expect(test.store.manifest.tip == small && test.store.manifest.segments.count == 1)
    let again = try open(test.system.disk, test.options)
    #expect(again.log.committed == test.store.log.committed)
    try append(100..<101)
    #expect(test.store.manifest.segments.count == 2)
    try test.store.commit { $0.scalars = [3] }
    #expect(test.store.manifest.tip == test.store.log.committed)
    #expect(try test.store.log.view().check(records) == (3, true))
  }

  // MARK: Before the tip

  @Test func damageBeforeTheTipIsFoundWhenItIsReadAndNeverCut() throws {
    let killed = try killed()
    var damaged = killed.disk
    let isFlipped = damaged.flip("/store/log-1.seg", at: SegmentHeader.byteCount + 120)
    #expect(isFlipped)
    let system = SimulatedFileSystem(damaged)
    let store = try StoreDirectory.open(Self.path, fileSystem: system, options: killed.options)
    #expect(store.recovery == nil && store.log.committed == killed.end)
    let error = storeError { () throws(StoreError) in
      try store.log.view().scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
        (_) throws(StoreError) in
      }
    }
    #expect(error?.code == .corrupt && error?.file == "log-1.seg")
    #expect(error?.offset == SegmentHeader.byteCount)
    // What is sound can still be read, and written to.
    let isRight = try store.log.view().withRecord(
      at: SequenceNumber(UInt64(killed.recordsAtTip)), LogCursor()
    ) { (record) throws(StoreError) in records.matches(record) }
    #expect(isRight)
    try store.log.append(records, count: 2)
    #expect(store.log.durableSequence.value == UInt64(killed.records) + 2)
  }

  @Test func damageRightBeforeTheTipIsRefused() throws {
    let killed = try killed()
    let mark = try #require(killed.tip.marks.marks.last)
    var random = SeededRandom(9)
    for round in 0..<200 {
      var damaged = killed.disk
      let from = Int(mark.offset)
      let place = round == 0 ? killed.tip.offset - 1 : from + random.below(killed.tip.offset - from)
      _ = damaged.flip("/store/log-1.seg", at: place)
      let system = SimulatedFileSystem(damaged)
      let error = storeError { () throws(StoreError) in
        _ = try StoreDirectory.open(Self.path, fileSystem: system, options: killed.options)
      }
      #expect(error?.code == .corrupt && error?.file == "log-1.seg", "offset \(place)")
      #expect((error?.offset ?? .max) <= place && (error?.offset ?? 0) >= from, "offset \(place)")
      #expect(system.disk.visibleFiles == damaged.visibleFiles)
    }
  }

  @Test func aFileThatEndsBeforeTheTipIsRefused() throws {
    let killed = try killed()
    for length in [0, 1, 64, 65, 70_000, killed.tip.offset - 8, killed.tip.offset - 1] {
      var damaged = killed.disk
      _ = damaged.edit("/store/log-1.seg") { bytes in
        bytes.removeSubrange(length...)
        return true
      }
      let system = SimulatedFileSystem(damaged)
      let error = storeError { () throws(StoreError) in
        _ = try StoreDirectory.open(Self.path, fileSystem: system, options: killed.options)
      }
      #expect(error?.code == .corrupt && error?.file == "log-1.seg" && error?.offset == length)
      #expect(system.disk.visibleFiles == damaged.visibleFiles)
      guard StorageOptions.canPlant, (64...70_000).contains(length) else { continue }
      // Without the check opening would put zeros where records were.
      let careless = try open(damaged, killed.options.planting(.tipNotChecked))
      #expect(
        storeError { () throws(StoreError) in
          try careless.log.view().scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
            (_) throws(StoreError) in
          }
        } != nil)
    }
  }

  @Test func anOlderCopyOfTheSegmentIsRefused() throws {
    // The copy is as long, for space was reserved, but its end is not written.
    let options = StorageOptions(blockBytes: 300, reserveBytes: 1 << 20)
    let test = try TestStore(options)
    try test.store.log.append(records, count: 20)
    let old = try #require(test.system.disk.visibleFiles["/store/log-1.seg"])
    try test.store.log.append(records, count: 20)
    try test.store.commit { $0.scalars = [1] }
    var disk = test.system.disk
    disk.settle()
    _ = disk.edit("/store/log-1.seg") { bytes in
      #expect(bytes.count == old.count)
      bytes = old
      return true
    }
    let error = storeError { () throws(StoreError) in _ = try open(disk, options) }
    #expect(error?.code == .corrupt && error?.file == "log-1.seg")
  }

  // MARK: After the tip

  @Test func aTornTailIsCutAtTheLastWholeBatchBehindTheTip() throws {
    let killed = try killed()
    for length in killed.tip.offset..<killed.end.offset {
      var torn = killed.disk
      _ = torn.edit("/store/log-1.seg") { bytes in
        bytes.removeSubrange(length...)
        return true
      }
      let store = try open(torn, killed.options)
      let whole = killed.boundaries.filter { $0.key <= length }.max { $0.key < $1.key }
      #expect(store.log.committed.offset == whole?.key)
      #expect(store.log.durableSequence.value == UInt64(whole?.value ?? 0))
      #expect((store.recovery == nil) == (whole?.key == length))
    }
  }

  @Test func damageBehindTheTipIsToldFromATornTail() throws {
    let killed = try killed()
    let ends = killed.boundaries.keys.sorted()
    for place in stride(from: killed.tip.offset, to: killed.end.offset, by: 7) {
      var damaged = killed.disk
      _ = damaged.flip("/store/log-1.seg", at: place)
      let isLast = place >= ends[ends.count - 2]
      do throws(StoreError) {
        let store = try open(damaged, killed.options)
        #expect(isLast && store.recovery != nil, "offset \(place)")
        #expect(store.log.committed.offset == ends[ends.count - 2], "offset \(place)")
      } catch {
        #expect(!isLast && error.code == .corrupt && error.file == "log-1.seg", "offset \(place)")
      }
    }
  }

  // MARK: Tips that somebody made

  @Test func aTipThatContradictsTheSegmentIsRefused() throws {
    let killed = try killed()
    let edits: [(inout LogTip) -> Void] = [
      { $0.offset += 8 }, { $0.offset -= 8 }, { $0.offset = killed.end.offset },
      { $0.next = SequenceNumber($0.next.value + 1) },
      { $0.next = SequenceNumber($0.next.value - 1) }, { $0.chain ^= 1 },
      {
        $0 = LogTip(empty: $0.segment); $0.chain ^= 1
      },
      { $0.offset = 1 << 50 }, { $0.offset += 1 }, { $0.next = SequenceNumber(.max) },
      { $0.next = SequenceNumber(0) }, { $0.marks = BlockMarks() },
    ]
    for (index, edit) in edits.enumerated() {
      let disk = editing(killed.disk) { manifest in
        guard var tip = manifest.tip else { return }
        edit(&tip)
        manifest.tip = tip
      }
      let system = SimulatedFileSystem(disk)
      let error = storeError { () throws(StoreError) in
        _ = try StoreDirectory.open(Self.path, fileSystem: system, options: killed.options)
      }
      #expect(error?.code == .corrupt && error?.file != nil, "edit \(index)")
      #expect(system.disk.visibleFiles == disk.visibleFiles, "edit \(index)")
    }
  }

  @Test func anEncodedTipIsReadBackOrRefused() throws {
    let tip = try killed().tip
    var out = ByteWriter()
    tip.encode(to: &out)
    var reader = ByteReader(out.bytes.span.bytes)
    #expect(try LogTip(of: tip.segment, decoding: &reader) == tip && reader.isAtEnd)
    for length in 0..<out.count {
      var cut = ByteReader(out.bytes.span.bytes.extracting(0..<length))
      #expect(throws: DecodeError.self) { _ = try LogTip(of: tip.segment, decoding: &cut) }
    }
    var random = SeededRandom(21)
    var refused = 0
    for _ in 0..<4000 {
      var bytes = out.bytes
      for _ in 0...random.below(3) {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      var reader = ByteReader(bytes.span.bytes)
      if (try? LogTip(of: tip.segment, decoding: &reader)) == nil { refused += 1 }
    }
    #expect(refused > 500)
  }
}
