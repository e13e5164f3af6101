// The layout of row files: the one place that defines it.

import Bytes

/// The layout of the `table-<n>.run` of a table of rows, version 4.
///
/// Integers are little-endian, reserved bytes zero, checksums XXH3-64.
///
///     file    header | pieces | tail | footer
///
///     header, 64 bytes                      footer, 96 bytes
///      0  8  magic "CAIRNROW"                0  8  magic "CAIRNEND"
///      8  2  version                         8  8  file number
///     10  2  reserved                       16  8  offset of the tail, where the pieces end
///     12  2  table                          24  8  number of extents
///     14  2  reserved
///     16  8  file number                    32  8  number of granules in use, in all files of the table
///     24 32  reserved                       40  8  number of pages of locations
///     56  8  checksum of bytes 0 ..< 56     48  8  one more than the greatest ordinal
///                                           56  8  size of the file
///                                           64 16  reserved
///                                           80  8  checksum of the tail
///                                           88  8  checksum of bytes 0 ..< 88
///
/// A *piece* holds a row or a page of locations. It begins at a multiple of 8 bytes, which is where the next
/// one begins too:
///
///      0  4  ordinal of the row, or number of the page of locations
///      4  4  number of bytes that follow; bit 31: a page of locations; bit 30: a packed row (`RowPacking`)
///      8  n  the bytes, then zeros
///
/// A *page of locations* is 256 addresses (u32): the row with ordinal 256 p + i is at address i of page p; 0 means
/// no row. It stands after the rows of it that are in the same file, and is in a file with each of its rows that
/// are written. An *address* is a number of a granule (the upper 16 bits) and of a unit of 8 bytes in it. A
/// granule is half a mebibyte of address space; a row that needs more takes several in a row.
///
///     tail
///      8 × c     checksums of the 1,024 bytes each of header and pieces, the last of fewer
///     16 × e     extents: number of the first granule (u32), units (u32), offset in the file (u64)
///      8 × g     granules in use, ascending: number (u32), units of pieces that are in use (u32); only of the
///                first granule of an extent
///      4 × p     addresses of the pages of locations; 0 for one that has no row
///
/// The last two speak of all files of the table: the newest file has them as they are, older ones as they once were.
enum RowFormat {
  static let version: UInt16 = 4
  static let headerMagic: StaticString = "CAIRNROW"
  static let footerMagic: StaticString = "CAIRNEND"
  static let headerBytes = 64
  static let footerBytes = 96
  static let checkedBytes = 1024
  static let extentBytes = 16
  static let granuleBytes = 8

  /// Bytes that a row's address counts in.
  static let unitBytes = 8
  static let unitsPerGranule = 1 << 16
  static let bytesPerGranule = unitBytes * unitsPerGranule
  static let granulesMax = 1 << 16
  /// What precedes the bytes of a piece.
  static let pieceHeaderBytes = 8
  /// What precedes a piece in memory: its size in units.
  static let capacityBytes = 4
  static let pageFlag: UInt32 = 1 << 31
  static let packedFlag: UInt32 = 1 << 30
  static let byteCountMask: UInt32 = packedFlag - 1
  static let locationsPerPage = 256
  static let locationShift: UInt32 = 8

  /// The units that a piece in memory with room for so many bytes takes at least; in steps of an eighth, so that few
  /// sizes differ.
  @inline(__always)
  static func units(for byteCount: Int) -> Int {
    let units = (byteCount + capacityBytes + pieceHeaderBytes + unitBytes - 1) / unitBytes
    guard units > 16 else { return units }
    let step = 1 << (Int.bitWidth - 1 - units.leadingZeroBitCount - 3)
    return (units + step - 1) & ~(step - 1)
  }

  /// The units that a piece of so many bytes takes in a file.
  @inline(__always)
  static func fileUnits(for byteCount: Int) -> Int {
    (byteCount + pieceHeaderBytes + unitBytes - 1) / unitBytes
  }

  /// The number of granules that so many units need.
  static func granules(ofUnits units: Int) -> Int {
    (units + unitsPerGranule - 1) / unitsPerGranule
  }

  /// The bytes of a header.
  static func header(table: UInt16, file: UInt64) -> [UInt8] {
    var writer = ByteWriter(capacity: headerBytes)
    writer.append(headerMagic)
    writer.u16(version)
    writer.u16(0)
    writer.u16(table)
    writer.u16(0)
    writer.u64(file)
    writer.append([UInt8](repeating: 0, count: 32))
    writer.u64(Checksum.of(writer.bytes.span.bytes))
    return writer.bytes
  }
}

