// Values that are too large to be gathered in a block: they are written from where they are, and copied once.

import Bytes
import Storage
import Testing

@Suite struct LargeValueTests {
  /// From this size on a value has a block to itself.
  private static let largeBytes = 256 * 1024

  private func value(_ seed: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: seed &* 31 &+ $0 &* 7 &+ $0 >> 9) }
  }

  @Test func largeAndSmallValuesAreReadBack() throws {
    var directory = RunDirectory()
    var expected: [TableKey: [UInt8]] = [:]
    var table = Table(id: 3, kind: .replace)
    for round in 0..<4 {
      for number in 0..<60 {
        // Around the size from which on it makes a difference, and with every remainder of eight.
        let count = number % 5 == 0 ? Self.largeBytes - 4 + number / 5 + round : number * 3
        let key = TableKey(high: UInt64(number) << 30, low: UInt64(number % 7))
        let bytes = value(number + round, count)
        table.put(key, bytes.span.bytes)
        expected[key] = bytes
      }
      _ = try directory.flush(table)
      #expect(try table.contents() == expected)
      table = try directory.open(id: 3, kind: .replace)
      try table.verify()
      #expect(try table.contents() == expected)
      for (key, bytes) in expected { #expect(try table.value(key) == bytes) }
    }
  }

  @Test func aLargeValueIsChangedAfterAFlushAndNotInSnapshots() throws {
    var directory = RunDirectory()
    let table = Table(id: 3, kind: .replace)
    let key = TableKey(high: 1, low: 2)
    var expected = value(1, 3 << 20)
    table.put(key, expected.span.bytes)
    for round in 0..<6 {
      let snapshot = table.snapshot()
      let before = expected
      let added = value(round, 700_000)
      try table.mutate(key) { (bytes) throws(StoreError) in
        bytes.append(added.span.bytes)
        bytes.store(UInt64(round), at: round * 100)
      }
      expected += added
      for byte in 0..<8 { expected[round * 100 + byte] = byte == 0 ? UInt8(round) : 0 }
      #expect(try table.value(key) == expected)
      #expect(try snapshot.value(key) == before)
      if round % 2 == 1 { _ = try directory.flush(table) }
    }
    // It shrinks in place, too.
    try table.mutate(key) { (bytes) throws(StoreError) in bytes.resize(to: 40_000) }
    table.put(TableKey(high: 2, low: 2), expected.span.bytes)
    let shorter = Array(expected[..<50_000])
    table.put(key, shorter.span.bytes)
    #expect(try table.value(key) == shorter)
    #expect(try table.value(TableKey(high: 2, low: 2)) == expected)
  }

  /// Keys with one order hash must share a block, also if the first of them has one to itself already.
  @Test func keysOfOneOrderHashShareABlock() throws {
    func key(high: UInt64) -> TableKey {
      let salt = HashSeed.mix(high &+ 0x9E37_79B9_7F4A_7C15)
      return TableKey(high: high, low: HashSeed.unmix(0x1234_5678) &- salt)
    }
    var directory = RunDirectory()
    let table = Table(id: 3, kind: .replace)
    var expected: [TableKey: [UInt8]] = [:]
    for (high, count) in [(1, Self.largeBytes + 3), (2, 5), (3, Self.largeBytes), (4, 0)] {
      expected[key(high: UInt64(high))] = value(high, count)
    }
    for number in 0..<2000 {
      expected[TableKey(high: 9, low: UInt64(number))] = value(number, number % 30)
    }
    for (key, bytes) in expected { table.put(key, bytes.span.bytes) }
    _ = try directory.flush(table)
    let again = try directory.open(id: 3, kind: .replace)
    try again.verify()
    #expect(try again.contents() == expected)
    for (key, bytes) in expected { #expect(try again.value(key) == bytes) }
  }

  @Test func damageOfALargeValueIsFound() throws {
    var directory = RunDirectory()
    let table = Table(id: 3, kind: .replace)
    let key = TableKey(high: 1, low: 2)
    let large = value(1, Self.largeBytes + 5)
    table.put(key, large.span.bytes)
    _ = try directory.flush(table)
    let path = "/s/" + Run.fileName(directory.runs[0].file)
    let bytes = try #require(directory.files[path])
    for offset in stride(from: 4200, to: bytes.count, by: 5003) {
      var damaged = bytes
      damaged[offset] ^= 0x10
      directory.files[path] = damaged
      let error = #expect(throws: StoreError.self) {
        let again = try directory.open(id: 3, kind: .replace)
        try again.verify()
      }
      #expect(error?.code == .damagedIndex, "byte \(offset)")
    }
  }
}
