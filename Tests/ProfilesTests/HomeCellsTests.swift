// Cells in the row of their home against cells of their own: what a look at a few bytes does must be what the general
// way does.

import Bytes
import Storage
import StorageSimulation
import Testing

@testable import Profiles

@Suite struct HomeCellsTests {
  private static let specs: [CellSpec] = [
    CellSpec(.count), CellSpec(.last), CellSpec(.first), CellSpec(.lastAt), CellSpec(.firstAt),
    CellSpec(.count, window: .last(Milliseconds(100))),
    CellSpec(.exists, window: .last(Milliseconds(300))),
    CellSpec(.count, window: .ago(newest: Milliseconds(30), oldest: Milliseconds(100))),
    CellSpec(.last, window: .last(Milliseconds(60))),
    CellSpec(.last, window: .ago(newest: Milliseconds(30), oldest: Milliseconds(100))),
    CellSpec(.first, window: .last(Milliseconds(60))), CellSpec(.sum),
    CellSpec(.sum, window: .last(Milliseconds(20))),
    CellSpec(.sum, window: .last(Milliseconds(150))),
    CellSpec(.average, window: .ago(newest: Milliseconds(30), oldest: Milliseconds(100))),
    CellSpec(.count, window: .latestSession(gap: Milliseconds(20))),
    CellSpec(
      .count,
      window: .span(after: Timestamp(milliseconds: 1050), through: Timestamp(milliseconds: 1400))),
  ]

  /// So many that an event makes several windows of a row grow together.
  private static let manyWindows: [CellSpec] =
    (1...30).map { CellSpec(.count, window: .last(Milliseconds($0 * 10))) }
    + (1...20).map { CellSpec(.sum, window: .last(Milliseconds($0 * 7))) }
    + specs
    + (1...20).map {
      CellSpec(.count, window: .ago(newest: Milliseconds(30), oldest: Milliseconds(30 + $0 * 11)))
    }

  private func amount(
    _ spec: CellSpec, using random: inout SeededRandom
  ) -> CellAmount {
    switch spec.kind {
    case .first, .last:
      let text = [UInt8](repeating: 0x61, count: Int.random(in: 0...3, using: &random))
      return .value(.string(text + [UInt8.random(in: 0x61...0x7A, using: &random)]))
    case .sum:
      if Int.random(in: 0..<30, using: &random) == 0 { return .skipped }
      let currency =
        Int.random(in: 0..<20, using: &random) == 0 ? CurrencyCode("EUR") : CurrencyCode("USD")
      let mantissa = Int128.random(in: -(1 << 100)...(1 << 100), using: &random)
      let amount = FixedDecimal(mantissa: mantissa)
      if Int.random(in: 0..<30, using: &random) == 0 { return .rounded(amount, currency ?? .none) }
      return .decimal(amount, currency ?? .none)
    default: return .none
    }
  }

  @Test(arguments: 0..<40) func aRowIsWhatItsCellsWouldBe(seed: Int) throws {
    try expectARowIsWhatItsCellsWouldBe(Self.specs, seed: seed)
  }

  @Test(arguments: 0..<8) func windowsThatGrowTogetherAreWhatTheyWouldBeAlone(seed: Int) throws {
    try expectARowIsWhatItsCellsWouldBe(Self.manyWindows, seed: seed)
  }

  private func insert(
    _ insertions: ArraySlice<CellInsertion>, _ specs: [CellSpec?], at address: EventAddress,
    _ rows: RowTable, now: Timestamp, begun: inout ReusableArray<UInt32>,
    _ deferred: inout DeferredCells
  ) throws(StoreError) {
    let all = insertions.span
    let known = specs.span
    var row = try rows.edit(0)
    try HomeCells.insert(all, known, at: address, &row, now: now, begun: &begun, &deferred)
  }

  private func expectARowIsWhatItsCellsWouldBe(_ specs: [CellSpec], seed: Int) throws {
    var random = SeededRandom(UInt64(seed))
    let rows = RowTable(id: 1)
    var cells = specs.map { _ in ArrayCell() }
    let known: [CellSpec?] = specs
    var now = Timestamp(milliseconds: 1000)
    for step in 0..<300 {
      now.milliseconds += Int64.random(in: 0...8, using: &random)
      let late = Int.random(in: 0..<6, using: &random) == 0
      let early = Int.random(in: 0..<12, using: &random) == 0
      let offset =
        late
        ? -Int64.random(in: 0...200, using: &random)
        : early ? Int64.random(in: 1...80, using: &random) : 0
      let address = EventAddress(
        sequence: SequenceNumber(UInt64(step + 1)),
        time: Timestamp(milliseconds: now.milliseconds + offset))
      var insertions: [CellInsertion] = []
      for slot in specs.indices where Bool.random(using: &random) {
        let amount = amount(specs[slot], using: &random)
        if case .value(.string(let text)) = amount, Bool.random(using: &random) {
          insertions.append(CellInsertion(slot: UInt32(slot), text: text.span.bytes))
        } else {
          insertions.append(CellInsertion(slot: UInt32(slot), amount: amount))
        }
      }
      let mattering = insertions.drop {
        specs[Int($0.slot)].ignores($0.form, at: address.time, now: now)
      }
      guard !mattering.isEmpty else { continue }
      var expectedBegun: [UInt32] = []
      for insertion in mattering {
        let spec = specs[Int(insertion.slot)]
        if spec.ignores(insertion.form, at: address.time, now: now) { continue }
        let begins = try Cell.insert(
          into: &cells[Int(insertion.slot)], spec, CellEvent(address, insertion), now: now)
        if begins { expectedBegun.append(insertion.slot) }
      }
      var begun = ReusableArray<UInt32>()
      var deferred = DeferredCells()
      try insert(mattering, known, at: address, rows, now: now, begun: &begun, &deferred)
      #expect(begun.indices.map { begun[$0] } == expectedBegun)
      #expect(deferred.grown == nil && deferred.inOwnRow == nil)
      try compare(rows, cells, specs, now: now)
    }
  }

