// Reading the footer of a sealed segment. Marks and names stay in the map: a store has many segments,
// and what they say about themselves must not add up in memory.

import Bytes

/// A checked footer, with the places of its marks and names in the segment's bytes.
struct SealedFooter: Equatable, Sendable {
  /// Where the footer starts, and so where the last block ends.
  private(set) var offset: Int
  private(set) var firstSequence: SequenceNumber
  private(set) var lastSequence: SequenceNumber
  /// The checksum of the last block.
  private(set) var chain: UInt64
  private(set) var minReceivedAt: Timestamp
  private(set) var maxReceivedAt: Timestamp
  private var marks: Range<Int> = 0..<0
  private var dictionary: Range<Int> = 0..<0
  private var symbolCount: UInt32 = 0

  /// Reads and checks the footer of a whole segment file.
  ///
  /// - Complexity: O(footer).
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

  /// The offset of the last marked block that starts at or before `sequence`.
  ///
  /// - Parameter segment: The bytes that the footer was read from.
  /// - Complexity: O(log marks).
  func offset(before sequence: SequenceNumber, in segment: RawSpan) -> Int? {
    var low = 0
    var high = marks.count / SegmentFooter.markByteCount
    while low < high {
      let middle = (low + high) / 2
      guard let mark = mark(middle, in: segment) else { return nil }
      if mark.firstSequence <= sequence { low = middle + 1 } else { high = middle }
    }
    guard low > 0, let mark = mark(low - 1, in: segment) else { return nil }
    return Int(mark.offset)
  }

  private func mark(_ index: Int, in segment: RawSpan) -> BlockMarks.Mark? {
    let start = marks.lowerBound + index * SegmentFooter.markByteCount
    var reader = ByteReader(segment.extracting(start..<marks.upperBound))
    return try? Self.mark(&reader)
  }

  /// Passes each symbol of the dictionary to `body`.
  ///
  /// - Parameter segment: The bytes that the footer was read from.
  func symbols(
    in segment: RawSpan, file: String, _ body: (Symbol, RawSpan) -> Void
  ) throws(StoreError) {
    let found: Int
    do {
      found = try SegmentDictionary.forEach(in: segment.extracting(dictionary), body)
    } catch {
      throw StoreError(error, in: file, at: dictionary.lowerBound)
    }
    guard found == Int(symbolCount) else {
      throw .corrupt(
        "the dictionary has another number of symbols", file, at: dictionary.lowerBound)
    }
  }

  private static func start(_ bytes: RawSpan, file: String) throws(StoreError) -> Int {
    let smallest = SegmentHeader.byteCount + SegmentFooter.byteCount(marks: 0, dictionary: 0)
    let end = bytes.byteCount
    guard end >= smallest, bytes.extracting((end - 8)..<end).equals(SegmentFooter.endMagic) else {
      throw .corrupt("the sealed segment has no footer", file, at: max(0, end - 8))
    }
    var reader = ByteReader(bytes.extracting((end - SegmentFooter.tailByteCount)..<end))
    let offset = (try? reader.u64()) ?? 0
    let limit = end - SegmentFooter.byteCount(marks: 0, dictionary: 0)
    guard offset >= UInt64(SegmentHeader.byteCount), offset <= UInt64(limit) else {
      throw .corrupt(
        "the footer's offset is outside the file", file, at: end - SegmentFooter.tailByteCount)
    }
    return Int(offset)
  }

  private static func decode(
    _ footer: RawSpan, at start: Int, number: UInt64, file: String
  ) throws -> SealedFooter {
    var reader = ByteReader(footer)
    guard try reader.bytes(8).equals(SegmentFooter.magic) else {
      throw StoreError.corrupt("there is no footer where the segment says", file, at: start)
    }
    guard try reader.u64() == Checksum.of(footer.extracting(16..<footer.byteCount)) else {
      throw StoreError.corrupt("the footer's checksum does not match", file, at: start)
    }
    let version = try reader.u16()
    guard version == SegmentFooter.version else {
      throw StoreError.foreign(version, not: SegmentFooter.version, file)
    }
    guard try reader.u16() == 0, try reader.u32() == 0 else { throw reader.invalid() }
    guard try reader.u64() == number, try reader.u64() == UInt64(start) else {
      throw StoreError.corrupt("the footer belongs to another segment", file, at: start)
    }
    var result = SealedFooter(
      offset: start, firstSequence: SequenceNumber(try reader.u64()),
      lastSequence: SequenceNumber(try reader.u64()), chain: try reader.u64(),
      minReceivedAt: Timestamp(milliseconds: try reader.i64()),
      maxReceivedAt: Timestamp(milliseconds: try reader.i64()))
    let markCount = Int(try reader.u32())
    result.symbolCount = try reader.u32()
    let dictionaryCount = try reader.u64()
    let marksStart = start + reader.offset
    var previous: BlockMarks.Mark?
    for _ in 0..<markCount {
      let mark = try mark(&reader)
      guard mark.offset >= UInt64(SegmentHeader.byteCount), mark.offset < UInt64(start),
        previous.map({ mark.follows($0) }) ?? true
      else { throw reader.invalid() }
      previous = mark
    }
    result.marks = marksStart..<(start + reader.offset)
    guard dictionaryCount <= UInt64(reader.remaining),
      SegmentFooter.byteCount(marks: markCount, dictionary: Int(dictionaryCount))
        == footer.byteCount
    else { throw reader.invalid() }
    result.dictionary = result.marks.upperBound..<(result.marks.upperBound + Int(dictionaryCount))
    return result
  }

  @_lifetime(reader: copy reader)
  private static func mark(_ reader: inout ByteReader) throws(DecodeError) -> BlockMarks.Mark {
    BlockMarks.Mark(offset: try reader.u64(), firstSequence: SequenceNumber(try reader.u64()))
  }

  private init(
    offset: Int, firstSequence: SequenceNumber, lastSequence: SequenceNumber, chain: UInt64,
    minReceivedAt: Timestamp, maxReceivedAt: Timestamp
  ) {
    self.offset = offset
    self.firstSequence = firstSequence
    self.lastSequence = lastSequence
    self.chain = chain
    self.minReceivedAt = minReceivedAt
    self.maxReceivedAt = maxReceivedAt
  }
}
