// Where the log ends: everything the next block depends on. A value, so that encoding can run ahead
// of writing and be taken back when a write finds no space.

import Bytes

/// The state at the end of the active segment.
struct LogTip: Equatable, Sendable {
  var segment: SegmentHeader
  /// Where the next block goes, in bytes from the start of the file.
  var offset: Int
  var next: SequenceNumber
  /// The checksum of the last block, or of the segment header.
  var chain: UInt64
  var marks = BlockMarks()
  var dictionary = SegmentDictionary()
  var minReceivedAt = Timestamp(milliseconds: .max)
  var maxReceivedAt = Timestamp(milliseconds: .min)

  /// The tip of a segment without blocks.
  init(empty segment: SegmentHeader) {
    self.segment = segment
    offset = SegmentHeader.byteCount
    next = segment.firstSequence
    chain = segment.encode().checksum
  }

  /// Whether the segment has no block.
  var isEmpty: Bool { offset == SegmentHeader.byteCount }

  /// The highest sequence before the tip.
  var last: SequenceNumber { SequenceNumber(next.value - 1) }

  /// Moves the tip past a block.
  mutating func advance(past header: BlockHeader) {
    marks.note(offset: offset, header.firstSequence)
    offset += header.blockByteCount
    next = header.nextSequence
    chain = header.checksum
    if header.recordCount > 0 {
      minReceivedAt = min(minReceivedAt, header.minReceivedAt)
      maxReceivedAt = max(maxReceivedAt, header.maxReceivedAt)
    }
  }

  /// The footer that seals the segment here.
  var footer: SegmentFooter {
    SegmentFooter(
      number: segment.number, offset: offset, firstSequence: segment.firstSequence,
      lastSequence: last, chain: chain, minReceivedAt: minReceivedAt,
      maxReceivedAt: maxReceivedAt, marks: marks, symbolCount: dictionary.count,
      dictionary: dictionary.encode())
  }

  /// The size of `footer`, without making it.
  var footerByteCount: Int {
    SegmentFooter.byteCount(marks: marks.count, dictionary: dictionary.byteCount)
  }
}
