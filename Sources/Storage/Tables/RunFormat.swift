// The layout of run files: the one place that defines it. Writers and readers of table runs and timer
// runs share these constants, the page frame and the checks on it.

import Bytes

/// The layout of `table-<n>.run` and `timers-<n>.run`, version 2.
///
/// Integers are little-endian. Reserved bytes are zero. A checksum is XXH3-64.
///
///     file    header | filter pages | blocks | index pages | footer
///
///     header, 64 bytes                      footer, 64 bytes
///      0  8  magic "CAIRNRUN"                0  8  magic "CAIRNEND"
///      8  2  version                         8  8  file number
///     10  1  content: 1 table, 2 timers     16  8  number of entries
///     11  1  reserved                       24  8  number of blocks
///     12  2  table (0 for timers)           32  8  offset of the index
///     14  2  reserved                       40  8  size of the file
///     16  8  file number                    48  8  the header's checksum
///     24  8  number of filter pages         56  8  checksum of bytes 0 ..< 56
///     32 24  reserved
///     56  8  checksum of bytes 0 ..< 56
///
///     page frame, 32 bytes: begins every filter page, block and index page
///      0  8  checksum of bytes 8 ..< size of the page
///      8  8  file number
///     16  8  offset of the page in the file
///     24  4  size of the page in bytes, a multiple of 8
///     28  3  number of entries in the page
///     31  1  page kind: 1 filter, 2 table block, 3 index, 4 timer block
///
/// A *filter page* (4,096 bytes) holds 127 buckets of 8 × 4 bytes. Bucket floor(orderHash × buckets /
/// 2^64) of a key's order hash has one bit set in each of its eight words (see `RunFilter`).
///
/// A *table block* holds n entries, ordered by (orderHash, high); entries with the same order hash share a
/// block. It is closed when it has reached 4,096 bytes, so a large value makes a large block. The lower
/// half of a key is not stored, as it follows from the other two (`OrderedKey`). A value of 256 KiB or more has a block
/// to itself, unless another key has the same order hash; the block before it may then be shorter.
///
///     32  8  order hash of the first entry
///     40  1  h: bytes of an order hash, 0 ... 8
///     41  1  k: bytes of an upper half, 0 ... 8
///     42  1  e: bytes of an end, 0, 2 or 4
///     43  1  if e is 0: the state of all entries; else 0
///     44  4  if e is 0: the size of each value; else 0
///     48        n × h  order hashes, less that of the first
///               n × k  upper halves
///               n × e  bits 0 ... 1: state, 1 removed, 2 whole value, 3 fragment;
///                      bits 2 ...: end of the value, from the start of the values
///                      values, then zeros up to a multiple of 8
///
/// An *index page* (4,096 bytes) holds up to 254 entries of 16 bytes, one for each block: order hash of
/// its first key, offset. All index pages but the last are full.
///
/// A *timer block* (4,096 bytes) holds up to 254 entries of 16 bytes, ascending: due in milliseconds
/// since 1970-01-01 UTC (i64), ordinal (u32), condition (u32). All timer blocks but the last are full.
/// A timer run has neither filter nor index: its index offset is that of the footer.
enum RunFormat {
  static let version: UInt16 = 2
  static let headerMagic: StaticString = "CAIRNRUN"
  static let footerMagic: StaticString = "CAIRNEND"
  static let headerBytes = 64
  static let footerBytes = 64
  static let frameBytes = 32
  /// The size of filter pages, index pages and timer blocks, and the least of a full table block.
  static let pageBytes = 4096
  /// What a table block has before its entries, its frame included.
  static let blockHeaderBytes = 48
  /// About how many bytes an entry takes besides its value.
  static let entryBytes = 14
  static let stateBits: UInt32 = 2
  static let stateMask: UInt32 = 3
  static let indexEntryBytes = 16
  static let indexEntriesPerPage = (pageBytes - frameBytes) / indexEntryBytes
  static let timerEntryBytes = 16
  static let timersPerBlock = (pageBytes - frameBytes) / timerEntryBytes
  static let countBits: UInt32 = 24

