// The log's tip as the manifest holds it, so that opening reads only the blocks that came later.
//
//     offset size  field
//          0    8  offset in the active segment's file where its next block goes
//          8    8  sequence of the next record
//         16    8  checksum of the last block, or of the segment header if there is none
//         24    8  least receivedAt of the segment's records
//         32    8  greatest receivedAt
//         40       varint number of marks
//                  mark: varint offset and varint first sequence, both less those of the mark before
//                  (of the first block: less 64 and less the segment's first sequence); offsets in
//                  units of 8 bytes
//                  varint length, dictionary as in the footer
//
// Which segment it is the tip of stands in the manifest's last entry of a segment.

import Bytes

extension LogTip {
  /// The most bytes that a manifest takes for a tip; one that needs more stays where it was.
  ///
  /// Marks take about 40 KiB for a segment of 256 MiB. The names are what could grow: a segment with
  /// more than `SegmentDictionary.byteCountMax` of them is full.
  static let byteCountMax = 16 << 20

  /// Whether the tip may be kept in the manifest.
  var isSmall: Bool { 40 + marks.count * 20 + dictionary.byteCount + 20 <= Self.byteCountMax }

  func encode(to out: inout ByteWriter) {
    out.u64(UInt64(offset))
    out.u64(next.value)
    out.u64(chain)
    out.i64(minReceivedAt.milliseconds)
    out.i64(maxReceivedAt.milliseconds)
    out.varint(UInt64(marks.count))
    var previous = BlockMarks.Mark(
      offset: UInt64(SegmentHeader.byteCount), firstSequence: segment.firstSequence)
    for mark in marks.marks {
      out.varint((mark.offset - previous.offset) / 8)
      out.varint(mark.firstSequence.value - previous.firstSequence.value)
      previous = mark
    }
    out.lengthPrefixed(dictionary.encode())
  }

  /// Reads the tip of a segment from bytes that may be anything.
  ///
  /// - Throws: If the fields cannot be true together. Whether the segment's blocks are as they say is
  ///   for `Recovery` and those who read the blocks.
  @_lifetime(reader: copy reader)
  init(of segment: SegmentHeader, decoding reader: inout ByteReader) throws(DecodeError) {
    self.init(empty: segment)
    let emptyChain = chain
    guard let offset = Int(exactly: try reader.u64()), offset >= SegmentHeader.byteCount,
      offset % 8 == 0, offset <= Self.offsetMax
    else { throw reader.invalid() }
    self.offset = offset
    next = SequenceNumber(try reader.u64())
    guard next >= segment.firstSequence, next.value < .max else { throw reader.invalid() }
    chain = try reader.u64()
    minReceivedAt = Timestamp(milliseconds: try reader.i64())
    maxReceivedAt = Timestamp(milliseconds: try reader.i64())
    marks = try BlockMarks(decoding: &reader, of: segment, before: self)
    let start = reader.offset
    let names = try reader.lengthPrefixed()
    do {
      try SegmentDictionary.forEach(in: names) { dictionary.insert($0, $1) }
    } catch {
      throw DecodeError(error.reason, at: start)
    }
    // A name that is there twice, or a number written in a longer way, is not what was written.
    guard dictionary.byteCount == names.byteCount else { throw reader.invalid() }
    guard !isEmpty || (next == segment.firstSequence && chain == emptyChain && names.byteCount == 0)
    else { throw reader.invalid() }
  }

  /// Beyond any file, and far from where sums of offsets overflow.
  private static let offsetMax = Int.max / 4
}

extension BlockMarks {
  /// Reads the marks of what lies before a tip.
  @_lifetime(reader: copy reader)
  fileprivate init(
    decoding reader: inout ByteReader, of segment: SegmentHeader, before tip: LogTip
  ) throws(DecodeError) {
    self.init()
    var previous = Mark(
      offset: UInt64(SegmentHeader.byteCount), firstSequence: segment.firstSequence)
    let count = try reader.count()
    // The first block has a mark, so there is none only if there is no block.
    guard (count == 0) == tip.isEmpty else { throw reader.invalid() }
    for index in 0..<count {
      let (step, sequences) = (try reader.varint(), try reader.varint())
      guard (step == 0) == (index == 0), index > 0 || sequences == 0,
        step <= (UInt64(tip.offset) - previous.offset) / 8,
        sequences <= tip.next.value - previous.firstSequence.value
      else { throw reader.invalid() }
      previous.offset += step * 8
      previous.firstSequence = SequenceNumber(previous.firstSequence.value + sequences)
      guard previous.offset < UInt64(tip.offset) else { throw reader.invalid() }
      append(previous)
    }
  }
}
