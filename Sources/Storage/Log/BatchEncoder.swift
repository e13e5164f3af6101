// From a batch to the bytes of its blocks: all the CPU work of a commit and none of its I/O.

import Bytes

/// A symbol that a segment does not have yet.
struct NewSymbol: Sendable {
  var symbol: Symbol
  var name: [UInt8]
}

/// Builds the blocks of one batch.
struct BatchEncoder {
  private let blockBytes: Int
  private let form: (any PayloadForm)?
  private var plain = FlatBuffer<UInt8>()
  /// What became of the payloads of the block under construction, if they may be packed.
  private var packed: [PackedPayload?] = []

  init(_ options: StorageOptions) {
    blockBytes = options.blockBytes
    form = options.payloadForm
  }

  /// Checks that a batch can be encoded.
  ///
  /// - Throws: `tooLarge` if a record or a symbol's name does not fit a block.
  /// - Complexity: O(records).
  static func check(
    _ batch: borrowing RecordBatch, _ symbols: [NewSymbol]
  ) throws(StoreError) {
    for symbol in symbols where symbol.name.count > BlockHeader.plainBytesMax - 16 {
      throw StoreError(
        .tooLarge,
        "a name of \(symbol.name.count) bytes is beyond the limit of a block; shorten it")
    }
    for row in batch.rows {
      let record = row.fields.byteCount + BlockFormat.recordOverheadMax
      guard record <= BlockFormat.recordBytesMax else {
        throw StoreError(
          .tooLarge, "a record of \(record) bytes is beyond the limit of a block; split it")
      }
    }
  }

  /// The most bytes that the blocks of a batch can take in the file.
  ///
  /// Two blocks in a row hold more than `blockBytes` together, or they would be one.
  func byteCountMax(_ batch: borrowing RecordBatch, _ symbols: [NewSymbol]) -> Int {
    var plain = symbols.reduce(batch.byteCount) { $0 + $1.name.count + 10 }
    if form != nil {
      plain += (batch.count + 1) * (BlockFormat.packedExcessMax + BlockFormat.trailerByteCount)
    }
    return plain + (2 * plain / blockBytes + 4) * (BlockHeader.byteCount + 8)
  }

