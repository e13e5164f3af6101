// Writes row files front to back in one pass: memory for one write, and eight bytes for each KiB.

import Bytes

/// Collects the pieces of a row file and writes them in large parts.
///
/// The first failure is thrown and the file is of no use then.
struct RowFileWriter: ~Copyable {
  private static let bufferBytes = 256 * 1024

  private let file: any File
  private let table: UInt16
  private let number: UInt64
  private var numbers: ArraySlice<Int>
  private let largeNumbers: [Int: (first: Int, count: Int)]

  private var buffer: [UInt8]
  private var bufferOffset = 0
  private var checksums = StretchChecksums()
  private var extents: [RowFile.Extent] = []
  private var scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)

  init(_ file: any File, _ flush: RowFlush) {
    self.file = file
    table = flush.table
    number = flush.number
    numbers = flush.numbers[...]
    largeNumbers = flush.largeNumbers
    buffer = RowFormat.header(table: table, file: number)
  }

  deinit { scratch.deallocate() }

  private var offset: Int { bufferOffset + buffer.count }

  /// Adds a row, packed if that is worth it.
  ///
  /// - Parameter granule: Where it was, by which a row of more than a granule finds its numbers.
  /// - Returns: Its address.
  mutating func append(
    _ ordinal: UInt32, _ row: StoredRow, from granule: Int
  ) throws(StoreError) -> UInt32 {
    let (bytes, count) = (row.bytes, row.bytes.count)
    guard let start = bytes.baseAddress, !row.isPacked else {
      return try append(ordinal, bytes, flag: row.isPacked ? RowFormat.packedFlag : 0, granule)
    }
    let room = count + RowPacking.slackBytes
    if scratch.count < room {
      scratch.deallocate()
      scratch = .allocate(byteCount: max(room, 2 * scratch.count), alignment: 16)
    }
    guard let target = scratch.baseAddress, let size = RowPacking.pack(start, count, to: target)
    else { return try append(ordinal, bytes, flag: 0, granule) }
    return try append(
      ordinal, UnsafeRawBufferPointer(start: target, count: size), flag: RowFormat.packedFlag,
      granule)
  }

  /// Adds a page of locations.
  mutating func append(page: UInt32, _ locations: [UInt32]) throws(StoreError) -> UInt32 {
    var bytes = ByteWriter(capacity: RowFormat.locationsPerPage * 4)
    for location in locations { bytes.u32(location) }
    let address = try begin(page, bytes.count, flag: RowFormat.pageFlag, 0)
    buffer.append(contentsOf: bytes.bytes)
    try end(bytes.count)
    return address
  }

  private mutating func append(
    _ ordinal: UInt32, _ bytes: UnsafeRawBufferPointer, flag: UInt32, _ granule: Int
  ) throws(StoreError) -> UInt32 {
    let address = try begin(ordinal, bytes.count, flag: flag, granule)
    buffer.append(contentsOf: bytes)
    try end(bytes.count)
    return address
  }

  /// Begins a piece, whose bytes are to be added.
  private mutating func begin(
    _ ordinal: UInt32, _ byteCount: Int, flag: UInt32, _ granule: Int
  ) throws(StoreError) -> UInt32 {
    let address = try place(RowFormat.fileUnits(for: byteCount), from: granule)
    let header = UInt64(ordinal) | UInt64(UInt32(byteCount) | flag) << 32
    withUnsafeBytes(of: header.littleEndian) { buffer.append(contentsOf: $0) }
    return address
  }

  /// Ends a piece, whose bytes have been added.
  private mutating func end(_ byteCount: Int) throws(StoreError) {
    for _ in 0..<(-byteCount & (RowFormat.unitBytes - 1)) { buffer.append(0) }
    guard buffer.count >= Self.bufferBytes else { return }
    do { try writeBuffer() } catch { throw StoreError(error) }
  }

  /// The address of a piece that comes next.
  private mutating func place(_ units: Int, from granule: Int) throws(StoreError) -> UInt32 {
    if units > RowFormat.unitsPerGranule {
      guard let large = largeNumbers[granule], RowFormat.granules(ofUnits: units) <= large.count
      else { throw RunFile.damage("a row of another size", StoreFile.table(number), at: 0) }
      extents.append(.init(granule: large.first, units: units, offset: offset))
      return UInt32(large.first) << 16
    }
    if let last = extents.last, last.units + units <= RowFormat.unitsPerGranule {
      extents[extents.count - 1].units += units
      return UInt32(last.granule) << 16 | UInt32(last.units)
    }
    guard let number = numbers.popFirst() else {
      throw StoreError(.tooLarge, "table \(table) needs more numbers of granules than were kept")
    }
    extents.append(.init(granule: number, units: units, offset: offset))
    return UInt32(number) << 16
  }

  private mutating func writeBuffer() throws(IOError) {
    try file.writeAll(buffer, at: bufferOffset)
    buffer.withUnsafeBytes { checksums.add($0) }
    bufferOffset += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, the tail and the footer.
  ///
  /// - Parameters:
  ///   - others: The granules of other files, with the units in use.
  ///   - pageAddresses: The addresses of all pages.
  mutating func finish(
    _ others: [(granule: Int, live: UInt32)], _ pageAddresses: [UInt32], rowLimit: Int
  ) throws(IOError) -> RowFooter {
    try writeBuffer()
    var footer = RowFooter(table: table, file: number)
    footer.tailOffset = bufferOffset
    footer.extentCount = extents.count
    var tail = ByteWriter(capacity: pageAddresses.count * 4 + 4096)
    for checksum in checksums.finish() { tail.u64(checksum) }
    for extent in extents {
      tail.u32(UInt32(extent.granule))
      tail.u32(UInt32(extent.units))
      tail.u64(UInt64(extent.offset))
    }
    let granules =
      (others + extents.map { ($0.granule, UInt32($0.units)) }).sorted { $0.granule < $1.granule }
    for (granule, live) in granules {
      tail.u32(UInt32(granule))
      tail.u32(live)
    }
    for address in pageAddresses { tail.u32(address) }
    footer.granuleCount = granules.count
    footer.pageCount = pageAddresses.count
    footer.rowLimit = UInt64(rowLimit)
    footer.tailChecksum = Checksum.of(tail.bytes.span.bytes)
    footer.byteCount = bufferOffset + tail.bytes.count + RowFormat.footerBytes
    tail.append(footer.encode())
    try file.writeAll(tail.bytes, at: bufferOffset)
    return footer
  }
}

/// The checksums of bytes that come in pieces, one for each 4,096 of them.
private struct StretchChecksums {
  private var checksums: [UInt64] = []
  /// What of the stretch in hand came in pieces.
  private var pending: [UInt8] = []

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    if !pending.isEmpty {
      let missing = min(RowFormat.checkedBytes - pending.count, rest.count)
      pending.append(contentsOf: rest.prefix(missing))
      rest = rest.dropFirst(missing)
      guard pending.count == RowFormat.checkedBytes else { return }
      checksums.append(Checksum.of(pending.span.bytes))
      pending.removeAll(keepingCapacity: true)
    }
    while rest.count >= RowFormat.checkedBytes {
      let stretch = UnsafeRawBufferPointer(rebasing: rest.prefix(RowFormat.checkedBytes))
      checksums.append(Checksum.of(RawSpan(_unsafeBytes: stretch)))
      rest = rest.dropFirst(RowFormat.checkedBytes)
    }
    pending.append(contentsOf: rest)
  }

  mutating func finish() -> [UInt64] {
    if !pending.isEmpty { checksums.append(Checksum.of(pending.span.bytes)) }
    pending.removeAll()
    return checksums
  }
}
