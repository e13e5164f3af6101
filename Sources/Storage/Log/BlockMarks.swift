// The sparse index of a segment: where blocks start, one mark every so many bytes. A dense one would
// grow with the number of commits; from a mark a lookup hops over at most a stride of blocks.

import Bytes

/// Where some of a segment's blocks start, ascending.
struct BlockMarks: Equatable, Sendable {
  /// The distance between marks, in bytes of the file.
  static let strideBytes = 64 << 10

  struct Mark: Equatable, Sendable {
    var offset: UInt64
    var firstSequence: SequenceNumber

    /// Whether the mark can come after `previous` in one segment.
    func follows(_ previous: Mark) -> Bool {
      offset > previous.offset && firstSequence >= previous.firstSequence
    }
  }

  private(set) var marks: [Mark] = []

  var count: Int { marks.count }

  /// Adds a mark that was noted before, after the last one.
  mutating func append(_ mark: Mark) { marks.append(mark) }

  /// Notes a block if it is far enough from the last mark.
  mutating func note(offset: Int, _ first: SequenceNumber) {
    if let last = marks.last, UInt64(offset) < last.offset + UInt64(Self.strideBytes) { return }
    marks.append(Mark(offset: UInt64(offset), firstSequence: first))
  }

  /// The offset of the last marked block that starts at or before `sequence`.
  ///
  /// Complexity: O(log marks).
  func offset(before sequence: SequenceNumber) -> Int? {
    var low = 0
    var high = marks.count
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].firstSequence <= sequence { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? Int(marks[low - 1].offset) : nil
  }
}
