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

/// What a sealed segment says about itself at its end.
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

  /// Reads and checks the footer of a whole segment file.
  init(segment bytes: RawSpan, number: UInt64, file: String) throws(StoreError) {
    let start = try Self.start(bytes, file: file)
    let footer = bytes.extracting(start..<bytes.byteCount)
    do {
      self = try Self.decode(footer, at: start, number: number, file: file)
    } catch let error as StoreError {
      throw error
    } catch let error as DecodeError {
      throw StoreError(error, in: file, at: start)
    } catch {
      throw .corrupt("the segment's footer cannot be read", file, at: start)
    }
  }

  private static func start(_ bytes: RawSpan, file: String) throws(StoreError) -> Int {
    let smallest = SegmentHeader.byteCount + byteCount(marks: 0, dictionary: 0)
    let end = bytes.byteCount
    guard end >= smallest, bytes.extracting((end - 8)..<end).equals(endMagic) else {
      throw .corrupt("the sealed segment has no footer", file, at: max(0, end - 8))
    }
    var reader = ByteReader(bytes.extracting((end - tailByteCount)..<end))
    let offset = (try? reader.u64()) ?? 0
    let limit = end - byteCount(marks: 0, dictionary: 0)
    guard offset >= UInt64(SegmentHeader.byteCount), offset <= UInt64(limit) else {
      throw .corrupt("the footer's offset is outside the file", file, at: end - tailByteCount)
    }
    return Int(offset)
  }

  private static func decode(
    _ footer: RawSpan, at start: Int, number: UInt64, file: String
  ) throws -> SegmentFooter {
    var reader = ByteReader(footer)
    guard try reader.bytes(8).equals(magic) else {
      throw StoreError.corrupt("there is no footer where the segment says", file, at: start)
    }
    guard try reader.u64() == Checksum.of(footer.extracting(16..<footer.byteCount)) else {
      throw StoreError.corrupt("the footer's checksum does not match", file, at: start)
    }
    let version = try reader.u16()
    guard version == Self.version else {
      throw StoreError.newer(version, than: Self.version, file)
    }
    guard try reader.u16() == 0, try reader.u32() == 0 else { throw reader.invalid() }
    guard try reader.u64() == number, try reader.u64() == UInt64(start) else {
      throw StoreError.corrupt("the footer belongs to another segment", file, at: start)
    }
    var result = SegmentFooter(
      number: number, offset: start, firstSequence: SequenceNumber(try reader.u64()),
      lastSequence: SequenceNumber(try reader.u64()), chain: try reader.u64(),
      minReceivedAt: Timestamp(milliseconds: try reader.i64()),
      maxReceivedAt: Timestamp(milliseconds: try reader.i64()), marks: BlockMarks(),
      symbolCount: 0, dictionary: [])
    let markCount = try reader.u32()
    result.symbolCount = try reader.u32()
    let dictionaryCount = try reader.u64()
    for _ in 0..<markCount {
      let mark = BlockMarks.Mark(
        offset: try reader.u64(), firstSequence: SequenceNumber(try reader.u64()))
      guard mark.offset >= UInt64(SegmentHeader.byteCount), mark.offset < UInt64(start),
        result.marks.append(mark)
      else { throw reader.invalid() }
    }
    guard dictionaryCount <= UInt64(reader.remaining) else { throw reader.invalid() }
    result.dictionary = try reader.bytes(Int(dictionaryCount)).toArray()
    guard result.encodedByteCount == footer.byteCount else { throw reader.invalid() }
    return result
  }

  init(
    number: UInt64, offset: Int, firstSequence: SequenceNumber, lastSequence: SequenceNumber,
    chain: UInt64, minReceivedAt: Timestamp, maxReceivedAt: Timestamp, marks: BlockMarks,
    symbolCount: UInt32, dictionary: [UInt8]
  ) {
    self.number = number
    self.offset = offset
    self.firstSequence = firstSequence
    self.lastSequence = lastSequence
    self.chain = chain
    self.minReceivedAt = minReceivedAt
    self.maxReceivedAt = maxReceivedAt
    self.marks = marks
    self.symbolCount = symbolCount
    self.dictionary = dictionary
  }

  /// Passes each symbol of the dictionary to `body`.
  func symbols(_ body: (Symbol, RawSpan) -> Void, file: String) throws(StoreError) {
    let base = offset + Self.fixedByteCount + marks.count * Self.markByteCount
    let found: Int
    do {
      found = try SegmentDictionary.forEach(in: dictionary.span.bytes, body)
    } catch {
      throw StoreError(error, in: file, at: base)
    }
    guard found == Int(symbolCount) else {
      throw .corrupt("the dictionary has another number of symbols", file, at: base)
    }
  }
}