  /// A large value leaves the row at once, and slots beyond those that an entry has room for are never in it.
  @Test func whatAnEntryHasNoRoomForIsInARowOfItsOwn() throws {
    let tables = try ProfileTables(profileCount: 0, identifierCount: 1, from: EmptyTables())
    let beyond = HomeCells.slotMax + 3
    var specs = [CellSpec?](repeating: nil, count: Int(beyond) + 1)
    for slot in [0, 1, HomeCells.slotMax, beyond] { specs[Int(slot)] = CellSpec(.last) }
    let owner = CellOwner(IdentifierOrdinal(0))
    var begun = ReusableArray<UInt32>()
    let sizes: [UInt32: Int] = [0: 3, 1: 70_000, HomeCells.slotMax: 5, beyond: 7]
    for round in UInt8(0)..<3 {
      let now = Timestamp(milliseconds: 1000 + Int64(round))
      let insertions = sizes.keys.sorted().map { slot in
        let text = [UInt8](repeating: 0x61 + round, count: sizes[slot] ?? 0)
        return CellInsertion(slot: slot, amount: .value(.string(text)))
      }
      try tables.insert(
        insertions[...], specs: specs, of: owner,
        at: EventAddress(sequence: SequenceNumber(UInt64(round) + 1), time: now), now: now,
        begun: &begun)
    }
    var found: [UInt32: [UInt8]] = [:]
    try tables.visitCells(of: owner, among: sizes.keys.sorted() + [beyond + 1]) {
      (slot, cell) throws(StoreError) in found[slot] = cell.toArray()
    }
    #expect(found.keys.sorted() == sizes.keys.sorted())
    for (slot, cell) in found {
      // Perhaps one of the numbers around it has such a byte.
      let count = cell.count { $0 == 0x63 }
      let size = sizes[slot] ?? 0
      #expect(count >= size && count <= size + 4, "slot \(slot)")
    }
    #expect(begun.indices.map { begun[$0] }.sorted() == sizes.keys.sorted())
    let row = try #require(try tables.homeCells.withRow(0) { $0.toArray() })
    #expect(row.count < 500)
    var inRow: [UInt32] = []
    try HomeCells(checking: row.span.bytes).forEach { (slot, _) throws(StoreError) in
      inRow.append(slot)
    }
    #expect(inRow == [0, HomeCells.slotMax])
  }

  private func compare(_ rows: RowTable, _ cells: [ArrayCell], _ specs: [CellSpec], now: Timestamp)
    throws
  {
    var found: [(slot: Int, cell: ArrayCell)] = []
    _ = try rows.withRow(0) { (bytes) throws(StoreError) in
      let view = try HomeCells(checking: bytes)
      try view.forEach { (slot, cell) throws(StoreError) in
        found.append((Int(slot), ArrayCell(array: cell.toArray())))
      }
    }
    for (slot, cell) in found {
      let spec = specs[slot]
      #expect(
        try canonical(cell, spec, now) == canonical(cells[slot], spec, now), "slot \(slot)")
      guard spec.isPlainCount else { continue }
      let count = try count(cell, spec, now)
      let (value, change) = try answer(cells[slot], spec, now)
      #expect(count.count == value)
      #expect(count.change == change?.milliseconds ?? .max)
    }
  }

  private func canonical(
    _ cell: ArrayCell, _ spec: CellSpec, _ now: Timestamp
  ) throws -> [UInt8] {
    var writer = ByteWriter()
    try Cell.hashCanonical(cell.bytes, spec, now: now, into: &writer)
    return writer.bytes
  }

  private func count(_ cell: ArrayCell, _ spec: CellSpec, _ now: Timestamp) throws -> EventCount {
    var count = EventCount()
    try count.add(cell.bytes, spec, now: now)
    return count
  }

  private func answer(
    _ cell: ArrayCell, _ spec: CellSpec, _ now: Timestamp
  ) throws -> (UInt64, Timestamp?) {
    let (value, change) = try Cell.answer(cell.bytes, spec, now: now)
    return (value.count, change)
  }
}
