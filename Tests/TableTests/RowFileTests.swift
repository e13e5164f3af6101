// Files of rows as they should not be, and rows that are larger than a granule.

import Bytes
import Testing

@testable import Storage

@Suite struct RowFileTests {
  /// A table with rows of all sizes in two files, the newer of which has some of the older's rows.
  private func filled(_ random: inout SeededGenerator) throws -> (RunDirectory, [UInt32: [UInt8]]) {
    let table = RowTable(id: 7)
    var directory = RunDirectory()
    var expected: [UInt32: [UInt8]] = [:]
    for round in 0..<2 {
      for ordinal in UInt32(0)..<600 where round == 0 || ordinal % 3 == 0 {
        var value = random.bytes(upTo: ordinal % 50 == 0 ? 3000 : 60)
        // Half of them are packed.
        if ordinal % 2 == 0 {
          for index in value.indices where index % 8 > 1 { value[index] = 0 }
        }
        try table.put(ordinal, value.span.bytes)
        expected[ordinal] = value
      }
      // Too large to be taken in by the next flush.
      try table.put(
        10_000 + UInt32(round), [UInt8](repeating: 1, count: 5 << 20).span.bytes)
      expected[10_000 + UInt32(round)] = [UInt8](repeating: 1, count: 5 << 20)
      _ = try directory.flush(table)
    }
    #expect(directory.runs.count == 2)
    return (directory, expected)
  }

  private func integer(_ bytes: [UInt8], at offset: Int) -> Int {
    bytes[offset..<(offset + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func store(_ checksum: UInt64, in bytes: inout [UInt8], at offset: Int) {
    for index in 0..<8 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index))
    }
  }

  /// Makes all checksums those of the bytes that there are.
  private func reseal(_ bytes: inout [UInt8]) {
    let footer = bytes.count - RowFormat.footerBytes
    let tail = integer(bytes, at: footer + 16)
    guard tail >= RowFormat.headerBytes, tail <= footer else { return }
    store(Checksum.of(Array(bytes[0..<56]).span.bytes), in: &bytes, at: 56)
    var (place, from) = (tail, 0)
    while from < tail, place + 8 <= footer {
      let stretch = Array(bytes[from..<min(from + RowFormat.checkedBytes, tail)])
      store(Checksum.of(stretch.span.bytes), in: &bytes, at: place)
      place += 8
      from += RowFormat.checkedBytes
    }
    store(Checksum.of(Array(bytes[tail..<footer]).span.bytes), in: &bytes, at: footer + 80)
    store(Checksum.of(Array(bytes[footer..<(footer + 88)]).span.bytes), in: &bytes, at: footer + 88)
  }

  @Test(arguments: 0..<16) func resealedDamageNeverTraps(seed: Int) throws {
    var random = SeededGenerator(UInt64(seed))
    var (directory, _) = try filled(&random)
    let entry = directory.runs[Int.random(in: 0...1, using: &random)]
    let path = "/s/" + StoreFile.table(entry.file)
    var bytes = try #require(directory.files[path])
    let footer = bytes.count - RowFormat.footerBytes
    let tail = integer(bytes, at: footer + 16)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      // Small rows, their pages, the tail; hardly ever the bytes of the large row.
      let place =
        Bool.random(using: &random)
        ? Int.random(in: 64..<min(tail, 80_000), using: &random)
        : Int.random(in: tail..<bytes.count, using: &random)
      bytes[place] = UInt8.random(in: 0...255, using: &random)
    }
    reseal(&bytes)
    directory.files[path] = bytes
    do throws(StoreError) {
      let table = try directory.openRows(id: 7)
      for ordinal in UInt32(0)..<700 where ordinal % 2 == 0 {
        var row = try table.edit(ordinal)
        row.append([1, 2, 3].span.bytes)
      }
      _ = table.snapshot()
      _ = try directory.flush(table)
      for ordinal in UInt32(0)..<700 {
        var row = try table.edit(ordinal)
        row.append([UInt8](repeating: 9, count: 200).span.bytes)
      }
      _ = try directory.flush(table)
      try table.verify()
    } catch {
      #expect(error.code == .damagedIndex)
    }
  }

  @Test func anUnsealedChangeIsAnError() throws {
    var random = SeededGenerator(1)
    var (directory, expected) = try filled(&random)
    let path = "/s/" + StoreFile.table(directory.runs[0].file)
    let sound = try #require(directory.files[path])
    for place in [0, 9, 20, 70, 3000, sound.count - 100, sound.count - 1] {
      var bytes = sound
      bytes[place] ^= 0x40
      directory.files[path] = bytes
      #expect(throws: StoreError.self) { try directory.openRows(id: 7).verify() }
    }
    directory.files[path] = nil
    #expect(throws: StoreError.self) { try directory.openRows(id: 7) }
    directory.files[path] = sound
    #expect(try directory.openRows(id: 7).contents() == expected)
  }

  @Test func numbersOfLargeRowsAreUsedAgain() throws {
    let table = RowTable(id: 7)
    var directory = RunDirectory()
    let value = [UInt8](repeating: 7, count: 1_200_000)
    try table.put(0, value.span.bytes)
    for round in 0..<40 {
      _ = try directory.flush(table)
      var row = try table.edit(0)
      row.store(UInt8(truncatingIfNeeded: round), at: 0)
    }
    _ = try directory.flush(table)
    // Each takes three, and a flush keeps some until it knows how many it needs.
    #expect(table.map.granuleLimit < 30)
    let row = try #require(try directory.openRows(id: 7).bytes(0))
    #expect(row == [39] + value.dropFirst())
  }

  @Test func goldenFile() throws {
    let table = RowTable(id: 7)
    var directory = RunDirectory()
    var expected: [UInt32: [UInt8]] = [:]
    for round in UInt32(0)..<2 {
      for ordinal in UInt32(0)..<300 where round == 0 || ordinal % 7 == 0 {
        let numbers = (0..<UInt64(ordinal % 9)).map { $0 * UInt64(ordinal) + UInt64(round) }
        let value = numbers.span.bytes.toArray()
        try table.put(ordinal, value.span.bytes)
        expected[ordinal] = value
      }
      if round == 0 { try table.put(300, [UInt8](repeating: 1, count: 5 << 20).span.bytes) }
      if round == 0 { expected[300] = [UInt8](repeating: 1, count: 5 << 20) }
      _ = try directory.flush(table)
    }
    #expect(directory.runs.count == 2)
    let path = "/s/" + StoreFile.table(directory.runs[1].file)
    let bytes = try #require(directory.files[path])
    let golden = try Golden.bytes("rows-2.run", present: bytes)
    #expect(
      bytes == golden, "the row format changed: raise its version and rewrite the golden file")
    directory.files[path] = golden
    #expect(try directory.openRows(id: 7).contents() == expected)
    var old = golden
    old[8] = 1
    reseal(&old)
    directory.files[path] = old
    #expect(throws: StoreError.self) { try directory.openRows(id: 7) }
  }
}
