// Files that do not hold what was written: each byte damaged, each length cut, files missing, swapped
// or from elsewhere. The answer is an error that names the place, or a reported cut; never a wrong
// record, and never a trap.

import Bytes
import Glibc
@testable import Storage
import StorageSimulation
import Testing

@Suite struct CorruptionTests {
  static let records = TestRecords()
  static let options = StorageOptions(
    segmentBytesMax: 1200, blockBytes: 300, reserveBytes: 512
  ).packing
  static let batches = [3, 9, 2, 4, 1, 12, 2, 1, 3]

  /// A store of several segments, with a checkpoint inside the active one.
  struct Fixture {
    var disk: DiskState
    var files: [String]
    var total: Int
    var checkpoint: Int
    var boundaries: Set<Int>
    /// Whether it was closed, so that the manifest knows where the log ends; else it ended as by a kill.
    var isClosed: Bool
  }

  static func fixture(isClosed: Bool = true) throws -> Fixture {
    let test = try TestStore(options)
    var boundaries: Set<Int> = [0]
    var checkpoint = 0
    for (index, count) in batches.enumerated() {
      try test.store.log.append(records, count: count)
      boundaries.insert(Int(test.store.log.durableSequence.value))
      if index == batches.count - 3 {
        let last = test.store.log.durableSequence
        try test.store.commit { $0.checkpoint = last }
        checkpoint = Int(last.value)
      }
    }
    #expect(test.store.manifest.segments.count > 2)
    let files = test.store.manifest.segments.map { "log-\($0.number).seg" } + ["MANIFEST"]
    if isClosed { test.store.close() }
    var disk = test.system.disk
    disk.settle()
    return Fixture(
      disk: disk, files: files, total: 37, checkpoint: checkpoint, boundaries: boundaries,
      isClosed: isClosed)
  }

