// Entries in chunks: what comes late to a cell with many entries then moves those of one chunk and not all that
// come after it.

import Bytes

/// A chunk of the entries of a cell.
///
/// The chunks take the place of the entries back to back:
///
///     offset  field      type   meaning
///     ------  ---------  -----  --------------------------------------------------------------
///     0       count      u32    number of chunks, at least 1
///     4       total      u32    bytes of all entries
///     8       start      2×u32  the chunk of the place where the window begins, and where in it
///     16      end        2×u32  the same of the place where the future begins
///     24      heap       u32    bytes of the heap
///     28      dead       u32    bytes of the heap that belong to no chunk
///     32      heap              the chunks, in any order, each with room to grow
///     …       directory         in the order of the entries, each: position in the heap u32, capacity
///                               u32, bytes used u32, flags u32, then what the cell's `CellDigest`
///                               keeps of a chunk
///
/// No chunk is empty while there are several. What a chunk leaves behind in the heap is given back when it is
/// more than half.
struct CellChunk {
  /// In bytes from the beginning of the cell.
  var position: Int
  var capacity: Int
  var used: Int
}

extension CellLayout {
  static let chunkHeaderBytes = 32
  static let directoryHeadBytes = 16

  var directoryEntryBytes: Int { Self.directoryHeadBytes + digest.chunkBytes }

  var heapOffset: Int { entriesOffset + Self.chunkHeaderBytes }
  var directoryOffset: Int { heapOffset + heapBytes }

  /// Reads and checks the header of the chunks.
  mutating func readChunks(_ bytes: RawSpan) throws(DecodeError) {
    let offset = entriesOffset
    guard bytes.byteCount - offset >= Self.chunkHeaderBytes else {
      throw DecodeError(.truncated, at: offset)
    }
    func field(_ place: Int) -> Int { Int(bytes.load(at: offset + place, as: UInt32.self)) }
    chunkCount = field(0)
    chunkedBytes = field(4)
    (start.chunk, start.inside) = (field(8), field(12))
    (end.chunk, end.inside) = (field(16), field(20))
    (heapBytes, deadBytes) = (field(24), field(28))
    guard chunkCount > 0, heapBytes <= bytes.byteCount,
      bytes.byteCount - directoryOffset == chunkCount * directoryEntryBytes,
      chunkedBytes <= heapBytes, start.chunk < chunkCount, end.chunk < chunkCount,
      start.chunk <= end.chunk
    else { throw DecodeError(.invalidValue, at: offset) }
  }

  /// A chunk, checked to lie in the heap.
  func chunk(_ index: Int, in bytes: RawSpan) throws(DecodeError) -> CellChunk {
    let offset = directoryOffset + index * directoryEntryBytes
    guard index >= 0, index < chunkCount else {
      throw DecodeError(.invalidValue, at: entriesOffset)
    }
    let position = Int(bytes.load(at: offset, as: UInt32.self))
    let capacity = Int(bytes.load(at: offset + 4, as: UInt32.self))
    let used = Int(bytes.load(at: offset + 8, as: UInt32.self))
    guard used <= capacity, capacity <= heapBytes, position <= heapBytes - capacity else {
      throw DecodeError(.invalidValue, at: offset)
    }
    return CellChunk(position: heapOffset + position, capacity: capacity, used: used)
  }

  /// The place after all entries.
  func limit(_ bytes: RawSpan) throws(DecodeError) -> CellCursor {
    let size = entryByteCount(bytes)
    guard isChunked else { return CellCursor(offset: size, inside: size) }
    let last = try chunk(chunkCount - 1, in: bytes)
    return CellCursor(offset: size, chunk: chunkCount - 1, inside: last.used)
  }

  /// The bytes that are searched for the entries around a place: its chunk, or all entries.
  func bounds(at place: CellCursor, in bytes: RawSpan) throws(DecodeError) -> Range<Int> {
    guard isChunked else { return entriesOffset..<bytes.byteCount }
    let chunk = try chunk(place.chunk, in: bytes)
    return chunk.position..<(chunk.position + chunk.used)
  }

  /// The place after an entry.
  func place(after entry: CellEntry, in bytes: RawSpan) throws(DecodeError) -> CellCursor {
    var next = entry.place
    next.offset += entry.byteCount
    next.inside += entry.byteCount
    guard isChunked else { return next }
    return try normalised(next, in: bytes)
  }

  /// A place at the end of a chunk is in the next one.
  func normalised(_ place: CellCursor, in bytes: RawSpan) throws(DecodeError) -> CellCursor {
    guard place.chunk + 1 < chunkCount, place.inside == (try chunk(place.chunk, in: bytes).used)
    else { return place }
    return CellCursor(offset: place.offset, chunk: place.chunk + 1)
  }

  /// Visits the bytes of all entries from a place on, in order, in as few pieces as they lie in.
  func visitEntryBytes(
    from start: CellCursor, in bytes: RawSpan, _ body: (RawSpan) -> Void
  ) throws(DecodeError) {
    var place = start
    while true {
      let bounds = try bounds(at: place, in: bytes)
      guard place.inside <= bounds.count else {
        throw DecodeError(.invalidValue, at: entriesOffset)
      }
      body(bytes.extracting((bounds.lowerBound + place.inside)..<bounds.upperBound))
      guard isChunked, place.chunk + 1 < chunkCount else { return }
      place = CellCursor(chunk: place.chunk + 1)
    }
  }

  /// Checks that the visited bytes are as many as the header says: before they are written with their number.
  func checkEntryBytes(from start: CellCursor, in bytes: RawSpan) throws(DecodeError) -> Int {
    var count = 0
    try visitEntryBytes(from: start, in: bytes) { count += $0.byteCount }
    return count
  }
}
