// Walking a segment block by block. Below the committed end every block was once checked or is
// promised by a footer, so here anything unexpected is corruption, never a torn tail.

import Bytes

/// Reads blocks in order, checks that they form a chain, and hands out their records.
struct Scanner {
  private var reader: BlockReader
  private var plain: [UInt8] = []
  private let form: (any PayloadForm)?
  /// The payload of a record that was packed.
  private var payload: [UInt8] = []

  /// - Parameters:
  ///   - form: How payloads may be packed.
  ///   - windowBytes: How much of an active segment is read at once.
  init(_ form: (any PayloadForm)?, windowBytes: Int = BlockReader.windowBytes) {
    self.form = form
    reader = BlockReader(windowBytes: windowBytes)
  }

  /// Passes the records of `part` from `from` through `through` to `body`.
  mutating func scan(
    _ part: LogPart, from: SequenceNumber, through: SequenceNumber,
    _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    var offset = part.offset(before: from)
    var previous: BlockHeader?
    while offset < part.bytes.end {
      let header = try block(of: part, at: offset, after: previous)
      if header.firstSequence > through { return }
      if header.nextSequence > from, header.recordCount > 0 {
        try reader.decode(header, of: part.bytes, into: &plain)
        try Self.records(
          of: header, in: plain, Unpacking(header, form, part), part, from: from,
          through: through, &payload, body)
      }
      offset += header.blockByteCount
      previous = header
    }
    guard previous == nil || previous?.checksum == part.chain else {
      throw .corrupt(
        "the last block is not the one the segment ends with", part.bytes.name, at: offset)
    }
  }

  /// Finds and decodes the block that holds `sequence`.
  mutating func find(
    _ sequence: SequenceNumber, in part: LogPart, into plain: inout [UInt8]
  ) throws(StoreError) -> BlockHeader {
    var offset = part.offset(before: sequence)
    var previous: BlockHeader?
    while offset < part.bytes.end {
      let header = try block(of: part, at: offset, after: previous)
      if header.firstSequence <= sequence, sequence < header.nextSequence {
        try reader.decode(header, of: part.bytes, into: &plain)
        return header
      }
      offset += header.blockByteCount
      previous = header
    }
    throw .corrupt(
      "record \(sequence.value) is not where the segment's index says", part.bytes.name,
      at: part.bytes.end)
  }

  /// Reads the block at `offset` and checks that it continues the one before.
  private mutating func block(
    of part: LogPart, at offset: Int, after previous: BlockHeader?
  ) throws(StoreError) -> BlockHeader {
    switch try reader.load(part.bytes, at: offset) {
    case .damaged(let what):
      throw .corrupt("\(what)", part.bytes.name, at: offset)
    case .unknown(let what, let value):
      throw .unknown(what, value, part.bytes.name, at: offset)
    case .valid(let header):
      guard let previous else { return header }
      guard header.previous == previous.checksum, header.firstSequence == previous.nextSequence
      else {
        throw .corrupt("a block does not continue the one before", part.bytes.name, at: offset)
      }
      return header
    }
  }

  /// Static, because two buffers of one struct cannot be borrowed at once.
  private static func records(
    of header: BlockHeader, in plain: [UInt8], _ unpacking: Unpacking, _ part: LogPart,
    from: SequenceNumber, through: SequenceNumber, _ payload: inout [UInt8],
    _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    let bytes = plain.span.bytes.extracting(0..<Int(header.plainCount))
    var walk: BlockWalk
    let shapes: [Range<Int>]
    do {
      walk = try BlockWalk(header, bytes)
      try walk.symbols { _, _ in }
      shapes = try walk.shapeRanges()
    } catch {
      throw .corrupt("\(error.reason) in a block", part.bytes.name, at: Int(header.offset))
    }
    while true {
      let next: StoredRecord?
      do {
        next = try walk.next()
      } catch {
        throw .corrupt("\(error.reason) in a record", part.bytes.name, at: Int(header.offset))
      }
      guard let record = next else { return }
      if record.sequence > through { return }
      if record.sequence < from { continue }
      try unpacking.read(record, shapes, of: bytes, through: &payload, body)
    }
  }
}
