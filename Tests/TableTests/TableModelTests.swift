// Random operations on a table, compared with a dictionary step by step.

import Bytes
import Storage
import Testing

/// A table and the map that it should equal.
struct TableModel {
  let kind: TableKind
  var table: Table
  var directory = RunDirectory()
  var expected: [TableKey: [UInt8]] = [:]
  var snapshots: [(snapshot: TableSnapshot, expected: [TableKey: [UInt8]])] = []
  var random: SeededGenerator
  let keySpace: UInt64
  let keyWidth: UInt64

  init(kind: TableKind, seed: UInt64) {
    self.kind = kind
    table = Table(id: 7, kind: kind)
    random = SeededGenerator(seed)
    keySpace = [8, 100, 3000][Int(seed % 3)]
    keyWidth = seed / 3 % 3
  }

  mutating func key() -> TableKey {
    // Half of the touches go to a few hot keys.
    let hot = Bool.random(using: &random)
    let number = UInt64.random(in: 0..<(hot ? max(1, keySpace / 20) : keySpace), using: &random)
    // Keys of ordinals, of hashes, and those between.
    switch keyWidth {
    case 0: return TableKey(high: number % 3, low: number)
    case 1: return TableKey(high: HashSeed.mix(number), low: HashSeed.mix(number ^ 1))
    default: return TableKey(high: HashSeed.mix(number) >> (number % 64), low: number % 7)
    }
  }

  mutating func step() throws {
    let key = key()
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<25:
      let value = random.value()
      table.put(key, value.span.bytes)
      expected[key] = value
    case 25..<45:
      let value = random.value()
      try table.append(key, value.span.bytes)
      expected[key, default: []] += value
    case 45..<55:
      table.remove(key)
      expected[key] = nil
    case 55..<80:
      try mutate(key)
    case 80..<97:
      #expect(try table.value(key) == expected[key])
      try visit(key)
    case 97:
      if snapshots.count > 4 { snapshots.remove(at: Int.random(in: 0..<5, using: &random)) }
      snapshots.append((table.snapshot(), expected))
    case 98:
      try checkSnapshots(key)
      if Int.random(in: 0..<4, using: &random) == 0 { snapshots.removeAll() }
    default:
      try flushOrReopen()
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
    #expect(directory.runs.count <= Table.runsMax)
    #expect(directory.files.names.count == directory.runs.count)
    if Bool.random(using: &random) { table = try directory.open(id: 7, kind: kind) }
  }

  mutating func visit(_ key: TableKey) throws {
    var joined: [UInt8]?
    try table.visit(key) { joined = (joined ?? []) + $0.toArray() }
    #expect(joined == expected[key])
  }

  /// Changes a value in place and an array in the same way.
  mutating func mutate(_ key: TableKey) throws {
    var model = expected[key] ?? []
    let piece = random.value()
    let choice = Int.random(in: 0..<6, using: &random)
    let at = Int.random(in: 0...model.count, using: &random)
    let end = Int.random(in: at...model.count, using: &random)
    let number = random.next()
    try table.mutate(key) { (value) throws(StoreError) in
      #expect(value.count == model.count)
      #expect(value.bytes.toArray() == model)
      switch choice {
      case 0:
        value.append(piece.span.bytes)
        model += piece
      case 1:
        value.insert(piece.span.bytes, at: at)
        model.insert(contentsOf: piece, at: at)
      case 2:
        value.removeSubrange(at..<end)
        model.removeSubrange(at..<end)
      case 3 where model.count >= 8:
        let offset = min(at, model.count - 8)
        value.store(number, at: offset)
        #expect(value.load(at: offset, as: UInt64.self) == number)
        withUnsafeBytes(of: number.littleEndian) {
          model.replaceSubrange(offset..<(offset + 8), with: $0)
        }
      case 4:
        value.resize(to: end + 3)
        model = Array((model + [0, 0, 0, 0]).prefix(end)) + zerosOrModel(model, end)
      default:
        value.removeAll()
        model = []
      }
    }
    expected[key] = model
  }

  private func zerosOrModel(_ model: [UInt8], _ end: Int) -> [UInt8] {
    let kept = Array(model.dropFirst(end).prefix(3))
    return kept + Array(repeating: 0, count: 3 - kept.count)
  }

  mutating func checkSnapshots(_ key: TableKey) throws {
    for (snapshot, expected) in snapshots {
      #expect(try snapshot.value(key) == expected[key])
    }
  }

  func checkAll() throws {
    #expect(try table.contents() == expected)
    for (snapshot, expected) in snapshots { #expect(try snapshot.contents() == expected) }
  }
}

@Suite struct TableModelTests {
  @Test(arguments: [TableKind.replace, .append], 0..<15)
  func matchesDictionary(kind: TableKind, seed: Int) throws {
    var model = TableModel(kind: kind, seed: UInt64(seed))
    for step in 0..<2000 {
      try model.step()
      if step % 400 == 399 { try model.checkAll() }
    }
    try model.checkAll()
  }
}