  /// Encodes `batch`, which has been checked, to follow on `tip`.
  ///
  /// - Parameter durable: The highest sequence known to be durable.
  mutating func encode(
    _ batch: borrowing RecordBatch, _ symbols: [NewSymbol], after tip: LogTip,
    durable: SequenceNumber
  ) -> (bytes: [UInt8], tip: LogTip) {
    var build = Build(tip: tip, durable: durable, capacity: batch.byteCount / 2)
    encode(symbols, into: &build)
    let packer = form?.packer()
    var index = 0
    repeat {
      index = encodeBlock(batch, from: index, packer, into: &build)
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
  private mutating func encode(_ symbols: [NewSymbol], into build: inout Build) {
    plain.removeAll()
    for entry in symbols {
      if plain.count > 0, plain.count + entry.name.count + 10 > blockBytes {
        close(
          &build, records: 0, first: build.tip.next, isCommit: false, isPacked: false, (0, 0))
      }
      BlockFormat.write(entry.symbol, entry.name, to: &plain)
      build.symbolCount += 1
      build.tip.dictionary.insert(entry.symbol, entry.name.span.bytes)
    }
    // Records share the last block of names only if a block of records would still fit the limit.
    if plain.count > blockBytes / 2 {
      close(
        &build, records: 0, first: build.tip.next, isCommit: false, isPacked: false, (0, 0))
    }
  }

  /// Encodes the records of a block, from the first of them on.
  ///
  /// - Returns: The index after its last record.
  private mutating func encodeBlock(
    _ batch: borrowing RecordBatch, from start: Int, _ packer: (any PayloadPacker)?,
    into build: inout Build
  ) -> Int {
    packer?.begin()
    packed.removeAll(keepingCapacity: true)
    var (size, end) = (plain.count, start)
    guard let packer else {
      while end < batch.count {
        let record = batch.rows[end].fields.byteCount + BlockFormat.recordOverheadMax
        if end > start, size + record > blockBytes { break }
        size += record
        end += 1
      }
      encodeRecords(batch, start..<end, nil, into: &build)
      return end
    }
    // Once a block: a packer that may be missing would be counted at each record.
    var isPacked = false
    while end < batch.count {
      let fields = batch.rows[end].fields
      let record = fields.byteCount + BlockFormat.recordOverheadMax
      if end > start, size + record > blockBytes { break }
      size += record
      let payload = packer.pack(
        fields.kind, batch.payload(at: end), draft: batch.draft(at: end),
        receivedAt: fields.receivedAt)
      if let payload {
        size += payload.byteCount - fields.payloadCount
        isPacked = true
      }
      packed.append(payload)
      end += 1
    }
    encodeRecords(batch, start..<end, isPacked ? packer : nil, into: &build)
    return end
  }

  /// - Parameter packer: What holds the payloads of a packed block.
  private mutating func encodeRecords(
    _ batch: borrowing RecordBatch, _ range: Range<Int>, _ packer: (any PayloadPacker)?,
    into build: inout Build
  ) {
    var least = Timestamp(milliseconds: .max)
    var greatest = Timestamp(milliseconds: .min)
    for index in range {
      least = min(least, batch.rows[index].fields.receivedAt)
      greatest = max(greatest, batch.rows[index].fields.receivedAt)
    }
    if let packer {
      for index in range {
        if let payload = packed[index - range.lowerBound] {
          BlockFormat.writeHead(
            batch.rows[index].fields, payloadCount: payload.values.count,
            packed: (payload.shape, payload.looseCount), minReceivedAt: least, to: &plain)
          packer.writeValues(of: payload, to: &plain)
          plain.append(batch.decisions(at: index))
        } else {
          encodePlainly(batch, index, packed: (0, 0), minReceivedAt: least)
        }
      }
      encodeCommon(packer)
    } else {
      for index in range { encodePlainly(batch, index, packed: nil, minReceivedAt: least) }
    }
    close(
      &build, records: UInt32(range.count),
      first: SequenceNumber(batch.firstSequence.value + UInt64(range.lowerBound)),
      isCommit: range.upperBound == batch.count, isPacked: packer != nil,
      (least.milliseconds, greatest.milliseconds))
  }

  /// Writes a record whose payload stands there as it is.
  private mutating func encodePlainly(
    _ batch: borrowing RecordBatch, _ index: Int, packed: (shape: UInt32, looseCount: Int)?,
    minReceivedAt: Timestamp
  ) {
    let fields = batch.rows[index].fields
    BlockFormat.writeHead(
      fields, payloadCount: fields.payloadCount, packed: packed, minReceivedAt: minReceivedAt,
      to: &plain)
    plain.append(batch.payload(at: index))
    plain.append(batch.decisions(at: index))
  }

  /// Writes what stands once in a packed block.
  private mutating func encodeCommon(_ packer: any PayloadPacker) {
    let looseStart = plain.count
    packer.writeLoose(to: &plain)
    let shapesStart = plain.count
    packer.writeShapes(to: &plain)
    let end = plain.count
    plain.u32(UInt32(shapesStart - looseStart))
    plain.u32(UInt32(end - shapesStart))
  }

  /// Compresses the block under construction, appends it and starts the next.
  private mutating func close(
    _ build: inout Build, records: UInt32, first: SequenceNumber, isCommit: Bool,
    isPacked: Bool, _ receivedAt: (least: Int64, greatest: Int64)
  ) {
    let start = build.out.count
    BlockHeader.begin(in: &build.out)
    let compressed = BlockCompression.compress(plain.span.bytes, to: &build.out)
    if compressed == nil { build.out.append(plain.span.bytes) }
    var header = BlockHeader(
      codec: compressed == nil ? .stored : .lz4, isCommit: isCommit,
      isPacked: isPacked, segment: build.tip.segment.number, offset: UInt64(build.tip.offset),
      firstSequence: first, recordCount: records, symbolCount: build.symbolCount,
      plainCount: UInt32(plain.count), storedCount: UInt32(compressed ?? plain.count),
      minReceivedAt: Timestamp(milliseconds: receivedAt.least),
      maxReceivedAt: Timestamp(milliseconds: receivedAt.greatest), durable: build.durable,
      previous: build.tip.chain)
    header.end(at: start, in: &build.out)
    build.tip.advance(past: header)
    build.symbolCount = 0
    plain.removeAll()
  }
}