  /// Opens a damaged store and reads all of it in every way.
  private func outcome(_ disk: DiskState) -> Result<
    (count: Int, isRight: Bool, torn: Int), StoreError
  > {
    do throws(StoreError) {
      let store = try StoreDirectory.open(
        "/store", fileSystem: SimulatedFileSystem(disk), options: Self.options)
      let view = store.log.view()
      var count = 0
      var isRight = true
      try view.symbols { symbol, name in
        if name.toArray() != TestRecords.name(symbol) { isRight = false }
      }
      let cursor = LogCursor()
      try view.scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
        (record) throws(StoreError) in
        count += 1
        if record.sequence.value != UInt64(count) || !Self.records.matches(record) {
          isRight = false
        }
      }
      if count > 0 {
        try view.withRecord(at: SequenceNumber(UInt64(count)), cursor) {
          (record) throws(StoreError) in
          if !Self.records.matches(record) { isRight = false }
        }
      }
      return .success((count, isRight, store.recovery?.tornByteCount ?? 0))
    } catch {
      return .failure(error)
    }
  }

  private func judge(_ disk: DiskState, _ fixture: Fixture, _ place: String) -> StoreError? {
    switch outcome(disk) {
    case .failure(let error):
      #expect(error.code == .corrupt || error.code == .newerFormat, "\(place): \(error)")
      #expect(error.file != nil && error.offset != nil, "\(place): \(error)")
      return error
    case .success(let found):
      #expect(found.isRight, "\(place): a wrong record")
      #expect(fixture.boundaries.contains(found.count), "\(place): part of a batch")
      #expect(found.count >= fixture.checkpoint, "\(place): what was known to be durable is gone")
      #expect(found.count == fixture.total || found.torn > 0, "\(place): a silent cut")
      #expect(found.count == fixture.total || !fixture.isClosed, "\(place): a closed log was cut")
      return nil
    }
  }

  @Test(arguments: [true, false]) func everyFlippedByteIsFound(isClosed: Bool) throws {
    let fixture = try Self.fixture(isClosed: isClosed)
    var (found, cut) = (0, 0)
    for file in fixture.files {
      let size = try #require(fixture.disk.visibleFiles["/store/\(file)"]).count
      for offset in 0..<size {
        var disk = fixture.disk
        _ = disk.edit("/store/\(file)") { bytes in
          bytes[offset] ^= offset % 3 == 0 ? 0xFF : UInt8(1) << UInt8(offset % 8)
          return true
        }
        let error = judge(disk, fixture, "\(file) offset \(offset)")
        if let error {
          #expect(error.file == file, "\(file) offset \(offset): \(error)")
          found += 1
        } else {
          cut += 1
        }
      }
    }
    print("flipped bytes: \(found) found, \(cut) cut as a torn tail and reported")
    #expect(found > 1000 && (cut > 0) == !isClosed)
  }

  @Test(arguments: [true, false]) func everyTruncationIsFoundOrCut(isClosed: Bool) throws {
    let fixture = try Self.fixture(isClosed: isClosed)
    let active = fixture.files[fixture.files.count - 2]
    for file in fixture.files {
      let size = try #require(fixture.disk.visibleFiles["/store/\(file)"]).count
      for length in 0..<size {
        var disk = fixture.disk
        _ = disk.edit("/store/\(file)") { bytes in
          bytes.removeSubrange(length...)
          return true
        }
        guard file == active else {
          let error = judge(disk, fixture, "\(file) cut to \(length)")
          #expect(error?.code == .corrupt)
          continue
        }
        // The end of the active segment can be missing without a trace if it was cut between two
        // batches; but never below what the manifest knows, and after closing it knows all.
        switch outcome(disk) {
        case .failure(let error): #expect(error.code == .corrupt && error.file == file)
        case .success(let found):
          #expect(found.isRight && fixture.boundaries.contains(found.count))
          #expect(found.count >= fixture.checkpoint && !isClosed)
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func aZeroedOrRepeatedStretchIsNeverAWrongAnswer(isClosed: Bool) throws {
    let fixture = try Self.fixture(isClosed: isClosed)
    var random = SeededRandom(42)
    for round in 0..<1500 {
      var disk = fixture.disk
      let file = fixture.files[random.below(fixture.files.count)]
      _ = disk.edit("/store/\(file)") { bytes in
        let start = random.below(bytes.count)
        let length = 1 + random.below(min(200, bytes.count - start))
        let from = random.below(bytes.count - length + 1)
        let source =
          round % 2 == 0
          ? [UInt8](repeating: 0, count: length) : Array(bytes[from..<(from + length)])
        bytes.replaceSubrange(start..<(start + length), with: source)
        return true
      }
      if disk.visibleFiles == fixture.disk.visibleFiles { continue }
      _ = judge(disk, fixture, "seed 42 round \(round), \(file)")
    }
  }

  @Test(.enabled(if: StorageOptions.canPlant)) func damageBelowADurableBlockIsNotATornTail() throws
  {
    // The first block of the active segment, followed by acknowledged batches.
    let fixture = try Self.fixture()
    let active = fixture.files[fixture.files.count - 2]
    var disk = fixture.disk
    _ = disk.flip("/store/\(active)", at: 64 + 104)
    let error = judge(disk, fixture, "first block")
    #expect(error?.code == .corrupt && error?.offset == 64)
    // Without the search for later blocks the store would have dropped them.
    let careless = Self.options.planting(.noEvidenceSearch)
    var unknown = disk
    _ = unknown.edit("/store/MANIFEST") { bytes in
      guard var manifest = try? Manifest(bytes.span.bytes) else { return false }
      manifest.checkpoint = SequenceNumber(0)
      manifest.tip = nil
      bytes = manifest.encode()
      return true
    }
    let store = try StoreDirectory.open(
      "/store", fileSystem: SimulatedFileSystem(unknown), options: careless)
    #expect(store.log.durableSequence.value < UInt64(fixture.total))
  }

  @Test(.enabled(if: StorageOptions.canPlant)) func anOldTailNeverContinuesANewOne() throws {
    // Two histories of one log: the second overwrote the first block of the first, and the disk
    // brought the second block of the first back.
    let options = StorageOptions(blockBytes: 300, reserveBytes: 4096)
    func history(_ byte: UInt8) throws -> DiskState {
      let test = try TestStore(options)
      for _ in 0..<2 {
        var batch = RecordBatch(firstSequence: test.store.log.nextSequence)
        let payload = [byte, byte ^ 1, byte ^ 2, byte ^ 3]
        batch.begin(
          kind: 1, receivedAt: Timestamp(milliseconds: 0), source: SourceID(1),
          payload: payload.span.bytes)
        try test.store.log.append(batch) { _ in [] }
      }
      return test.system.disk
    }
    var disk = try history(10)
    let new = try #require(try history(20).visibleFiles["/store/log-1.seg"])
    let second = 64 + BlockHeader.blockByteCount(stored: 4 + 5)
    _ = disk.edit("/store/log-1.seg") { bytes in
      bytes.replaceSubrange(0..<second, with: new[..<second])
      return true
    }
    let careless = options.planting(.noChain)
    for (options, last) in [(options, 1), (careless, 2)] {
      let store = try StoreDirectory.open(
        "/store", fileSystem: SimulatedFileSystem(disk), options: options)
      #expect(store.log.durableSequence.value == UInt64(last))
      #expect((store.recovery != nil) == (last == 1))
    }
  }
}
