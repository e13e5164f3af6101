// The work of a flush as a value of its own: it reads memory that nobody changes any more, so any thread can do it.

import Bytes

/// Rows of one table on their way into a file.
public struct RowFlush: Sendable {
  let table: UInt16
  let number: UInt64
  let directory: String
  let fileSystem: any FileSystem
  /// What is written, with the units of each that are in use.
  let extents: [(extent: RowExtent, units: Int)]
  /// The files whose rows have all been copied out of them.
  let taken: [RowFile]
  /// By granule in use, after the flush: the units of pieces that something points at.
  let granules: [(granule: Int, live: UInt32)]
  let pageAddresses: [UInt32]
  let rowLimit: Int

  /// Writes the file, on any thread and once; the result belongs to `RowTable.finishFlush`.
  ///
  /// - Returns: The file. Else `.noSpace`, `.io`, `.readOnly`; the partial file is removed as far as possible.
  /// - Complexity: O(bytes), sequential writes; one sync. Holds eight bytes for each 16 KiB.
  func perform() -> Result<RowFile, StoreError> {
    do throws(StoreError) { return .success(try run()) } catch { return .failure(error) }
  }

  private func run() throws(StoreError) -> RowFile {
    let name = StoreFile.table(number)
    let path = directory + "/" + name
    let file: any File
    do { file = try fileSystem.open(path, .create) } catch { throw StoreError(error) }
    do throws(StoreError) {
      let footer: RowFooter
      let map: MappedFile
      do throws(IOError) {
        footer = try write(to: file)
        try file.syncData()
        map = try file.map()
      } catch {
        throw StoreError(error)
      }
      let written = try RowFile(map, name: name, isOwn: true)
      guard written.footer == footer else {
        throw RunFile.damage("other bytes than were written", name, at: 0)
      }
      return written
    } catch {
      try? fileSystem.remove(path)
      throw error
    }
  }

  private func write(to file: any File) throws(IOError) -> RowFooter {
    var footer = RowFooter(table: table, file: number)
    var checksums = StretchChecksums()
    let header = RowFormat.header(table: table, file: number)
    try file.writeAll(header, at: 0)
    header.withUnsafeBytes { checksums.add($0) }
    var offset = RowFormat.headerBytes
    var places = ByteWriter(capacity: extents.count * RowFormat.extentBytes)
    for (extent, units) in extents where units > 0 {
      let bytes = UnsafeRawBufferPointer(start: extent.start, count: units * RowFormat.unitBytes)
      try file.writeAll(bytes, at: offset)
      checksums.add(bytes)
      places.u32(UInt32(extent.granule))
      places.u32(UInt32(units))
      places.u64(UInt64(offset))
      footer.extentCount += 1
      offset += bytes.count
    }
    footer.tailOffset = offset
    var tail = ByteWriter(capacity: places.bytes.count + pageAddresses.count * 4 + 4096)
    for checksum in checksums.finish() { tail.u64(checksum) }
    tail.append(places.bytes)
    for (granule, live) in granules {
      tail.u32(UInt32(granule))
      tail.u32(live)
    }
    for address in pageAddresses { tail.u32(address) }
    footer.granuleCount = granules.count
    footer.pageCount = pageAddresses.count
    footer.rowLimit = UInt64(rowLimit)
    footer.tailChecksum = Checksum.of(tail.bytes.span.bytes)
    footer.byteCount = offset + tail.bytes.count + RowFormat.footerBytes
    tail.append(footer.encode())
    try file.writeAll(tail.bytes, at: offset)
    return footer
  }
}

/// The checksums of bytes that come in pieces, one for each 16,384 of them.
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
