// Files that somebody made on purpose: every field may be anything, and the checksums are right.

import Bytes
import StorageSimulation
import Testing

@testable import Storage

@Suite struct HostileBytesTests {
  /// The structures of a file that carry a checksum over what follows it.
  static func structures(_ bytes: [UInt8], _ file: String) -> [Range<Int>] {
    if file == "MANIFEST" { return [0..<bytes.count] }
    var found = [0..<SegmentHeader.byteCount]
    for offset in stride(from: 64, to: bytes.count - 15, by: 8) {
      let magic = Array(bytes[offset..<(offset + 8)])
      if magic == Array("CAIRNBLK".utf8) {
        let stored = (0..<4).reduce(0) { $0 | Int(bytes[offset + 68 + $1]) << (8 * $1) }
        found.append(offset..<(offset + BlockHeader.blockByteCount(stored: stored)))
      } else if magic == Array("CAIRNFTR".utf8) {
        found.append(offset..<bytes.count)
      }
    }
    return found
  }

  static func tamper(_ bytes: inout [UInt8], _ range: Range<Int>, _ random: inout SeededRandom) {
    for _ in 0...random.below(3) {
      let offset = range.lowerBound + 16 + random.below(range.count - 16)
      switch random.below(4) {
      case 0: bytes[offset] = 0xFF
      case 1: bytes[offset] = UInt8(random.below(256))
      case 2: bytes[offset] &+= 1
      default:
        for index in offset..<min(offset + 8, range.upperBound) { bytes[index] = 0xFF }
      }
    }
    let sum = Checksum.of(bytes.span.bytes.extracting((range.lowerBound + 16)..<range.upperBound))
    for index in 0..<8 {
      bytes[range.lowerBound + 8 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))
    }
  }

  @Test func tamperedFilesNeverTrapNorHang() throws {
    let fixtures = [
      try CorruptionTests.fixture(isClosed: true), try CorruptionTests.fixture(isClosed: false),
    ]
    var random = SeededRandom(7)
    var (refused, read) = (0, 0)
    for round in 0..<4000 {
      let fixture = fixtures[round % 2]
      var disk = fixture.disk
      let file = fixture.files[random.below(fixture.files.count)]
      _ = disk.edit("/store/\(file)") { bytes in
        let all = Self.structures(bytes, file)
        Self.tamper(&bytes, all[random.below(all.count)], &random)
        return true
      }
      let error = storeError { () throws(StoreError) in try readAll(disk) }
      if error == nil { read += 1 } else { refused += 1 }
    }
    print("tampered files, seed 7: \(refused) refused, \(read) read")
    #expect(refused > 1000)
  }

  private func readAll(_ disk: DiskState) throws(StoreError) {
    let store = try StoreDirectory.open(
      "/store", fileSystem: SimulatedFileSystem(disk), options: CorruptionTests.options)
    let view = store.log.view()
    try view.symbols { _, _ in }
    let cursor = LogCursor()
    var count: UInt64 = 0
    try view.scan(from: SequenceNumber(0), through: SequenceNumber(.max)) {
      (record) throws(StoreError) in
      count += 1
      try view.withRecord(at: record.sequence, cursor) { (_) throws(StoreError) in }
    }
    try store.log.append(CorruptionTests.records, count: 2)
    try store.commit { $0.scalars = [1] }
    store.close()
  }

  @Test func randomBytesAreNoManifestNorBlock() {
    var random = SeededRandom(11)
    for length in 0..<600 {
      var bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      #expect(storeError { () throws(StoreError) in _ = try Manifest(bytes.span.bytes) } != nil)
      for (index, byte) in "CAIRNBLK".utf8.enumerated() where index < length { bytes[index] = byte }
      if let count = BlockHeader.blockByteCount(at: bytes.span.bytes), count <= length {
        let check = BlockHeader.check(
          bytes.span.bytes.extracting(0..<count), at: 0, in: 1, trusting: true)
        if case .valid = check { Issue.record("noise of \(length) bytes is a block") }
      }
    }
  }

  @Test func nestedBlocksDoNotMakeRecoveryQuadratic() throws {
    // A tail full of block headers that each claim the rest of the file.
    let test = try TestStore(CorruptionTests.options)
    try test.store.log.append(CorruptionTests.records, count: 1)
    var disk = test.system.disk
    disk.settle()
    let size = 400_000
    _ = disk.edit("/store/log-1.seg") { bytes in
      // The last byte of the log's one block is followed by zeros only.
      let start = ((bytes.lastIndex { $0 != 0 } ?? 0) + 8) & ~7
      bytes.removeSubrange(start...)
      for offset in stride(from: start, to: start + size, by: 128) {
        var block = ByteWriter()
        block.append(BlockHeader.magic)
        for _ in 0..<7 { block.u64(1) }
        block.u32(1)
        block.u32(UInt32(start + size - offset - 104))
        block.append([UInt8](repeating: 1, count: 128 - block.count))
        bytes += block.bytes
      }
      return true
    }
    let error = storeError { () throws(StoreError) in
      _ = try StoreDirectory.open(
        "/store", fileSystem: SimulatedFileSystem(disk), options: test.options)
    }
    #expect(error?.code == .corrupt && error?.message.contains("overlapping") == true)
  }
}
