// What is inside a block once it is decompressed. The layout has this one definition:
//
//     plain block   symbol × header.symbolCount, record × header.recordCount; in a packed block then loose
//                   bytes, shapes, u32 length of the loose bytes, u32 length of the shapes; nothing after
//     symbol        varint id, varint name length, name
//     record        u8 kind
//                   varint receivedAt − header.minReceivedAt (milliseconds)
//                   varint source
//                   varint payload length; in a packed block: of what stands here
//                   varint decisions length
//                   in a packed block: varint shape, 0 for a payload that is not packed, and if it is not 0
//                   varint length of its loose bytes
//                   payload, or the values of a packed one; decisions
//     loose bytes   those of all packed payloads, in the order of the records
//     shape         varint length, bytes; numbered from 1
//
// The sequence of a record is header.firstSequence plus its index in the block.

import Bytes

/// The bounds of the plain block layout.
enum BlockFormat {
  /// The most bytes that a record takes besides its payload and decisions, in a block that is not packed.
  static let recordOverheadMax = 1 + 10 + 5 + 5 + 5
  /// The most that a record of a packed block takes more.
  static let packedExcessMax = 5 + 5 + PackedPayload.excessMax
  /// What a packed block ends with.
  static let trailerByteCount = 8
  /// The most plain bytes that are gathered into one block.
  static let blockBytesMax = 4 << 20
  /// The largest record, overhead included: it fits a block beside the names that precede it.
  static let recordBytesMax = BlockHeader.plainBytesMax - blockBytesMax

  /// Writes what comes before a record's payload.
  ///
  /// - Parameter payloadCount: How many bytes stand in the place of the payload.
  static func writeHead(
    _ fields: RecordFields, payloadCount: Int, minReceivedAt: Timestamp, to plain: inout ByteWriter
  ) {
    plain.u8(fields.kind)
    // The difference of two instants always fits 64 unsigned bits.
    let delta = fields.receivedAt.milliseconds &- minReceivedAt.milliseconds
    plain.varint(UInt64(bitPattern: delta))
    plain.varint(UInt64(fields.source.value))
    plain.varint(UInt64(payloadCount))
    plain.varint(UInt64(fields.decisionsCount))
  }

  static func write(_ symbol: Symbol, _ name: [UInt8], to plain: inout ByteWriter) {
    plain.varint(UInt64(symbol.value))
    plain.lengthPrefixed(name)
  }
}