  enum Content: UInt8 {
    case table = 1
    case timers = 2
  }

  enum PageKind: UInt8 {
    case filter = 1
    case tableBlock = 2
    case index = 3
    case timerBlock = 4
  }

  static func indexPageCount(blocks: Int) -> Int {
    blocks / indexEntriesPerPage + (blocks % indexEntriesPerPage == 0 ? 0 : 1)
  }
}

extension RunFormat {
  static func header(
    content: Content, table: UInt16, file: UInt64, filterPages: Int
  ) -> [UInt8] {
    var writer = ByteWriter(capacity: headerBytes)
    writer.append(headerMagic)
    writer.u16(version)
    writer.u8(content.rawValue)
    writer.u8(0)
    writer.u16(table)
    writer.u16(0)
    writer.u64(file)
    writer.u64(UInt64(filterPages))
    for _ in 0..<3 { writer.u64(0) }
    writer.u64(Checksum.of(writer.bytes.span.bytes))
    return writer.bytes
  }

  static func footer(_ layout: RunLayout, headerChecksum: UInt64) -> [UInt8] {
    var writer = ByteWriter(capacity: footerBytes)
    writer.append(footerMagic)
    writer.u64(layout.file)
    writer.u64(UInt64(layout.entryCount))
    writer.u64(UInt64(layout.blockCount))
    writer.u64(UInt64(layout.indexOffset))
    writer.u64(UInt64(layout.byteCount))
    writer.u64(headerChecksum)
    writer.u64(Checksum.of(writer.bytes.span.bytes))
    return writer.bytes
  }

  /// Turns the 32 zero bytes at the front of `page` into its frame.
  static func seal(
    _ page: inout ByteWriter, kind: PageKind, count: Int, file: UInt64, offset: Int
  ) {
    page.replaceU64(file, at: 8)
    page.replaceU64(UInt64(offset), at: 16)
    page.replaceU32(UInt32(page.count), at: 24)
    page.replaceU32(UInt32(count) | UInt32(kind.rawValue) << countBits, at: 28)
    page.replaceU64(Checksum.of(page.bytes.span.bytes.extracting(8...)), at: 0)
  }

  /// The same for a page whose last bytes, `value` and what pads it to a multiple of 8, are elsewhere.
  static func seal(
    _ head: inout ByteWriter, before value: RawSpan, kind: PageKind, file: UInt64, offset: Int
  ) {
    let padding = [UInt8](repeating: 0, count: -(head.count + value.byteCount) & 7)
    head.replaceU64(file, at: 8)
    head.replaceU64(UInt64(offset), at: 16)
    head.replaceU32(UInt32(head.count + value.byteCount + padding.count), at: 24)
    head.replaceU32(1 | UInt32(kind.rawValue) << countBits, at: 28)
    var checksum = ChecksumStream()
    checksum.add(head.bytes.span.bytes.extracting(8...))
    checksum.add(value)
    checksum.add(padding.span.bytes)
    head.replaceU64(checksum.value, at: 0)
  }

  static func appendFrame(_ page: inout ByteWriter) {
    for _ in 0..<4 { page.u64(0) }
  }
}

/// Where the parts of one run file are.
struct RunLayout: Sendable, Equatable {
  var content: RunFormat.Content
  var table: UInt16
  var file: UInt64
  var filterPageCount: Int
  var entryCount: Int
  var blockCount: Int
  var indexOffset: Int
  var byteCount: Int

  var dataOffset: Int { RunFormat.headerBytes + filterPageCount * RunFormat.pageBytes }
  var indexPageCount: Int {
    content == .table ? RunFormat.indexPageCount(blocks: blockCount) : 0
  }
  var pageCount: Int { filterPageCount + blockCount + indexPageCount }

