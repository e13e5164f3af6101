// Walking a segment block by block. Below the committed end every block was once checked or is
// promised by a footer, so here anything unexpected is corruption, never a torn tail.

import Bytes

/// Reads blocks in order, checks that they form a chain, and hands out their records.
struct Scanner {
  private var reader: BlockReader
  private var plain: [UInt8] = []

  /// - Parameter windowBytes: How much of an active segment is read at once.
  init(windowBytes: Int = BlockReader.windowBytes) {
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
        try records(of: header, part, from: from, through: through, body)
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

  private func records(
    of header: BlockHeader, _ part: LogPart, from: SequenceNumber, through: SequenceNumber,
    _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    var walk = BlockWalk(header, plain.span.bytes.extracting(0..<Int(header.plainCount)))
    do {
      try walk.symbols { _, _ in }
    } catch {
      throw .corrupt("\(error.reason) in a block", part.bytes.name, at: Int(header.offset))
    }
    while true {
      let next: RecordView?
      do {
        next = try walk.next()
      } catch {
        throw .corrupt("\(error.reason) in a record", part.bytes.name, at: Int(header.offset))
      }
      guard let record = next else { return }
      if record.sequence > through { return }
      if record.sequence >= from { try body(record) }
    }
  }
}
