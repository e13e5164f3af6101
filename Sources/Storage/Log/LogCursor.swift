// Point reads: a few decoded blocks with the starts of their records, so that reading neighbours, or
// the same record again, decompresses nothing.

import Bytes

/// A reader's cache of decoded blocks.
///
/// One thread, one store.
public final class LogCursor {
  /// A decoded block.
  private struct Entry {
    var segment: UInt64
    var header: BlockHeader
    var plain: [UInt8]
    /// Where each record starts in `plain`, and its loose bytes among those of the block.
    var starts: [(record: UInt32, loose: UInt32)]
    /// Where each shape lies in `plain`.
    var shapes: [Range<Int>]
    var lastUse: UInt64
  }

  private let blocks: Int
  private let byteCountMax: Int
  private var entries: [Entry] = []
  /// From a mark to the next is as far as a lookup ever has to read.
  private var scanner: Scanner?
  /// The payload of a record that was packed.
  private var payload: [UInt8] = []
  private var uses: UInt64 = 0

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - blocks: How many blocks it keeps; a block is 64 KiB unless a record is larger.
  ///   - byteCountMax: How many plain bytes it keeps; the block in use is kept whatever its size.
  public init(blocks: Int = 8, byteCountMax: Int = 4 << 20) {
    self.blocks = max(blocks, 1)
    self.byteCountMax = byteCountMax
  }

  func withRecord<R>(
    at sequence: SequenceNumber, in part: LogPart, _ form: (any PayloadForm)?,
    _ body: (borrowing RecordView) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    let index = try entry(holding: sequence, in: part, form)
    uses += 1
    entries[index].lastUse = uses
    let header = entries[index].header
    let position = Int(sequence.value - header.firstSequence.value)
    let start = entries[index].starts[position]
    // Copied out of the cache (a reference, not the bytes), so that `body` may use the cursor.
    let (plain, shapes) = (entries[index].plain, entries[index].shapes)
    var payload: [UInt8] = []
    swap(&payload, &self.payload)
    defer { swap(&payload, &self.payload) }
    let bytes = plain.span.bytes.extracting(0..<Int(header.plainCount))
    let record: StoredRecord
    do {
      var walk = try BlockWalk(header, bytes)
      record = try walk.record(sequence, at: Int(start.record), looseAt: Int(start.loose))
    } catch {
      throw .corrupt("\(error.reason) in a record", part.bytes.name, at: Int(header.offset))
    }
    var result: R?
    try Unpacking(header, form, part).read(record, shapes, of: bytes, through: &payload) {
      (record) throws(StoreError) in result = try body(record)
    }
    guard let result else { preconditionFailure("the body was called") }
    return result
  }

  private func entry(
    holding sequence: SequenceNumber, in part: LogPart, _ form: (any PayloadForm)?
  ) throws(StoreError) -> Int {
    let found = entries.firstIndex {
      $0.segment == part.bytes.number && $0.header.firstSequence <= sequence
        && sequence < $0.header.nextSequence
    }
    if let found { return found }
    var plain: [UInt8] = []
    var scanner = scanner ?? Scanner(form, windowBytes: BlockMarks.strideBytes)
    self.scanner = nil
    defer { self.scanner = scanner }
    let header = try scanner.find(sequence, in: part, into: &plain)
    let (starts, shapes) = try Self.places(header, plain, part)
    let entry = Entry(
      segment: part.bytes.number, header: header, plain: plain, starts: starts, shapes: shapes,
      lastUse: uses)
    makeRoom(for: plain.count)
    entries.append(entry)
    return entries.count - 1
  }

  /// Drops the blocks used longest ago until one of `byteCount` bytes fits.
  private func makeRoom(for byteCount: Int) {
    while let oldest = entries.indices.min(by: { entries[$0].lastUse < entries[$1].lastUse }),
      entries.count >= blocks
        || entries.reduce(byteCount, { $0 + $1.plain.count }) > byteCountMax
    {
      entries.remove(at: oldest)
    }
  }

  private static func places(
    _ header: BlockHeader, _ plain: [UInt8], _ part: LogPart
  ) throws(StoreError) -> (starts: [(record: UInt32, loose: UInt32)], shapes: [Range<Int>]) {
    var starts: [(record: UInt32, loose: UInt32)] = []
    starts.reserveCapacity(Int(header.recordCount))
    do {
      var walk = try BlockWalk(header, plain.span.bytes.extracting(0..<Int(header.plainCount)))
      try walk.symbols { _, _ in }
      var start = (record: UInt32(walk.offset), loose: UInt32(0))
      while let _ = try walk.next() {
        starts.append(start)
        start = (UInt32(walk.offset), UInt32(walk.looseOffset))
      }
      return (starts, try walk.shapeRanges())
    } catch {
      throw .corrupt("\(error.reason) in a record", part.bytes.name, at: Int(header.offset))
    }
  }
}
