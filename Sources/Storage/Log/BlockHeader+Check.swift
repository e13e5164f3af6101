// Reading a block header that may be anything: torn, stale, in the wrong place, or from a newer
// program.

import Bytes

/// What reading a block can find.
enum BlockCheck {
  /// A whole block whose checksum and place are right.
  case valid(BlockHeader)
  /// No such block; says what is wrong.
  case damaged(StaticString)
  /// A whole block that uses something this program does not know.
  case unknown(StaticString, UInt64)
}

extension BlockHeader {
  /// The length in the file of the block that starts at the front of `bytes`, if it looks like one.
  ///
  /// - Parameter bytes: At least a header; any bytes.
  static func blockByteCount(at bytes: RawSpan) -> Int? {
    guard bytes.byteCount >= byteCount, bytes.extracting(0..<8).equals(magic) else { return nil }
    var reader = ByteReader(bytes.extracting(68..<72))
    guard let stored = try? reader.u32(), stored > 0, stored <= plainBytesMax else { return nil }
    return blockByteCount(stored: Int(stored))
  }

  /// Checks a block of which the whole length is at hand.
  ///
  /// - Parameters:
  ///   - block: As many bytes as `blockByteCount(at:)` said.
  ///   - offset: Where the block starts in its file.
  ///   - trusting: Skips the checksum; for planted bugs only.
  static func check(
    _ block: RawSpan, at offset: Int, in segment: UInt64, trusting: Bool = false
  ) -> BlockCheck {
    do {
      return try decode(block, at: offset, in: segment, trusting: trusting)
    } catch {
      // The length was checked, so a read cannot fail; hostile or not, it is not a block.
      return .damaged("a block header is cut short")
    }
  }

  private static func decode(
    _ block: RawSpan, at offset: Int, in segment: UInt64, trusting: Bool
  ) throws(DecodeError) -> BlockCheck {
    var reader = ByteReader(block)
    try reader.skip(8)
    let checksum = try reader.u64()
    guard trusting || checksum == Checksum.of(block.extracting(16..<block.byteCount)) else {
      return .damaged("a block's checksum does not match")
    }
    let version = try reader.u16()
    guard version == Self.version else { return .unknown("block version", UInt64(version)) }
    let codecNumber = try reader.u8()
    guard let codec = Codec(rawValue: codecNumber) else {
      return .unknown("codec", UInt64(codecNumber))
    }
    let flags = try reader.u8()
    guard flags & ~(commitFlag | packedFlag) == 0 else {
      return .unknown("block flags", UInt64(flags))
    }
    let cipherAndKey = try reader.u64()
    guard cipherAndKey == 0 else { return .unknown("cipher or key", cipherAndKey) }
    let dictionary = try reader.u32()
    guard dictionary == 0 else { return .unknown("dictionary", UInt64(dictionary)) }
    let header = BlockHeader(
      codec: codec, isCommit: flags & commitFlag != 0,
      isPacked: flags & packedFlag != 0, segment: try reader.u64(), offset: try reader.u64(),
      firstSequence: SequenceNumber(try reader.u64()), recordCount: try reader.u32(),
      symbolCount: try reader.u32(), plainCount: try reader.u32(), storedCount: try reader.u32(),
      minReceivedAt: Timestamp(milliseconds: try reader.i64()),
      maxReceivedAt: Timestamp(milliseconds: try reader.i64()),
      durable: SequenceNumber(try reader.u64()), previous: try reader.u64(), checksum: checksum)
    guard header.segment == segment, header.offset == UInt64(offset) else {
      return .damaged("a block belongs to another place")
    }
    return header.isConsistent ? .valid(header) : .damaged("a block header contradicts itself")
  }

  /// Whether the fields can be true together, so that later arithmetic on them cannot overflow.
  private var isConsistent: Bool {
    plainCount > 0 && plainCount <= UInt32(Self.plainBytesMax)
      && (codec == .lz4 || storedCount == plainCount)
      // A record takes at least five bytes and a symbol two.
      && UInt64(recordCount) * 5 + UInt64(symbolCount) * 2 <= UInt64(plainCount)
      && recordCount + symbolCount > 0
      && minReceivedAt <= maxReceivedAt
      && firstSequence.value <= UInt64.max - UInt64(recordCount)
  }
}
