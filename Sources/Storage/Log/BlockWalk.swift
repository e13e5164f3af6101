// Walking through a plain block, whose bytes may be anything: see `BlockFormat`.

import Bytes

/// Walks through a plain block front to back: first its symbols, then its records.
struct BlockWalk: ~Escapable {
  private let header: BlockHeader
  /// Goes over what comes before the loose bytes.
  private var reader: ByteReader
  private let loose: RawSpan
  private let shapes: RawSpan
  private var symbolsLeft: UInt32
  private var recordsLeft: UInt32

  /// The position of the next record or symbol, in bytes from the start of the block.
  var offset: Int { reader.offset }
  /// How many loose bytes the records before have.
  private(set) var looseOffset = 0

  @_lifetime(copy plain)
  init(_ header: BlockHeader, _ plain: RawSpan) throws(DecodeError) {
    self.header = header
    symbolsLeft = header.symbolCount
    recordsLeft = header.recordCount
    guard header.isPacked else {
      reader = ByteReader(plain)
      (loose, shapes) = (plain.extracting(0..<0), plain.extracting(0..<0))
      return
    }
    let end = plain.byteCount - BlockFormat.trailerByteCount
    guard end >= 0 else { throw DecodeError(.invalidValue, at: 0) }
    var trailer = ByteReader(plain, at: end)
    let (looseCount, shapesCount) = (Int(try trailer.u32()), Int(try trailer.u32()))
    guard looseCount <= end, shapesCount <= end - looseCount else {
      throw DecodeError(.invalidValue, at: end)
    }
    let looseStart = end - shapesCount - looseCount
    reader = ByteReader(plain.extracting(0..<looseStart))
    loose = plain.extracting(looseStart..<(looseStart + looseCount))
    shapes = plain.extracting((looseStart + looseCount)..<end)
  }

  /// Passes the symbols to `body` and goes on to the first record.
  @_lifetime(self: copy self)
  mutating func symbols(_ body: (Symbol, RawSpan) -> Void) throws(DecodeError) {
    while symbolsLeft > 0 {
      let id = try reader.varint32()
      let name = try reader.lengthPrefixed()
      body(Symbol(id), name)
      symbolsLeft -= 1
    }
  }

  /// Where the shapes of the block lie in `plain`, by their numbers less 1.
  func shapeRanges() throws(DecodeError) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let start = reader.span.byteCount + loose.byteCount
    var reader = ByteReader(shapes)
    while !reader.isAtEnd {
      let shape = try reader.lengthPrefixed()
      let end = start + reader.offset
      ranges.append((end - shape.byteCount)..<end)
    }
    return ranges
  }

  /// The next record, or nil after the last; then every byte has been used.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  mutating func next() throws(DecodeError) -> StoredRecord? {
    guard recordsLeft > 0 else {
      try reader.expectEnd()
      guard looseOffset == loose.byteCount else { throw reader.invalid() }
      return nil
    }
    let index = header.recordCount - recordsLeft
    recordsLeft -= 1
    return try record(SequenceNumber(header.firstSequence.value + UInt64(index)))
  }

  /// Reads one record of which it is known where it lies.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  mutating func record(
    _ sequence: SequenceNumber, at offset: Int, looseAt looseOffset: Int
  ) throws(DecodeError) -> StoredRecord {
    reader = ByteReader(reader.span, at: offset)
    self.looseOffset = looseOffset
    return try record(sequence)
  }

  @_lifetime(copy self)
  @_lifetime(self: copy self)
  private mutating func record(_ sequence: SequenceNumber) throws(DecodeError) -> StoredRecord {
    let kind = try reader.u8()
    let delta = Int64(bitPattern: try reader.varint())
    let receivedAt = Timestamp(milliseconds: header.minReceivedAt.milliseconds &+ delta)
    guard receivedAt >= header.minReceivedAt, receivedAt <= header.maxReceivedAt else {
      throw reader.invalid()
    }
    let source = SourceID(try reader.varint32())
    let fields = RecordFields(
      kind: kind, receivedAt: receivedAt, source: source, payloadCount: try reader.count(),
      decisionsCount: try reader.count())
    var shape: UInt32 = 0
    var looseCount = 0
    if header.isPacked {
      shape = try reader.varint32()
      if shape > 0 { looseCount = Int(try reader.varint32()) }
    }
    guard looseCount <= loose.byteCount - looseOffset else { throw reader.invalid() }
    let bytes = try reader.bytes(fields.byteCount)
    let looseStart = looseOffset
    looseOffset += looseCount
    return StoredRecord(
      fields, sequence: sequence, bytes: bytes, shape: shape,
      loose: loose.extracting(looseStart..<looseOffset))
  }
}

/// A record as it lies in a block.
struct StoredRecord: ~Escapable {
  let fields: RecordFields
  let sequence: SequenceNumber
  /// The payload, or the values of a packed one, and the decisions.
  let bytes: RawSpan
  /// The number of its shape; 0 for a payload that is not packed.
  let shape: UInt32
  let loose: RawSpan

  @_lifetime(copy bytes, copy loose)
  init(
    _ fields: RecordFields, sequence: SequenceNumber, bytes: RawSpan, shape: UInt32, loose: RawSpan
  ) {
    self.fields = fields
    self.sequence = sequence
    self.bytes = bytes
    self.shape = shape
    self.loose = loose
  }

  /// The record, if its payload is not packed.
  var view: RecordView {
    @_lifetime(copy self)
    get { RecordView(fields, sequence: sequence, bytes: bytes) }
  }
}