/// What the footer of a row file says.
struct RowFooter: Equatable {
  var table: UInt16
  var file: UInt64
  var tailOffset = RowFormat.headerBytes
  var extentCount = 0
  var granuleCount = 0
  var pageCount = 0
  var rowLimit: UInt64 = 0
  var byteCount = 0
  var tailChecksum: UInt64 = 0

  var checksumCount: Int {
    (tailOffset + RowFormat.checkedBytes - 1) / RowFormat.checkedBytes
  }
  var extentsOffset: Int { tailOffset + checksumCount * 8 }
  var granulesOffset: Int { extentsOffset + extentCount * RowFormat.extentBytes }
  var pagesOffset: Int { granulesOffset + granuleCount * RowFormat.granuleBytes }
  var tailEnd: Int { pagesOffset + pageCount * 4 }

  /// Makes the footer of a file that is to be written.
  init(table: UInt16, file: UInt64) {
    self.table = table
    self.file = file
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: RowFormat.footerBytes)
    writer.append(RowFormat.footerMagic)
    writer.u64(file)
    writer.u64(UInt64(tailOffset))
    writer.u64(UInt64(extentCount))
    writer.u64(UInt64(granuleCount))
    writer.u64(UInt64(pageCount))
    writer.u64(rowLimit)
    writer.u64(UInt64(byteCount))
    writer.u64(0)
    writer.u64(0)
    writer.u64(tailChecksum)
    writer.u64(Checksum.of(writer.bytes.span.bytes))
    return writer.bytes
  }

  /// Checks header, footer and tail of a file.
  init(validating bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount >= RowFormat.headerBytes + RowFormat.footerBytes else {
      throw DecodeError(.truncated, at: bytes.byteCount)
    }
    guard bytes.extracting(0..<8).equals(RowFormat.headerMagic) else {
      throw DecodeError(.invalidValue, at: 0)
    }
    var header = ByteReader(bytes.extracting(0..<RowFormat.headerBytes), at: 8)
    guard try header.u16() == RowFormat.version, try header.u16() == 0 else {
      throw header.invalid()
    }
    table = try header.u16()
    guard try header.u16() == 0 else { throw header.invalid() }
    file = try header.u64()
    let checksumOffset = RowFormat.headerBytes - 8
    guard
      bytes.load(at: checksumOffset, as: UInt64.self)
        == Checksum.of(bytes.extracting(0..<checksumOffset))
    else { throw DecodeError(.checksumMismatch, at: 0) }

    let start = bytes.byteCount - RowFormat.footerBytes
    let footer = bytes.extracting(start...)
    guard
      footer.load(at: RowFormat.footerBytes - 8, as: UInt64.self)
        == Checksum.of(footer.extracting(0..<(RowFormat.footerBytes - 8)))
    else { throw DecodeError(.checksumMismatch, at: start) }
    guard footer.extracting(0..<8).equals(RowFormat.footerMagic) else {
      throw DecodeError(.invalidValue, at: start)
    }
    var reader = ByteReader(footer, at: 8)
    guard try reader.u64() == file else { throw reader.invalid() }
    let size = bytes.byteCount
    tailOffset = try Self.count(&reader, atMost: size)
    extentCount = try Self.count(&reader, atMost: size)
    granuleCount = try Self.count(&reader, atMost: size)
    pageCount = try Self.count(&reader, atMost: size)
    rowLimit = try reader.u64()
    byteCount = try Self.count(&reader, atMost: size)
    guard try reader.u64() == 0, try reader.u64() == 0 else { throw reader.invalid() }
    tailChecksum = try reader.u64()
    guard tailOffset >= RowFormat.headerBytes, byteCount == bytes.byteCount, tailEnd == start,
      rowLimit <= UInt64(pageCount) << UInt64(RowFormat.locationShift), rowLimit <= 1 << 32,
      granuleCount <= RowFormat.granulesMax, pageCount <= 1 << (32 - RowFormat.locationShift)
    else { throw DecodeError(.invalidValue, at: start) }
    guard Checksum.of(bytes.extracting(tailOffset..<start)) == tailChecksum else {
      throw DecodeError(.checksumMismatch, at: tailOffset)
    }
  }

  /// No count is greater than the file is long, so that no sum of them overflows.
  private static func count(
    _ reader: inout ByteReader, atMost max: Int
  ) throws(DecodeError) -> Int {
    let value = try reader.u64()
    guard value <= UInt64(max) else { throw reader.invalid() }
    return Int(value)
  }
}
