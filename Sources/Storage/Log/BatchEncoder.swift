// From a batch to the bytes of its blocks: all the CPU work of a commit and none of its I/O, so that
// it can run while the batch before is still being synced.

import Bytes

/// A batch as it goes into the segment file, and the log's tip before and after it.
public struct EncodedBatch: Sendable {
  let bytes: [UInt8]
  /// The tip that it was encoded for.
  let before: LogTip
  /// Whether it begins a new segment, whose header is `after.segment`.
  let rolls: Bool
  /// The tip once it is committed.
  let after: LogTip

  /// Where the bytes go.
  var offset: Int { rolls ? SegmentHeader.byteCount : before.offset }
}

/// Builds the blocks of batches; keeps its buffers from one to the next.
struct BatchEncoder {
  private let blockBytes: Int
  private var plain = ByteWriter()
  private var scratch: [UInt8] = []

  init(blockBytes: Int) { self.blockBytes = blockBytes }

  /// Encodes `batch` to follow on `tip`.
  ///
  /// - Parameter durable: The highest sequence known to be durable.
  /// - Throws: `tooLarge` if a record or a symbol's name does not fit a block.
  mutating func encode(
    _ batch: borrowing RecordBatch, after tip: LogTip, durable: SequenceNumber,
    names: (Symbol) -> [UInt8]
  ) throws(StoreError) -> (bytes: [UInt8], tip: LogTip) {
    var build = Build(tip: tip, durable: durable, capacity: batch.byteCount / 2)
    try encodeSymbols(batch, names, into: &build)
    var index = 0
    repeat {
      let end = try blockEnd(batch, from: index)
      encodeRecords(batch, index..<end, into: &build)
      index = end
    } while index < batch.count
    return (build.out.bytes, build.tip)
  }

  /// What has been built of one batch, and the symbols waiting in the block under construction.
  private struct Build {
    var tip: LogTip
    let durable: SequenceNumber
    var out: ByteWriter
    var symbolCount: UInt32 = 0

    init(tip: LogTip, durable: SequenceNumber, capacity: Int) {
      self.tip = tip
      self.durable = durable
      out = ByteWriter(capacity: capacity)
    }
  }

  /// Puts the names of symbols new to this segment in front of the batch's first records; names
  /// that fill a block get blocks of their own.
  private mutating func encodeSymbols(
    _ batch: borrowing RecordBatch, _ names: (Symbol) -> [UInt8], into build: inout Build
  ) throws(StoreError) {
    plain.removeAll()
    for symbol in batch.symbols where !build.tip.dictionary.contains(symbol) {
      let name = names(symbol)
      guard name.count <= BlockHeader.plainBytesMax - 16 else {
        throw StoreError(
          .tooLarge, "a name of \(name.count) bytes is beyond the limit of a block; shorten it")
      }
      if plain.count > 0, plain.count + name.count + 10 > blockBytes {
        close(&build, records: 0, first: build.tip.next, isCommit: false, (0, 0))
      }
      BlockFormat.write(symbol, name, to: &plain)
      build.symbolCount += 1
      build.tip.dictionary.insert(symbol, name.span.bytes)
    }
    // Records share the last block of names only if a block of records would still fit the limit.
    if plain.count > blockBytes / 2 {
      close(&build, records: 0, first: build.tip.next, isCommit: false, (0, 0))
    }
  }

  /// The index after the last record of the block that starts with record `start`.
  private func blockEnd(
    _ batch: borrowing RecordBatch, from start: Int
  ) throws(StoreError) -> Int {
    var size = plain.count
    var end = start
    while end < batch.count {
      let record = batch.rows[end].fields.byteCount + BlockFormat.recordOverheadMax
      guard record <= BlockFormat.recordBytesMax else {
        throw StoreError(
          .tooLarge, "a record of \(record) bytes is beyond the limit of a block; split it")
      }
      if end > start, size + record > blockBytes { break }
      size += record
      end += 1
    }
    return end
  }

  private mutating func encodeRecords(
    _ batch: borrowing RecordBatch, _ range: Range<Int>, into build: inout Build
  ) {
    var least = Timestamp(milliseconds: .max)
    var greatest = Timestamp(milliseconds: .min)
    for index in range {
      least = min(least, batch.rows[index].fields.receivedAt)
      greatest = max(greatest, batch.rows[index].fields.receivedAt)
    }
    for index in range {
      BlockFormat.write(batch.record(at: index), minReceivedAt: least, to: &plain)
    }
    close(
      &build, records: UInt32(range.count),
      first: SequenceNumber(batch.firstSequence.value + UInt64(range.lowerBound)),
      isCommit: range.upperBound == batch.count, (least.milliseconds, greatest.milliseconds))
  }

  /// Compresses the block under construction, appends it and starts the next.
  private mutating func close(
    _ build: inout Build, records: UInt32, first: SequenceNumber, isCommit: Bool,
    _ receivedAt: (least: Int64, greatest: Int64)
  ) {
    // Taken out of self for the while: two buffers of one struct cannot be borrowed at once.
    var scratch: [UInt8] = []
    swap(&scratch, &self.scratch)
    defer { swap(&scratch, &self.scratch) }
    let compressed = BlockCompression.compress(plain.bytes.span.bytes, into: &scratch)
    var header = BlockHeader(
      codec: compressed == nil ? .stored : .lz4, isCommit: isCommit,
      segment: build.tip.segment.number, offset: UInt64(build.tip.offset), firstSequence: first,
      recordCount: records, symbolCount: build.symbolCount, plainCount: UInt32(plain.count),
      storedCount: UInt32(compressed ?? plain.count),
      minReceivedAt: Timestamp(milliseconds: receivedAt.least),
      maxReceivedAt: Timestamp(milliseconds: receivedAt.greatest), durable: build.durable,
      previous: build.tip.chain)
    if let compressed {
      header.write(scratch.span.bytes.extracting(0..<compressed), to: &build.out)
    } else {
      header.write(plain.bytes.span.bytes, to: &build.out)
    }
    build.tip.advance(past: header)
    build.symbolCount = 0
    plain.removeAll()
  }
}
