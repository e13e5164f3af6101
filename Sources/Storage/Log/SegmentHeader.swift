// The first bytes of every segment file.
//
//     offset size  field
//          0    8  magic "CAIRNSEG"
//          8    8  checksum: XXH3-64 of bytes 16 ..< 64
//         16    2  format version, 1
//         18    6  reserved, 0
//         24    8  segment number
//         32    8  sequence of the first record
//         40   16  store id (high, low)
//         56    8  reserved, 0

import Bytes

/// What a segment says about itself at its start.
struct SegmentHeader: Equatable, Sendable {
  static let byteCount = 64
  static let magic: StaticString = "CAIRNSEG"
  static let version: UInt16 = 1

  var number: UInt64
  var firstSequence: SequenceNumber
  var storeID: Hash128

  /// The header of a segment that a manifest lists.
  init(_ entry: Manifest.Segment, storeID: Hash128) {
    self.init(number: entry.number, firstSequence: entry.firstSequence, storeID: storeID)
  }

  init(number: UInt64, firstSequence: SequenceNumber, storeID: Hash128) {
    self.number = number
    self.firstSequence = firstSequence
    self.storeID = storeID
  }

  /// The header's bytes and their checksum, to which the first block is chained.
  func encode() -> (bytes: [UInt8], checksum: UInt64) {
    var out = ByteWriter(capacity: Self.byteCount)
    out.append(Self.magic)
    out.u64(0)
    out.u16(Self.version)
    out.append([0, 0, 0, 0, 0, 0])
    out.u64(number)
    out.u64(firstSequence.value)
    out.u64(storeID.high)
    out.u64(storeID.low)
    out.u64(0)
    let checksum = Checksum.of(out.bytes.span.bytes.extracting(16..<Self.byteCount))
    out.replaceU64(checksum, at: 8)
    return (out.bytes, checksum)
  }

  /// Checks that `bytes` start with exactly this header.
  ///
  /// - Returns: The header's checksum.
  func check(_ bytes: RawSpan, file: String) throws(StoreError) -> UInt64 {
    guard bytes.byteCount >= Self.byteCount else {
      throw .corrupt("the segment is shorter than its header", file, at: bytes.byteCount)
    }
    let (expected, checksum) = encode()
    let found = bytes.extracting(0..<Self.byteCount)
    if found.elementsEqual(expected.span.bytes) { return checksum }
    try Self.explain(found, file: file)
    throw .corrupt("the segment header belongs to another segment or store", file, at: 0)
  }

  /// Throws what is wrong with a header as such; returns if it is some segment's header.
  private static func explain(_ bytes: RawSpan, file: String) throws(StoreError) {
    var reader = ByteReader(bytes)
    do {
      guard try reader.bytes(8).equals(magic) else {
        throw StoreError.corrupt("this is not a segment", file, at: 0)
      }
      guard try reader.u64() == Checksum.of(bytes.extracting(16..<byteCount)) else {
        throw StoreError.corrupt("the segment header's checksum does not match", file, at: 8)
      }
      let version = try reader.u16()
      guard version <= Self.version else {
        throw StoreError.foreign(version, not: Self.version, file)
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw .corrupt("the segment is shorter than its header", file, at: reader.offset)
    }
  }
}
