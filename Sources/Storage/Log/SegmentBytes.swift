// The two places blocks are read from. A sealed segment is mapped; the active one is read through its
// file, because it still grows and a map of a growing file is one truncation away from a SIGBUS.

import Bytes

/// The part of a segment file that holds blocks, as one reader may see it.
struct SegmentBytes: Sendable {
  enum Storage: Sendable {
    case mapped(MappedFile)
    case file(any File)
  }

  /// The file's name, for errors.
  var name: String
  var number: UInt64
  var storage: Storage
  /// Where the last block ends.
  var end: Int
}

/// Reads blocks of segments one after the other, through a window that it keeps.
///
/// One reader belongs to one thread. After `load` found a block, its plain bytes come from `decode`.
struct BlockReader {
  /// How much of an active segment is read ahead at once.
  static let windowBytes = 256 << 10

  private var window: [UInt8] = []
  private var windowStart = 0
  private var windowCount = 0
  private var windowSegment: UInt64?
  private let windowBytes: Int
  private let trusting: Bool

  init(windowBytes: Int = BlockReader.windowBytes, trusting: Bool = false) {
    self.windowBytes = windowBytes
    self.trusting = trusting
  }

  /// Reads and checks the block at `offset`.
  mutating func load(_ segment: SegmentBytes, at offset: Int) throws(StoreError) -> BlockCheck {
    guard offset >= 0, segment.end - offset >= BlockHeader.byteCount else {
      return .damaged("the segment ends inside a block header")
    }
    switch segment.storage {
    case .mapped(let map):
      let bytes = map.bytes
      guard segment.end <= bytes.byteCount else {
        return .damaged("the file is shorter than its blocks")
      }
      return check(bytes.extracting(offset..<segment.end), at: offset, in: segment.number)
    case .file(let file):
      try fill(file, segment, from: offset, count: BlockHeader.byteCount)
      if let count = BlockHeader.blockByteCount(at: windowBytes(from: offset)),
        count <= segment.end - offset
      {
        try fill(file, segment, from: offset, count: count)
      }
      return check(windowBytes(from: offset), at: offset, in: segment.number)
    }
  }

  /// The length of the block that seems to start at `offset` of an active segment, unchecked.
  mutating func candidateByteCount(
    _ segment: SegmentBytes, at offset: Int
  ) throws(StoreError) -> Int? {
    guard case .file(let file) = segment.storage else { return nil }
    try fill(file, segment, from: offset, count: BlockHeader.byteCount)
    return BlockHeader.blockByteCount(at: windowBytes(from: offset))
  }

  /// Decompresses the block that `load` found last into the front of `plain`.
  mutating func decode(
    _ header: BlockHeader, of segment: SegmentBytes, into plain: inout [UInt8]
  ) throws(StoreError) {
    let offset = Int(header.offset)
    let range = BlockHeader.byteCount..<(BlockHeader.byteCount + Int(header.storedCount))
    let done =
      switch segment.storage {
      case .mapped(let map):
        Self.decode(
          header, map.bytes.extracting(offset..<segment.end).extracting(range), into: &plain)
      case .file:
        Self.decode(header, windowBytes(from: offset).extracting(range), into: &plain)
      }
    guard done else {
      throw .corrupt("a block does not decompress to its length", segment.name, at: offset)
    }
  }

  private static func decode(
    _ header: BlockHeader, _ stored: RawSpan, into plain: inout [UInt8]
  ) -> Bool {
    switch header.codec {
    case .lz4:
      return BlockCompression.decompress(stored, count: Int(header.plainCount), into: &plain)
    case .stored:
      plain.replaceFront(with: stored)
      return true
    }
  }

  private func check(_ bytes: RawSpan, at offset: Int, in segment: UInt64) -> BlockCheck {
    guard let count = BlockHeader.blockByteCount(at: bytes) else {
      return .damaged("no block starts here")
    }
    guard count <= bytes.byteCount else { return .damaged("the segment ends inside a block") }
    return BlockHeader.check(
      bytes.extracting(0..<count), at: offset, in: segment, trusting: trusting)
  }

  @_lifetime(borrow self)
  private func windowBytes(from offset: Int) -> RawSpan {
    let start = min(max(offset - windowStart, 0), windowCount)
    return window.span.bytes.extracting(start..<windowCount)
  }

  /// Makes the window hold `count` bytes from `offset`, or as many as the file has.
  private mutating func fill(
    _ file: any File, _ segment: SegmentBytes, from offset: Int, count: Int
  ) throws(StoreError) {
    if windowSegment == segment.number, offset >= windowStart,
      offset + count <= windowStart + windowCount
    {
      return
    }
    let wanted = min(max(count, windowBytes), segment.end - offset)
    windowCount = 0
    window.makeRoom(for: wanted)
    do {
      windowCount = try file.readAll(at: offset, count: wanted, into: &window)
    } catch {
      throw StoreError(error)
    }
    windowStart = offset
    windowSegment = segment.number
  }
}
