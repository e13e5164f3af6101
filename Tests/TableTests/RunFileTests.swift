// Run files on their own: the golden file that pins the format, damage of every kind, lookups over
// many blocks, and what stays behind when writing fails.

import Bytes
import Glibc
import Storage
import Testing

/// A directory with a large old run and a small new one that holds all kinds of entries.
struct TwoRuns {
  var directory = RunDirectory()
  var expected: [TableKey: [UInt8]] = [:]

  static func key(_ number: UInt64) -> TableKey { TableKey(high: 5, low: number) }

  init(newEntries: UInt64 = 30) throws {
    let table = Table(id: 3, kind: .append)
    for number in 0..<(newEntries * 10) {
      let value = (0..<40).map { UInt8(truncatingIfNeeded: number &* 7 &+ $0) }
      table.put(Self.key(number), value.span.bytes)
      expected[Self.key(number)] = value
    }
    _ = try directory.flush(table)
    for number in 0..<newEntries {
      let key = Self.key(number * 3)
      let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 11))
      switch number % 3 {
      case 0:
        table.put(key, value.span.bytes)
        expected[key] = value
      case 1:
        try table.append(key, value.span.bytes)
        expected[key, default: []] += value
      default:
        table.remove(key)
        expected[key] = nil
      }
    }
    _ = try directory.flush(table)
    #expect(directory.runs.count == 2)
  }

  var newestPath: String { "/s/" + Run.fileName(directory.runs[1].file) }

  /// Opens the table over `bytes` instead of the newest run and reads everything.
  ///
  /// Returns the error's code, or nil if nothing was thrown.
  func read(_ bytes: [UInt8], expectingAnswers: Bool = true) throws -> StoreError? {
    directory.files[newestPath] = bytes
    do {
      let table = try directory.open(id: 3, kind: .append)
      for number in 0..<UInt64(expected.count + 20) {
        let value = try table.value(Self.key(number))
        if expectingAnswers, value != expected[Self.key(number)] {
          Issue.record("wrong answer for key \(number)")
        }
      }
      let contents = try table.contents()
      if expectingAnswers { #expect(contents == expected) }
      return nil
    } catch {
      return error
    }
  }
}

@Suite struct RunFileTests {
  @Test func everyFlippedByteIsAnErrorOrHarmless() throws {
    let runs = try TwoRuns()
    let bytes = try #require(runs.directory.files[runs.newestPath])
    #expect(try runs.read(bytes) == nil)
    for offset in bytes.indices {
      var damaged = bytes
      damaged[offset] ^= UInt8(1 << (offset % 8))
      let error = try runs.read(damaged)
      // Every byte of the file is covered by a checksum, and this reads every page but none twice.
      #expect(error?.code == .damagedIndex, "byte \(offset)")
      #expect(error?.file == Run.fileName(runs.directory.runs[1].file))
      #expect(error?.offset != nil)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let runs = try TwoRuns()
    let bytes = try #require(runs.directory.files[runs.newestPath])
    for length in bytes.indices {
      let error = try runs.read(Array(bytes[..<length]))
      #expect(error?.code == .damagedIndex, "length \(length)")
    }
    #expect(try runs.read(bytes + [0])?.code == .damagedIndex)
  }

  @Test(arguments: 0..<12)
  func resealedDamageNeverTraps(seed: Int) throws {
    let runs = try TwoRuns(newEntries: seed % 2 == 0 ? 30 : 400)
    let bytes = try #require(runs.directory.files[runs.newestPath])
    var random = SeededGenerator(UInt64(seed))
    let pages = Self.pages(bytes)
    for _ in 0..<60 {
      var damaged = bytes
      let page = try #require(pages.randomElement(using: &random))
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Often in the frame, the keys or the ends, where it hurts most.
        let reach = min(page.count, [40, 200, page.count][Int.random(in: 0..<3, using: &random)])
        let offset = page.lowerBound + Int.random(in: 8..<reach, using: &random)
        damaged[offset] = [0, 0xFF, damaged[offset] ^ 1].randomElement(using: &random) ?? 0
      }
      Self.seal(&damaged, page)
      // Bytes with a right checksum were not damaged by chance: any answer will do, but no trap.
      _ = try runs.read(damaged, expectingAnswers: false)
    }
  }

  /// Header, pages and footer of a sound file.
  static func pages(_ bytes: [UInt8]) -> [Range<Int>] {
    var pages = [0..<64]
    var offset = 64
    while offset < bytes.count - 64 {
      let size = (0..<4).reduce(0) { $0 | Int(bytes[offset + 24 + $1]) << (8 * $1) }
      pages.append(offset..<(offset + size))
      offset += size
    }
    return pages + [offset..<(offset + 64)]
  }

  static func seal(_ bytes: inout [UInt8], _ page: Range<Int>) {
    let isEnd = page.lowerBound == 0 || page.upperBound == bytes.count
    let covered = isEnd ? page.dropLast(8) : page.dropFirst(8)
    let checksum = Checksum.of(Array(bytes[covered.startIndex..<covered.endIndex]).span.bytes)
    let place = isEnd ? page.upperBound - 8 : page.lowerBound
    for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
  }

