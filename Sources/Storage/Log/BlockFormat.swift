// What is inside a block once it is decompressed. The layout has this one definition:
//
//     plain block   symbol × header.symbolCount, record × header.recordCount, and nothing after
//     symbol        varint id, varint name length, name
//     record        u8 kind
//                   varint receivedAt − header.minReceivedAt (milliseconds)
//                   varint source
//                   varint payload length
//                   varint decisions length
//                   payload, decisions
//
// The sequence of a record is header.firstSequence plus its index in the block.

import Bytes

/// The bounds of the plain block layout.
enum BlockFormat {
  /// The most bytes that a record takes besides its payload and decisions.
  static let recordOverheadMax = 1 + 10 + 5 + 5 + 5
  /// The most plain bytes that are gathered into one block.
  static let blockBytesMax = 4 << 20
  /// The largest record, overhead included: it fits in a block with the names that precede it.
  static let recordBytesMax = BlockHeader.plainBytesMax - blockBytesMax

  static func write(
    _ record: borrowing RecordView, minReceivedAt: Timestamp, to plain: inout ByteWriter
  ) {
    plain.u8(record.kind)
    // The difference of two instants always fits 64 unsigned bits.
    let delta = record.receivedAt.milliseconds &- minReceivedAt.milliseconds
    plain.varint(UInt64(bitPattern: delta))
    plain.varint(UInt64(record.source.value))
    plain.varint(UInt64(record.payload.byteCount))
    plain.varint(UInt64(record.decisions.byteCount))
    plain.append(record.payload)
    plain.append(record.decisions)
  }

  static func write(_ symbol: Symbol, _ name: [UInt8], to plain: inout ByteWriter) {
    plain.varint(UInt64(symbol.value))
    plain.lengthPrefixed(name)
  }
}

/// Walks through a plain block front to back: first its symbols, then its records.
struct BlockWalk: ~Escapable {
  private let header: BlockHeader
  private var reader: ByteReader
  private var symbolsLeft: UInt32
  private var recordsLeft: UInt32

  /// The position of the next record or symbol, in bytes from the start of the block.
  var offset: Int { reader.offset }

  @_lifetime(copy plain)
  init(_ header: BlockHeader, _ plain: RawSpan) {
    self.header = header
    reader = ByteReader(plain)
    symbolsLeft = header.symbolCount
    recordsLeft = header.recordCount
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

  /// The next record, or nil after the last; then every byte has been used.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  mutating func next() throws(DecodeError) -> RecordView? {
    guard recordsLeft > 0 else {
      try reader.expectEnd()
      return nil
    }
    let index = header.recordCount - recordsLeft
    recordsLeft -= 1
    return try Self.record(
      &reader, header, SequenceNumber(header.firstSequence.value + UInt64(index)))
  }

  /// Reads the record at the reader's position.
  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  static func record(
    _ reader: inout ByteReader, _ header: BlockHeader, _ sequence: SequenceNumber
  ) throws(DecodeError) -> RecordView {
    let kind = try reader.u8()
    let delta = Int64(bitPattern: try reader.varint())
    let receivedAt = Timestamp(milliseconds: header.minReceivedAt.milliseconds &+ delta)
    guard receivedAt >= header.minReceivedAt, receivedAt <= header.maxReceivedAt else {
      throw reader.invalid()
    }
    let source = SourceID(try reader.varint32())
    let payloadCount = try reader.count()
    let decisionsCount = try reader.count()
    let fields = RecordFields(
      kind: kind, receivedAt: receivedAt, source: source, payloadCount: payloadCount,
      decisionsCount: decisionsCount)
    let bytes = try reader.bytes(payloadCount + decisionsCount)
    return RecordView(fields, sequence: sequence, bytes: bytes)
  }
}
