// The header in front of every block: the unit of compression, checksum and recovery.
//
//     offset size  field
//          0    8  magic "CAIRNBLK"
//          8    8  checksum: XXH3-64 of byte 16 up to the end of the block, padding included
//         16    2  format version, 1
//         18    1  codec: 0 stored, 1 LZ4
//         19    1  flags: bit 0 commit (the last block of its batch), bit 1 packed (payloads are
//                   in the form of `PayloadForm`, see `BlockFormat`); others 0
//         20    1  cipher, 0 (none)
//         21    3  reserved, 0
//         24    4  key id, 0
//         28    4  dictionary id, 0 (the segment's own)
//         32    8  segment number
//         40    8  offset of this block in its file
//         48    8  sequence of the first record
//         56    4  number of records
//         60    4  number of symbols
//         64    4  plain length
//         68    4  stored length
//         72    8  least receivedAt of its records
//         80    8  greatest receivedAt
//         88    8  highest sequence that was durable when the block was encoded
//         96    8  checksum of the block before, or of the segment header for the first block
//        104       stored bytes, then zeros up to a multiple of 8
//
// Segment number and offset catch blocks that were written to the wrong place. The checksum of the
// block before makes the segment a chain, so that an old tail can never continue a new one. The
// durable sequence tells a torn tail from damage in the middle: see `Recovery`.

import Bytes

/// A block's header; the checks that come with reading one are in `BlockHeader+Check.swift`.
struct BlockHeader: Equatable, Sendable {
  static let byteCount = 104
  static let magic: StaticString = "CAIRNBLK"
  static let version: UInt16 = 1
  /// The most plain bytes in a block, and with it the largest record.
  static let plainBytesMax = 32 << 20
  static let commitFlag: UInt8 = 1
  static let packedFlag: UInt8 = 2

  enum Codec: UInt8, Sendable {
    case stored = 0
    case lz4 = 1
  }

  var codec: Codec
  var isCommit: Bool
  var isPacked: Bool
  var segment: UInt64
  var offset: UInt64
  var firstSequence: SequenceNumber
  var recordCount: UInt32
  var symbolCount: UInt32
  var plainCount: UInt32
  var storedCount: UInt32
  var minReceivedAt: Timestamp
  var maxReceivedAt: Timestamp
  var durable: SequenceNumber
  var previous: UInt64
  var checksum: UInt64 = 0

  /// The sequence after the block's last record.
  var nextSequence: SequenceNumber { SequenceNumber(firstSequence.value + UInt64(recordCount)) }

  /// The bytes of the block in the file, header and padding included.
  var blockByteCount: Int { Self.blockByteCount(stored: Int(storedCount)) }

  static func blockByteCount(stored: Int) -> Int { (byteCount + stored + 7) & ~7 }

  /// Leaves room for a header, which the stored bytes follow.
  static func begin(in out: inout ByteWriter) {
    for _ in 0..<(byteCount / 8) { out.u64(0) }
  }

  /// Writes the header of a block that `begin` left room for at `start` and whose stored bytes end the writer, pads
  /// it, and fills in the checksum.
  mutating func end(at start: Int, in block: inout ByteWriter) {
    for _ in block.count..<(start + blockByteCount) { block.u8(0) }
    var out = ByteWriter(capacity: Self.byteCount)
    out.append(Self.magic)
    out.u64(0)
    out.u16(Self.version)
    out.u8(codec.rawValue)
    out.u8((isCommit ? Self.commitFlag : 0) | (isPacked ? Self.packedFlag : 0))
    out.u64(0)  // cipher, reserved, key id
    out.u32(0)  // dictionary id
    out.u64(segment)
    out.u64(offset)
    out.u64(firstSequence.value)
    out.u32(recordCount)
    out.u32(symbolCount)
    out.u32(plainCount)
    out.u32(storedCount)
    out.i64(minReceivedAt.milliseconds)
    out.i64(maxReceivedAt.milliseconds)
    out.u64(durable.value)
    out.u64(previous)
    block.replace(at: start, with: out)
    checksum = Checksum.of(block.bytes.span.bytes.extracting((start + 16)..<block.count))
    block.replaceU64(checksum, at: start + 8)
  }
}
