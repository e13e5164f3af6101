// A log that is also kept as an array, with payloads and names that cannot be compressed: where one
// of them is left in a file, a search for its bytes finds it.

import Bytes
import Storage
import StorageSimulation

/// Makes a log of random records and knows what blanking has to make of it.
struct BlankModel: Sendable {
  /// A record as it was appended.
  struct Record: Sendable {
    var kind: UInt8
    var receivedAt: Timestamp
    var source: SourceID
    var payload: [UInt8]
    var decisions: [UInt8]
    var symbols: Set<Symbol>
  }

  static let blankKind: UInt8 = 200
  static let path = "/store"
  private static let canaryBytes = 16

  private(set) var records: [Record] = []
  /// The sequences that are to be blank, every third of them to keep a part of its payload instead.
  var erased: Set<UInt64> = []
  private var random: SeededRandom
  private var carried: Set<Symbol> = []

  init(_ seed: UInt64) { random = SeededRandom(seed) }

  /// A name of random bytes that follows from the symbol.
  static func name(_ symbol: Symbol) -> [UInt8] {
    var random = SeededRandom(UInt64(symbol.value) &* 7919)
    return (0..<canaryBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  /// Passes on the symbols that a payload names at its front.
  static func symbols(
    _ record: borrowing RecordView, _ body: (Symbol) -> Void
  ) throws(StoreError) {
    do {
      var reader = ByteReader(record.payload)
      for _ in 0..<(try reader.u8()) { body(Symbol(try reader.u32())) }
    } catch {
      throw StoreError(error, in: "payload")
    }
  }

  /// Appends a batch of `count` records, which may carry names that the batch before used.
  mutating func append(_ count: Int, to log: Log) throws(StoreError) {
    var batch = RecordBatch(firstSequence: log.nextSequence)
    if random.chance(70) { for symbol in carried { batch.use(symbol) } }
    carried = []
    for _ in 0..<count {
      let record = makeRecord()
      batch.begin(
        kind: record.kind, receivedAt: record.receivedAt, source: record.source,
        payload: record.payload.span.bytes)
      batch.decide(record.decisions.span.bytes)
      for symbol in record.symbols.sorted(by: { $0.value < $1.value }) { batch.use(symbol) }
      carried.formUnion(record.symbols)
      records.append(record)
    }
    try log.append(batch, names: Self.name)
  }

  private mutating func makeRecord() -> Record {
    var symbols: Set<Symbol> = []
    // A few names that many records use, and some of its own.
    for _ in 0..<random.below(3) { symbols.insert(Symbol(UInt32(1 + random.below(5)))) }
    for _ in 0..<random.below(3) { symbols.insert(Symbol(UInt32(10 + random.below(400)))) }
    var payload = ByteWriter()
    payload.u8(UInt8(symbols.count))
    for symbol in symbols { payload.u32(symbol.value) }
    for _ in 0..<(Self.canaryBytes + random.below(60)) {
      payload.u8(UInt8(truncatingIfNeeded: random.next()))
    }
    let decisions = (0..<random.below(30)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    return Record(
      kind: UInt8(random.below(7)),
      receivedAt: Timestamp(milliseconds: 1_700_000_000_000 + Int64(random.below(100_000))),
      source: SourceID(UInt32(1 + random.below(3))), payload: payload.bytes, decisions: decisions,
      symbols: symbols)
  }

  /// Adds about one of `every` sequences through `last` to those to be blank.
  mutating func eraseSome(every: Int, through last: UInt64) {
    for sequence in 1...last where random.below(every) == 0 { erased.insert(sequence) }
    // As a writer whose next batch begins after the blanking.
    carried = []
  }

  /// What a record that is to be blank keeps: one of its names, if it has any; nil for nothing.
  private func remainder(of sequence: UInt64) -> [UInt8]? {
    guard sequence.isMultiple(of: 3) else { return nil }
    let payload = records[Int(sequence) - 1].payload
    return payload[0] > 0 ? [1] + payload[1..<5] : [0]
  }

  private func isReduced(_ record: borrowing RecordView) -> Bool {
    guard let rest = remainder(of: record.sequence.value) else { return false }
    return record.payload.elementsEqual(rest.span.bytes)
  }

  /// Blanks what is to be blank.
  @discardableResult
  func blank(
    _ log: Log, through last: UInt64 = .max, onProgress: (BlankProgress) -> Void = { _ in }
  ) throws(StoreError) -> BlankReport {
    try log.blank(
      through: SequenceNumber(last), kind: Self.blankKind,
      isErased: { (record) throws(StoreError) in
        erased.contains(record.sequence.value) && !isReduced(record)
      },
      remainder: { (record) throws(StoreError) in remainder(of: record.sequence.value) },
      symbols: Self.symbols, onProgress: onProgress)
  }

  // MARK: Checks

  /// Which records are blank or reduced; nil if a record is missing or neither as it was nor rightly less.
  func blanks(in view: LogView) throws(StoreError) -> Set<UInt64>? {
    var blanks: Set<UInt64> = []
    var next: UInt64 = 1
    var isRight = true
    try view.scan(from: SequenceNumber(1), through: SequenceNumber(.max)) {
      (record) throws(StoreError) in
      let sequence = record.sequence.value
      defer { next += 1 }
      guard sequence == next, sequence <= UInt64(records.count) else {
        isRight = false
        return
      }
      let original = records[Int(sequence) - 1]
      if erased.contains(sequence), isRightlyLess(record, original) {
        blanks.insert(sequence)
      } else if !isSame(record, original) {
        isRight = false
      }
    }
    return isRight && next == UInt64(records.count) + 1 ? blanks : nil
  }

  private func isSame(_ record: borrowing RecordView, _ original: Record) -> Bool {
    record.kind == original.kind && record.receivedAt == original.receivedAt
      && record.source == original.source
      && record.payload.elementsEqual(original.payload.span.bytes)
      && record.decisions.elementsEqual(original.decisions.span.bytes)
  }

  /// Whether an erased record is blank, or has its remainder and everything else as it was.
  private func isRightlyLess(_ record: borrowing RecordView, _ original: Record) -> Bool {
    if let rest = remainder(of: record.sequence.value) {
      var left = original
      left.payload = rest
      return isSame(record, left)
    }
    return record.kind == Self.blankKind && record.receivedAt == original.receivedAt
      && record.source == SourceID(0) && record.payload.byteCount == 0
      && record.decisions.byteCount == 0
  }

  /// The symbols that records use which are not to be blank, or that they keep.
  var survivingSymbols: Set<Symbol> {
    var symbols: Set<Symbol> = []
    for (index, record) in records.enumerated() {
      let sequence = UInt64(index) + 1
      if !erased.contains(sequence) {
        symbols.formUnion(record.symbols)
      } else if let rest = remainder(of: sequence), rest.count == 5 {
        symbols.insert(Symbol(rest.reversed().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }))
      }
    }
    return symbols
  }

  /// The bytes that must be nowhere: ends of erased payloads, and names that only those use.
  var canaries: [[UInt8]] {
    var gone: Set<Symbol> = []
    var canaries: [[UInt8]] = []
    for sequence in erased.sorted() {
      let record = records[Int(sequence) - 1]
      canaries.append(Array(record.payload.suffix(Self.canaryBytes)))
      gone.formUnion(record.symbols)
    }
    return canaries + gone.subtracting(survivingSymbols).map(Self.name)
  }

  /// How many of the canaries are in some file of the disk.
  static func found(_ canaries: [[UInt8]], on disk: DiskState) -> Int {
    var wanted: [UInt64: [UInt8]] = [:]
    for canary in canaries { wanted[word(canary[...])] = canary }
    var found: Set<UInt64> = []
    for bytes in disk.visibleFiles.values where bytes.count >= canaryBytes {
      var rolling = word(bytes[0..<8])
      for start in 0...(bytes.count - canaryBytes) {
        if let canary = wanted[rolling],
          bytes[start..<(start + canaryBytes)].elementsEqual(canary)
        {
          found.insert(rolling)
        }
        rolling = rolling << 8 | UInt64(bytes[start + 8])
      }
    }
    return found.count
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