  /// Reads header and footer of a whole file; every number is checked against the file's size.
  init(validating bytes: RawSpan) throws(DecodeError) {
    let end = bytes.byteCount - RunFormat.footerBytes
    guard end >= RunFormat.headerBytes else { throw DecodeError(.truncated, at: bytes.byteCount) }
    var header = ByteReader(bytes.extracting(0..<RunFormat.headerBytes))
    let headerChecksum = try Self.checkEnds(header.span, RunFormat.headerMagic, at: 0)
    try header.skip(8)
    guard try header.u16() == RunFormat.version,
      let content = RunFormat.Content(rawValue: try header.u8()),
      try header.u8() == 0
    else { throw header.invalid() }
    self.content = content
    table = try header.u16()
    guard try header.u16() == 0 else { throw header.invalid() }
    file = try header.u64()
    filterPageCount = try Self.int(&header, atMost: bytes.byteCount / RunFormat.pageBytes)
    for _ in 0..<3 where try header.u64() != 0 { throw header.invalid() }

    var footer = ByteReader(bytes.extracting(end..<bytes.byteCount))
    _ = try Self.checkEnds(footer.span, RunFormat.footerMagic, at: end)
    do throws(DecodeError) {
      try footer.skip(8)
      guard try footer.u64() == file else { throw footer.invalid() }
      entryCount = try Self.int(&footer, atMost: bytes.byteCount)
      blockCount = try Self.int(&footer, atMost: bytes.byteCount / RunFormat.frameBytes)
      indexOffset = try Self.int(&footer, atMost: end)
      byteCount = try Self.int(&footer, atMost: bytes.byteCount)
      guard byteCount == bytes.byteCount, try footer.u64() == headerChecksum, isConsistent else {
        throw footer.invalid()
      }
    } catch {
      throw DecodeError(error.reason, at: end + error.offset)
    }
  }

  init(content: RunFormat.Content, table: UInt16, file: UInt64, filterPageCount: Int) {
    self.content = content
    self.table = table
    self.file = file
    self.filterPageCount = filterPageCount
    (entryCount, blockCount, indexOffset, byteCount) = (0, 0, 0, 0)
  }

  /// Whether the parts have the sizes that the counts say.
  ///
  /// All counts are below the file's size, so that nothing here overflows.
  private var isConsistent: Bool {
    let end = byteCount - RunFormat.footerBytes
    guard blockCount >= 1, entryCount >= blockCount, indexOffset >= dataOffset else { return false }
    switch content {
    case .table:
      return filterPageCount >= 1 && end - indexOffset == indexPageCount * RunFormat.pageBytes
        && indexOffset - dataOffset >= blockCount * RunFormat.blockHeaderBytes
    case .timers:
      return filterPageCount == 0 && table == 0 && indexOffset == end
        && end - dataOffset == blockCount * RunFormat.pageBytes
        && entryCount <= blockCount * RunFormat.timersPerBlock
        && entryCount > (blockCount - 1) * RunFormat.timersPerBlock
    }
  }

  /// Checks magic and checksum of a 64-byte header or footer; returns the checksum.
  private static func checkEnds(
    _ bytes: RawSpan, _ magic: StaticString, at offset: Int
  ) throws(DecodeError) -> UInt64 {
    guard bytes.extracting(0..<8).equals(magic) else {
      throw DecodeError(.invalidValue, at: offset)
    }
    var tail = ByteReader(bytes.extracting(56..<64))
    let checksum = try tail.u64()
    guard checksum == Checksum.of(bytes.extracting(0..<56)) else {
      throw DecodeError(.checksumMismatch, at: offset)
    }
    return checksum
  }

  private static func int(
    _ reader: inout ByteReader, atMost limit: Int
  ) throws(DecodeError) -> Int {
    let value = try reader.u64()
    guard value <= UInt64(limit) else { throw reader.invalid() }
    return Int(value)
  }
}
