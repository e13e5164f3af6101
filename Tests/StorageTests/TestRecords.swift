// Records whose content follows from their sequence, so that a test can tell a right one from a
// wrong one without keeping what it wrote.

import Bytes
import Storage
import StorageSimulation

/// Makes and checks records.
struct TestRecords: Sendable {
  /// Tells apart records that have one sequence in two histories.
  var salt: UInt64 = 0
  /// Every so many records one is larger than a block.
  static let oversizedEvery: UInt64 = 17
  static let oversizedBytes = 700

  static let storeID = Hash128(high: 0x1122_3344_5566_7788, low: 0x99AA_BBCC_DDEE_FF00)
  static let seed = HashSeed((0..<32).map { UInt8($0) })

  /// Payloads made once, since the crash tests check millions.
  private static let known: [UInt64: [[UInt8]]] = [0: made(0), 7: made(7)]

  private static func made(_ salt: UInt64) -> [[UInt8]] {
    (0..<200).map { TestRecords(salt: salt).make(UInt64($0)) }
  }

  func payload(_ sequence: UInt64) -> [UInt8] {
    if sequence < 200, let known = Self.known[salt] { return known[Int(sequence)] }
    return make(sequence)
  }

  private func make(_ sequence: UInt64) -> [UInt8] {
    let mixed = HashSeed.mix(sequence &+ salt &* 1_000_003)
    let isOversized = sequence % Self.oversizedEvery == 0
    let count = isOversized ? Self.oversizedBytes : Int(mixed % 90)
    // Half of the records compress, half do not.
    let step = mixed & 1 == 0 ? 0 : UInt64(0x9E37_79B9)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    var word = mixed
    while bytes.count < count {
      withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
      word = (word &+ step) &* (step | 1)
    }
    return bytes
  }

  func decisions(_ sequence: UInt64) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: sequence &+ salt), count: Int(sequence % 5))
  }

  func receivedAt(_ sequence: UInt64) -> Timestamp {
    Timestamp(milliseconds: 1_700_000_000_000 + Int64(sequence ^ 3) * 1000)
  }

  func symbol(_ sequence: UInt64) -> Symbol { Symbol(UInt32(1 + sequence % 13)) }

  static func name(_ symbol: Symbol) -> [UInt8] { Array("symbol \(symbol.value)".utf8) }

  func batch(from first: SequenceNumber, count: Int) -> RecordBatch {
    var batch = RecordBatch(firstSequence: first)
    for value in first.value..<(first.value + UInt64(count)) {
      batch.begin(
        kind: UInt8(value % 7), receivedAt: receivedAt(value), source: SourceID(UInt32(value % 3)),
        payload: payload(value).span.bytes)
      batch.decide(decisions(value).span.bytes)
      batch.use(symbol(value))
    }
    return batch
  }

  /// Whether a record is exactly the one that its sequence should have.
  func matches(_ record: borrowing RecordView) -> Bool {
    let value = record.sequence.value
    return record.kind == UInt8(value % 7) && record.receivedAt == receivedAt(value)
      && record.source == SourceID(UInt32(value % 3))
      && record.payload.elementsEqual(payload(value).span.bytes)
      && record.decisions.elementsEqual(decisions(value).span.bytes)
  }
}

extension Log {
  /// Appends `count` test records.
  func append(_ records: TestRecords, count: Int) throws(StoreError) {
    try append(records.batch(from: nextSequence, count: count), names: TestRecords.name)
  }
}

extension LogView {
  /// The sequences of all records and whether each is right.
  func check(_ records: TestRecords) throws -> (count: Int, isRight: Bool) {
    var count = 0
    var isRight = true
    try scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
      (record) throws(StoreError) in
      count += 1
      if record.sequence.value != UInt64(count) || !records.matches(record) { isRight = false }
    }
    return (count, isRight)
  }
}

extension StorageOptions {
  /// Whether this build can have faults planted; a release build cannot.
  static var canPlant: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// The same options with faults planted.
  func planting(_ bugs: PlantedBugs) -> StorageOptions {
    #if DEBUG
      var options = self
      options.plantedBugs = bugs
      return options
    #else
      return self
    #endif
  }
}
