// The bytes of every file of the log, fixed. A change here means that stores written before cannot be
// read any more, so it needs a new format version. To write the files again after such a change, run
// with CAIRN_WRITE_GOLDEN=1 and read the difference.

import Bytes
import Glibc
@testable import Storage
import StorageSimulation
import Testing

@Suite struct GoldenTests {
  private static let directory =
    String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))
    + "/Golden/v6"
  private static let texts = ["first", "second, a little longer", "third"]
  private static let names = ["alpha", "beta 2", "gamma?"]

  /// A store with a sealed segment, an active one, a run and scalars.
  ///
  /// Its blocks are too short to compress, so that the files do not depend on the version of LZ4.
  private func store(_ system: SimulatedFileSystem) throws -> StoreDirectory {
    let store = try StoreDirectory.create(
      "/store", fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: StorageOptions(segmentBytesMax: 400, blockBytes: 64, reserveBytes: 128).packing)
    for round in 0..<2 {
      var batch = RecordBatch(firstSequence: store.log.nextSequence)
      for (index, text) in Self.texts.enumerated() {
        batch.begin(
          kind: UInt8(index + 1), receivedAt: Timestamp(milliseconds: Int64(-1 + index * 1000)),
          source: SourceID(UInt32(300 + round)), payload: Array(text.utf8).span.bytes)
        batch.decide([0xD0, UInt8(index)].span.bytes)
        batch.use(Symbol(UInt32(index + 1)))
      }
      try store.log.append(batch) { Array(Self.names[Int($0.value) - 1].utf8) }
    }
    let number = store.allocateFileNumber()
    try store.commit { manifest in
      manifest.checkpoint = SequenceNumber(4)
      manifest.tableRuns = [
        RunEntry(table: 3, file: number, byteCount: 4096, entryCount: 17, level: 2)
      ]
      manifest.scalars = [1, 2, 3]
    }
    store.close()
    return store
  }

  private func hex(_ bytes: [UInt8]) -> String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
      let digits = String(byte, radix: 16)
      text += digits.utf8.count == 1 ? "0" + digits : digits
      text += index % 32 == 31 ? "\n" : (index % 8 == 7 ? " " : "")
    }
    return text.hasSuffix("\n") ? text : text + "\n"
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { $0.isHexDigit }
    return stride(from: 0, to: digits.count, by: 2).compactMap { position in
      let start = digits.index(digits.startIndex, offsetBy: position)
      return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
    }
  }

  private func read(_ name: String) throws -> [UInt8] {
    let file = try PosixFileSystem().open("\(Self.directory)/\(name).hex", .read)
    let text = try file.readBytes(at: 0, count: try file.size())
    return bytes(String(decoding: text, as: UTF8.self))
  }

  @Test func filesAreWrittenAsTheyAlwaysWere() throws {
    let system = SimulatedFileSystem()
    let store = try store(system)
    #expect(store.manifest.segments.count == 2)
    let files = system.disk.visibleFiles
    for name in ["MANIFEST", "log-1.seg", "log-2.seg"] {
      let written = try #require(files["/store/\(name)"])
      if getenv("CAIRN_WRITE_GOLDEN") != nil {
        let disk = PosixFileSystem()
        let path = "\(Self.directory)/\(name).hex"
        if try disk.exists(path) { try disk.remove(path) }
        try disk.open(path, .create).writeAll(Array(hex(written).utf8), at: 0)
      }
      #expect(hex(written) == hex(try read(name)), "\(name) is written in another way")
    }
  }

  @Test(arguments: [("v3", 0), ("v4", 4), ("v5", 5), ("v6", 6)]) func filesAreReadAsTheyAlwaysWere(
    _ version: String, createdFormat: UInt16
  ) throws {
    var disk = DiskState()
    let empty = SimulatedFileSystem()
    try empty.createDirectory("/store")
    disk = empty.disk
    for name in ["MANIFEST", "log-1.seg", "log-2.seg"] {
      disk.put("/store/\(name)", try read("../\(version)/\(name)"))
    }
    let system = SimulatedFileSystem(disk)
    let store = try StoreDirectory.open(
      "/store", fileSystem: system, options: StorageOptions().packing)
    #expect(store.manifest.createdFormat == createdFormat)
    #expect((store.manifest.tip != nil) == (createdFormat >= 5))
    #expect(store.manifest.storeID == TestRecords.storeID)
    #expect(store.manifest.seed == TestRecords.seed)
    #expect(store.manifest.checkpoint.value == 4)
    #expect(store.manifest.scalars == [1, 2, 3])
    #expect(store.manifest.tableRuns.map(\.entryCount) == [17])
    var dump: [String] = []
    try store.log.view().scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
      (record) throws(StoreError) in
      dump.append(
        "\(record.sequence.value) \(record.kind) \(record.receivedAt.milliseconds) "
          + "\(record.source.value) \(record.payload.toString()) \(record.decisions.toArray())")
    }
    #expect(
      dump == [
        "1 1 -1 300 first [208, 0]", "2 2 999 300 second, a little longer [208, 1]",
        "3 3 1999 300 third [208, 2]", "4 1 -1 301 first [208, 0]",
        "5 2 999 301 second, a little longer [208, 1]", "6 3 1999 301 third [208, 2]",
      ])
  }

  @Test func packedBlocksAreReadByThoseWhoKnowTheFormAlone() throws {
    let system = SimulatedFileSystem()
    _ = try store(system)
    let store = try StoreDirectory.open("/store", fileSystem: system, options: StorageOptions())
    let error = storeError { () throws(StoreError) in
      try store.log.view().scan(from: SequenceNumber(1), through: SequenceNumber(.max)) { _ in }
    }
    #expect(error?.code == .newerFormat && error?.file == "log-1.seg")
  }

  @Test(arguments: ["v1", "v2"]) func aStoreOfAnOlderFormatIsRefused(_ version: String) throws {
    let empty = SimulatedFileSystem()
    try empty.createDirectory("/store")
    var disk = empty.disk
    for name in ["MANIFEST", "log-1.seg", "log-2.seg"] {
      disk.put("/store/\(name)", try read("../\(version)/\(name)"))
    }
    disk.put("/store/LOCK", [])
    let before = disk.visibleFiles
    let system = SimulatedFileSystem(disk)
    #expect {
      _ = try StoreDirectory.open("/store", fileSystem: system, options: StorageOptions())
    } throws: { error in
      (error as? StoreError)?.code == .olderFormat
    }
    #expect(system.disk.visibleFiles == before)
  }

  @Test func aCompressedBlockIsReadAsItAlwaysWas() {
    // LZ4 may compress better one day; what it once wrote must be read forever.
    let stored: [UInt8] = [0x1F, 0x61, 0x01, 0x00, 0x10, 0x50, 0x61, 0x61, 0x61, 0x61, 0x61]
    var plain: [UInt8] = []
    #expect(
      BlockCompression.decompress(stored.span.bytes, count: 41, into: &plain)
        && plain.prefix(41).allSatisfy { $0 == 0x61 })
    for count in [0, 40, 42, 1 << 20] {
      #expect(!BlockCompression.decompress(stored.span.bytes, count: count, into: &plain))
    }
  }
}
