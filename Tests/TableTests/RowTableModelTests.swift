// Random operations on a table of rows, compared with a dictionary step by step.

import Bytes
import Storage
import Testing

/// A table of rows and the map that it should equal.
struct RowTableModel {
  var table = RowTable(id: 7)
  var directory = RunDirectory()
  var expected: [UInt32: [UInt8]] = [:]
  var snapshots: [(snapshot: RowSnapshot, expected: [UInt32: [UInt8]])] = []
  var pending: PendingFlush?
  var random: SeededGenerator
  let ordinals: UInt32

  init(seed: UInt64) {
    random = SeededGenerator(seed)
    ordinals = [8, 300, 3000][Int(seed % 3)]
  }

  mutating func ordinal() -> UInt32 {
    // Half of the touches go to a few hot rows.
    let hot = Bool.random(using: &random)
    return UInt32.random(in: 0..<(hot ? max(1, ordinals / 20) : ordinals), using: &random)
  }

  mutating func value() -> [UInt8] {
    // Now and then one that needs memory of its own, or more than a granule.
    switch Int.random(in: 0..<4000, using: &random) {
    case 0: [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: 1_300_000)
    case 1...2: [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: 300_000)
    // Half of them as rows are: mostly zeros.
    default: Bool.random(using: &random) ? random.value() : sparse()
    }
  }

  private mutating func sparse() -> [UInt8] {
    var value = random.value()
    for index in value.indices where Int.random(in: 0..<4, using: &random) != 0 { value[index] = 0 }
    return value
  }

  mutating func step() throws {
    let ordinal = ordinal()
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<25:
      let value = value()
      try table.put(ordinal, value.span.bytes)
      expected[ordinal] = value
    case 25..<35:
      try table.remove(ordinal)
      expected[ordinal] = nil
    case 35..<75: try edit(ordinal)
    case 75..<94:
      #expect(try table.bytes(ordinal) == expected[ordinal])
      peek(ordinal)
    case 94:
      if snapshots.count > 4 { snapshots.remove(at: Int.random(in: 0..<5, using: &random)) }
      snapshots.append((table.snapshot(), expected))
    case 95:
      for (snapshot, expected) in snapshots {
        #expect(try snapshot.bytes(ordinal) == expected[ordinal])
      }
      if Int.random(in: 0..<4, using: &random) == 0 { snapshots.removeAll() }
    case 96: table.prefetch([ordinal, ordinal / 2, ordinals * 3])
    case 97: try beginOrFinish()
    default: if pending == nil { try flushOrReopen() }
    }
  }

  /// Reads four bytes of a row that has been looked at.
  private mutating func peek(_ ordinal: UInt32) {
    let offset = Int.random(in: 0..<20, using: &random)
    var found: [UInt32] = []
    table.peek([ordinal], at: offset, into: &found)
    let bytes = expected[ordinal]?.dropFirst(offset).prefix(4) ?? []
    let value = bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    #expect(found == (bytes.count == 4 ? [value] : []))
  }

  /// Has a flush span several steps.
  mutating func beginOrFinish() throws {
    guard let flush = pending else {
      pending = try directory.beginFlush(table)
      return
    }
    let isToFail = Int.random(in: 0..<3, using: &random) == 0
    if isToFail { directory.files.allow(Int.random(in: 0..<2, using: &random)) }
    flush.work()
    directory.files.allow(.max)
    pending = nil
    do { try directory.finish(flush) } catch {
      #expect(isToFail && error.code == .noSpace)
    }
  }

  /// Writes memory to disk, sometimes with a failure first, sometimes followed by a restart.
  mutating func flushOrReopen() throws {
    if Int.random(in: 0..<3, using: &random) == 0 {
      let before = (directory.files.names, directory.runs)
      directory.files.allow(Int.random(in: 0..<3, using: &random))
      do {
        _ = try directory.flush(table)
      } catch {
        #expect(error.code == .noSpace)
        #expect(before == (directory.files.names, directory.runs))
      }
      directory.files.allow(.max)
      #expect(try table.contents() == expected)
    }
    _ = try directory.flush(table)
    #expect(directory.files.names.count == directory.runs.count)
    #expect(directory.runs.count <= 12)
    if Bool.random(using: &random) { table = try directory.openRows(id: 7) }
  }

  /// Changes a row in place and an array in the same way.
  mutating func edit(_ ordinal: UInt32) throws {
    var model = expected[ordinal] ?? []
    let piece = random.value()
    let at = Int.random(in: 0...model.count, using: &random)
    let end = Int.random(in: at...model.count, using: &random)
    var row = try table.edit(ordinal)
    #expect(row.count == model.count)
    #expect(row.bytes.toArray() == model)
    switch Int.random(in: 0..<7, using: &random) {
    case 0:
      row.append(piece.span.bytes)
      model += piece
    case 1:
      row.insert(piece.span.bytes, at: at)
      model.insert(contentsOf: piece, at: at)
    case 2:
      row.removeSubrange(at..<end)
      model.removeSubrange(at..<end)
    case 3 where model.count >= 8:
      let offset = min(at, model.count - 8)
      let number = random.next()
      row.store(number, at: offset)
      #expect(row.load(at: offset, as: UInt64.self) == number)
      withUnsafeBytes(of: number.littleEndian) {
        model.replaceSubrange(offset..<(offset + 8), with: $0)
      }
    case 4:
      row.resize(to: end + 3)
      model = Array(model.prefix(end + 3))
      model += [UInt8](repeating: 0, count: end + 3 - model.count)
    case 5:
      row.insertZeros(piece.count, at: at)
      model.insert(contentsOf: [UInt8](repeating: 0, count: piece.count), at: at)
    default:
      row.removeAll()
      model = []
    }
    #expect(row.count == model.count)
    expected[ordinal] = model
  }

  func checkAll() throws {
    #expect(try table.contents() == expected)
    for (snapshot, expected) in snapshots { #expect(try snapshot.contents() == expected) }
  }
}

extension RowReading {
  func bytes(_ ordinal: UInt32) throws(StoreError) -> [UInt8]? {
    try withRow(ordinal) { (row) throws(StoreError) in row.toArray() }
  }

  func contents() throws(StoreError) -> [UInt32: [UInt8]] {
    var result: [UInt32: [UInt8]] = [:]
    try forEach { (ordinal, bytes) in result[ordinal] = bytes.toArray() }
    return result
  }
}

@Suite struct RowTableModelTests {
  @Test(arguments: 0..<24)
  func matchesDictionary(seed: Int) throws {
    var model = RowTableModel(seed: UInt64(seed))
    for step in 0..<3000 {
      try model.step()
      if step % 500 == 499 { try model.checkAll() }
    }
    try model.checkAll()
  }
}