  @Test func missingOrForeignFileIsDamage() throws {
    let runs = try TwoRuns()
    let other = try #require(
      runs.directory.files["/s/" + Run.fileName(runs.directory.runs[0].file)])
    #expect(try runs.read(other)?.code == .damagedIndex)
    #expect(try runs.read([])?.code == .damagedIndex)
    runs.directory.files[runs.newestPath] = nil
    #expect(throws: StoreError.self) { try runs.directory.open(id: 3, kind: .append) }
  }

  @Test func findsEveryKeyAmongManyBlocks() throws {
    let table = Table(id: 9, kind: .replace)
    var directory = RunDirectory()
    let count: UInt64 = 60_000
    for number in 0..<count {
      var writer = ByteWriter()
      writer.u64(number)
      table.put(TableKey(high: 0, low: number), writer.bytes.span.bytes)
    }
    _ = try directory.flush(table)
    let opened = try directory.open(id: 9, kind: .replace)
    for number in 0..<(count + 10_000) {
      let value = try opened.withValue(TableKey(high: 0, low: number)) {
        (span) throws(StoreError) in span.unsafeLoadUnaligned(as: UInt64.self)
      }
      #expect(value == (number < count ? number : nil))
    }
    var entries = 0
    try opened.forEach { (_, _) in entries += 1 }
    #expect(entries == Int(count))
    #expect(directory.runs[0].entryCount == count)
    try Run.open(directory.runs[0], in: "/s", fileSystem: directory.files).verify()
  }

  @Test func removedKeysLeaveTheOldestRun() throws {
    let table = Table(id: 1, kind: .replace)
    var directory = RunDirectory()
    for number in UInt64(0)..<100 {
      table.put(TwoRuns.key(number), ([1, 2, 3] as [UInt8]).span.bytes)
    }
    _ = try directory.flush(table)
    for number in UInt64(0)..<100 { table.remove(TwoRuns.key(number)) }
    let edit = try directory.flush(table)
    // All that was written is gone, so no file is left at all.
    #expect(edit.added.isEmpty)
    #expect(edit.removed.count == 1)
    #expect(directory.files.names.isEmpty)
    #expect(try directory.flush(table).isEmpty)
  }

  @Test func failureAtEveryWriteChangesNothing() throws {
    var directory = RunDirectory()
    let table = Table(id: 1, kind: .replace)
    for number in UInt64(0)..<5000 {
      table.put(TwoRuns.key(number), ([1, 2, 3] as [UInt8]).span.bytes)
    }
    let expected = try table.contents()
    var failures = 0
    while true {
      directory.files.allow(failures)
      do {
        let edit = try directory.flush(table)
        #expect(edit.added.count == 1)
        break
      } catch {
        #expect(error.code == .noSpace)
        #expect(directory.files.names.isEmpty)
        #expect(try table.contents() == expected)
        failures += 1
      }
    }
    #expect(failures > 3)
    #expect(directory.files.syncs == 1)
    directory.files.allow(.max)
    #expect(try directory.open(id: 1, kind: .replace).contents() == expected)
  }

  @Test func runsStayFewUnderManyFlushes() throws {
    var directory = RunDirectory()
    let table = Table(id: 1, kind: .append)
    var written: UInt64 = 0
    for round in UInt64(0)..<300 {
      for number in UInt64(0)..<20 {
        try table.append(
          TwoRuns.key(round * 20 + number), [UInt8](repeating: 7, count: 50).span.bytes)
      }
      written += try directory.flush(table).added.reduce(0) { $0 + $1.byteCount }
      #expect(directory.runs.count <= Table.runsMax)
    }
    let size = directory.runs.reduce(0) { $0 + $1.byteCount }
    // Each entry is rewritten about log2(300) times; merging all each time would be 150.
    #expect(written < size * 30)
    #expect(try table.contents().count == 6000)
  }

  @Test func goldenFile() throws {
    let runs = try TwoRuns()
    let bytes = try #require(runs.directory.files[runs.newestPath])
    let golden = try Golden.bytes("table-2.run", present: bytes)
    #expect(
      bytes == golden, "the run format changed: raise its version and rewrite the golden file")
    #expect(try runs.read(golden) == nil)
  }

  @Test func aFileOfAnOlderVersionIsRefused() throws {
    let runs = try TwoRuns()
    let old = try Golden.bytes("table-2.run", version: "v1")
    let error = try runs.read(old)
    #expect(error?.code == .damagedIndex)
    #expect(error?.offset == 10)
  }

  /// What a table of messages takes: the figures of decision 0048.
  @Test func keysTakeNoMoreThanTheyNeed() throws {
    var random = SeededGenerator(48)
    let table = Table(id: 8, kind: .replace)
    var directory = RunDirectory()
    let count = 100_000
    let value: [UInt8] = [1, 2, 3, 4]
    for _ in 0..<count {
      table.put(
        TableKey(high: random.next() >> 48, low: random.next()), value.span.bytes)
    }
    _ = try directory.flush(table)
    // 7 + 2 + 4 bytes, 1.4 of the filter, and their share of frames, fences and a page begun.
    #expect(directory.runs[0].byteCount < UInt64(count) * 15)
  }
}

/// Files that pin formats.
///
/// `CAIRN_GOLDEN=write` replaces them.
enum Golden {
  /// The bytes of a file that is there.
  static func bytes(
    _ name: String, version: String, file: String = #filePath
  ) throws -> [UInt8] {
    let golden = try PosixFileSystem().open(path(name, version, file), .read)
    return try golden.readBytes(at: 0, count: golden.size())
  }

  private static func path(_ name: String, _ version: String, _ file: String) -> String {
    let directory = file.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    return "\(directory)/Golden/\(version)/\(name)"
  }

  /// The bytes of the file that pins the present version.
  static func bytes(_ name: String, present: [UInt8], file: String = #filePath) throws -> [UInt8] {
    let path = path(name, "v2", file)
    let system = PosixFileSystem()
    if getenv("CAIRN_GOLDEN").map({ String(cString: $0) }) == "write" {
      try? system.remove(path)
      try system.open(path, .create).writeAll(present, at: 0)
    }
    return try bytes(name, version: "v2", file: file)
  }
}
