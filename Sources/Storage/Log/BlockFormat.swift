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
  /// The largest record, overhead included: it fits in a block with the names that precede it.
  static let recordBytesMax = BlockHeader.plainBytesMax - blockBytesMax

  /// Writes what comes before a record's payload.
  ///
  /// - Parameters:
  ///   - payloadCount: How many bytes stand in the place of the payload.
  ///   - packed: In a packed block: the payload's shape and how many loose bytes it has; no shape is 0.
  static func writeHead(
    _ fields: RecordFields, payloadCount: Int, packed: (shape: UInt32, looseCount: Int)?,
    minReceivedAt: Timestamp, to plain: inout FlatBuffer<UInt8>
  ) {
    var head = RecordHead(kind: fields.kind)
    // The difference of two instants always fits 64 unsigned bits.
    let delta = fields.receivedAt.milliseconds &- minReceivedAt.milliseconds
    head.put(UInt64(bitPattern: delta))
    head.put(UInt64(fields.source.value))
    head.put(UInt64(payloadCount))
    head.put(UInt64(fields.decisionsCount))
    if let packed {
      head.put(UInt64(packed.shape))
      if packed.shape > 0 { head.put(UInt64(packed.looseCount)) }
    }
    plain.append(head.bytes)
  }

  static func write(_ symbol: Symbol, _ name: [UInt8], to plain: inout FlatBuffer<UInt8>) {
    plain.varint(UInt64(symbol.value))
    plain.lengthPrefixed(name)
  }
}

/// What comes before a record's payload, while it is put together: writing it at once costs a third of writing it byte
/// by byte.
private struct RecordHead {
  private var storage = InlineArray<64, UInt8>(repeating: 0)
  private var count = 1

  init(kind: UInt8) { storage[0] = kind }

  /// What was put.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { storage.span.bytes.extracting(0..<count) }
  }

  /// Puts a varint; six of them fit.
  mutating func put(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      storage[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count &+= 1
      rest >>= 7
    }
    storage[count] = UInt8(truncatingIfNeeded: rest)
    count &+= 1
  }
}
