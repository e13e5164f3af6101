// What the model cannot show: readers on other threads, programmer errors, reports of memory, damage
// in the middle of a change, and fragments as they come.

import Bytes
import Storage
import Testing

private func key(_ number: UInt64) -> TableKey { TableKey(high: number / 7, low: number) }

private func number(_ value: UInt64) -> [UInt8] {
  var writer = ByteWriter()
  writer.u64(value)
  return writer.bytes
}

@Suite struct TableContractTests {
  @Test func readersOnOtherThreadsSeeTheirMoment() async throws {
    var directory = RunDirectory()
    let table = Table(id: 1, kind: .replace)
    for index in UInt64(0)..<500 { table.put(key(index), number(0)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for round in UInt64(1)...40 {
        let snapshot = table.snapshot()
        group.addTask {
          // All values of one snapshot are of the same round, however long the reader takes.
          for _ in 0..<3 {
            var seen = 0
            try snapshot.forEach { (_, value) throws(StoreError) in
              #expect(value.toArray() == number(round - 1))
              seen += 1
            }
            #expect(seen == 500)
            #expect(try snapshot.value(key(round)) == number(round - 1))
          }
        }
        for index in UInt64(0)..<500 {
          try table.mutate(key(index)) { (value) throws(StoreError) in
            value.store(value.load(at: 0, as: UInt64.self) + 1, at: 0)
          }
        }
        if round % 9 == 0 { _ = try directory.flush(table) }
      }
      try await group.waitForAll()
    }
    #expect(try table.value(key(3)) == number(40))
  }

  @Test func visitGivesFragmentsOldestFirst() throws {
    var directory = RunDirectory()
    let table = Table(id: 1, kind: .append)
    // Large enough that the second flush leaves the first run alone.
    for index in UInt64(10)..<2000 { table.put(key(index), [UInt8](repeating: 1, count: 50)) }
    try table.append(key(1), [1])
    _ = try directory.flush(table)
    try table.append(key(1), [2, 2])
    _ = try directory.flush(table)
    try table.append(key(1), [3])
    let snapshot = table.snapshot()
    try table.append(key(1), [4])
    func fragments(_ visit: ((RawSpan) throws(StoreError) -> Void) throws -> Void) throws
      -> [[UInt8]]
    {
      var result: [[UInt8]] = []
      try visit { (span) throws(StoreError) in result.append(span.toArray()) }
      return result
    }
    #expect(try fragments { try table.visit(key(1), $0) } == [[1], [2, 2], [3], [4]])
    #expect(try fragments { try snapshot.visit(key(1), $0) } == [[1], [2, 2], [3]])
    table.remove(key(1))
    try table.append(key(1), [5])
    #expect(try fragments { try table.visit(key(1), $0) } == [[5]])
    #expect(try table.value(key(2)) == nil)
  }

  @Test func damageLeavesNoEmptyValueBehind() throws {
    let runs = try TwoRuns()
    let path = runs.newestPath
    var bytes = try #require(runs.directory.files[path])
    // A byte of the only block: header, filter and index stay sound.
    bytes[64 + 4096 + 40] ^= 1
    runs.directory.files[path] = bytes
    let table = try runs.directory.open(id: 3, kind: .append)
    let present = TwoRuns.key(0)
    for _ in 0..<2 {
      #expect(throws: StoreError.self) {
        try table.mutate(present) { (value) throws(StoreError) in
          value.append(([1] as [UInt8]).span.bytes)
        }
      }
    }
    #expect(throws: StoreError.self) { try table.value(present) }
    #expect(throws: StoreError.self) { try runs.directory.open(id: 3, kind: .append).contents() }
  }

  @Test func prefetchChangesNothing() throws {
    let runs = try TwoRuns()
    let table = try runs.directory.open(id: 3, kind: .append)
    table.put(TwoRuns.key(1), [9])
    table.prefetch((0..<400).map { TwoRuns.key($0) })
    #expect(try table.value(TwoRuns.key(1)) == [9])
    #expect(try table.value(TwoRuns.key(0)) == runs.expected[TwoRuns.key(0)])
  }

  @Test func memoryIsReportedWithinReason() throws {
    var directory = RunDirectory()
    let table = Table(id: 1, kind: .replace)
    #expect(table.memoryBytes == 0)
    let value = [UInt8](repeating: 1, count: 200)
    for index in UInt64(0)..<10_000 { table.put(key(index), value) }
    // At least key and value, at most twice that and a chunk.
    #expect(table.memoryBytes > 10_000 * 216)
    #expect(table.memoryBytes < 2 * 10_000 * 232 + 1024 * 1024)
    let full = table.memoryBytes
    for index in UInt64(0)..<10_000 { table.put(key(index), value) }
    #expect(table.memoryBytes == full)
    let large = [UInt8](repeating: 2, count: 5_000_000)
    table.put(key(1), large)
    #expect(table.memoryBytes >= full + 5_000_000)
    table.remove(key(1))
    #expect(table.memoryBytes == full)
    _ = try directory.flush(table)
    #expect(table.memoryBytes < 1000)
  }

  @Test func aValueGrowsInPlaceThroughAllSizes() throws {
    let table = Table(id: 1, kind: .replace)
    var expected: [UInt8] = []
    for step in 0..<400 {
      let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: step)
      try table.mutate(key(1)) { (value) throws(StoreError) in value.append(piece.span.bytes) }
      expected += piece
    }
    #expect(try table.value(key(1)) == expected)
    try table.mutate(key(1)) { (value) throws(StoreError) in value.removeSubrange(3..<value.count) }
    #expect(try table.value(key(1)) == Array(expected.prefix(3)))
  }
}

@Suite struct TableTrapTests {
  @Test func aLoadOutsideTheValueTraps() async {
    await #expect(processExitsWith: .failure) {
      let table = Table(id: 1, kind: .replace)
      table.put(TableKey(high: 0, low: 0), [1, 2, 3])
      _ = try table.mutate(TableKey(high: 0, low: 0)) { (value) throws(StoreError) in
        value.load(at: 0, as: UInt32.self)
      }
    }
  }

  @Test func aStoreBeforeTheValueTraps() async {
    await #expect(processExitsWith: .failure) {
      let table = Table(id: 1, kind: .replace)
      table.put(TableKey(high: 0, low: 0), [1, 2, 3, 4, 5])
      try table.mutate(TableKey(high: 0, low: 0)) { (value) throws(StoreError) in
        value.store(UInt32(7), at: -1)
      }
    }
  }

  @Test func changingATableWhileItsValueIsInUseTraps() async {
    await #expect(processExitsWith: .failure) {
      let table = Table(id: 1, kind: .replace)
      let key = TableKey(high: 0, low: 0)
      table.put(key, [1, 2, 3])
      _ = try table.withValue(key) { (_) throws(StoreError) in table.remove(key) }
    }
  }
}

extension Table {
  fileprivate func put(_ key: TableKey, _ value: [UInt8]) { put(key, value.span.bytes) }
  fileprivate func append(_ key: TableKey, _ value: [UInt8]) throws(StoreError) {
    try append(key, value.span.bytes)
  }
}
