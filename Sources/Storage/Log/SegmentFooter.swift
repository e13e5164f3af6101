// The last bytes of a sealed segment. All of it can be derived from the blocks; it is there so that
// opening a store reads one footer a segment instead of every block.
//
//     offset size  field
//          0    8  magic "CAIRNFTR"
//          8    8  checksum: XXH3-64 of byte 16 up to the end of the file
//         16    2  format version, 1
//         18    6  reserved, 0
//         24    8  segment number
//         32    8  offset of this footer in its file
//         40    8  sequence of the first record
//         48    8  sequence of the last record
//         56    8  checksum of the last block
//         64    8  least receivedAt
//         72    8  greatest receivedAt
//         80    4  number of marks
//         84    4  number of symbols
//         88    8  length of the dictionary in bytes
//         96       marks: u64 offset, u64 first sequence; ascending
//                  dictionary: varint id, varint length, name; in the order of first use
//                  zeros up to a multiple of 8
//       −16    8  offset of this footer again
//        −8    8  magic "CAIRNEND"

import Bytes

/// What a sealed segment says about itself at its end, as it is written.
struct SegmentFooter: Equatable, Sendable {
  static let fixedByteCount = 96
  static let tailByteCount = 16
  static let markByteCount = 16
  static let magic: StaticString = "CAIRNFTR"
  static let endMagic: StaticString = "CAIRNEND"
  static let version: UInt16 = 1

  var number: UInt64
  var offset: Int
  var firstSequence: SequenceNumber
  var lastSequence: SequenceNumber
  var chain: UInt64
  var minReceivedAt: Timestamp
  var maxReceivedAt: Timestamp
  var marks: BlockMarks
  var symbolCount: UInt32
  var dictionary: [UInt8]

  /// The bytes that `encode()` gives.
  var encodedByteCount: Int { Self.byteCount(marks: marks.count, dictionary: dictionary.count) }

  static func byteCount(marks: Int, dictionary: Int) -> Int {
    ((fixedByteCount + marks * markByteCount + dictionary + 7) & ~7) + tailByteCount
  }

  /// The footer's bytes, which end the file.
  func encode() -> [UInt8] {
    var out = ByteWriter(capacity: encodedByteCount)
    out.append(Self.magic)
    out.u64(0)
    out.u16(Self.version)
    out.append([0, 0, 0, 0, 0, 0])
    out.u64(number)
    out.u64(UInt64(offset))
    out.u64(firstSequence.value)
    out.u64(lastSequence.value)
    out.u64(chain)
    out.i64(minReceivedAt.milliseconds)
    out.i64(maxReceivedAt.milliseconds)
    out.u32(UInt32(marks.count))
    out.u32(symbolCount)
    out.u64(UInt64(dictionary.count))
    for mark in marks.marks {
      out.u64(mark.offset)
      out.u64(mark.firstSequence.value)
    }
    out.append(dictionary)
    out.pad(to: 8)
    out.u64(UInt64(offset))
    out.append(Self.endMagic)
    out.replaceU64(Checksum.of(out.bytes.span.bytes.extracting(16..<out.count)), at: 8)
    return out.bytes
  }
}
