// The work of a flush as a value of its own: it reads memory and files that nobody changes any more, so any thread can
// do it.

import Bytes

/// Rows of one table on their way into a file.
public struct RowFlush: Sendable {
  let table: UInt16
  let number: UInt64
  let directory: String
  let fileSystem: any FileSystem
  /// Where rows were when the flush began.
  let map: RowMap
  /// The memory whose rows are written.
  let extents: [RowExtent]
  /// The files whose rows are all written again.
  let taken: [RowFile]
  /// Numbers for the granules of the file.
  let numbers: [Int]
  /// For rows of more than a granule: the numbers that they get, by those that they have.
  let largeNumbers: [Int: (first: Int, count: Int)]
  /// By granule of the files that stay: the units of pieces that something points at.
  let granules: [(granule: Int, live: UInt32)]

  /// Whether rows in a granule are written.
  fileprivate var isMoving: [Bool] {
    var isMoving = [Bool](repeating: false, count: map.granuleLimit)
    for extent in extents { isMoving[extent.granule] = true }
    for granule in taken.flatMap(\.firstGranules) { isMoving[granule] = true }
    return isMoving
  }

  /// Writes the file, on any thread and once; the result belongs to `RowTable.finishFlush`.
  ///
  /// - Returns: The file. Else `.noSpace`, `.io`, `.readOnly`, `.damagedIndex` if a file that is taken in is damaged;
  ///   the partial file is removed as far as possible.
  /// - Complexity: O(bytes), sequential writes; one sync. Holds eight bytes for each KiB, and four for each 256
  ///   rows.
  func perform() -> Result<WrittenRows, StoreError> {
    do throws(StoreError) { return .success(try run()) } catch { return .failure(error) }
  }

  private func run() throws(StoreError) -> WrittenRows {
    let name = StoreFile.table(number)
    let path = directory + "/" + name
    let file: any File
    do { file = try fileSystem.open(path, .create) } catch { throw StoreError(error) }
    do throws(StoreError) {
      var writer = RowFileWriter(file, self)
      let pages = try write(to: &writer)
      let map: MappedFile
      let footer: RowFooter
      do throws(IOError) {
        footer = try writer.finish(
          granules, pageAddresses(with: pages), rowLimit: self.map.rowLimit)
        try file.syncData()
        map = try file.map()
      } catch {
        throw StoreError(error)
      }
      let written = try RowFile(map, name: name, ownPages: pages.map { UInt32($0.page) })
      guard written.footer == footer else {
        throw RunFile.damage("other bytes than were written", name, at: 0)
      }
      return WrittenRows(file: written, pages: pages)
    } catch {
      try? fileSystem.remove(path)
      throw error
    }
  }

  private func write(
    to writer: inout RowFileWriter
  ) throws(StoreError) -> [WrittenRows.Page] {
    let isMoving = isMoving
    var pages: [WrittenRows.Page] = []
    var changed = [UInt32](repeating: 0, count: RowFormat.locationsPerPage)
    for page in candidates(isMoving) {
      let address = map.pageAddresses[page]
      guard address != 0, let locations = try map.locations(ofPage: page) else { continue }
      var isChanged = isMoving[Int(address >> 16)]
      for index in 0..<RowFormat.locationsPerPage {
        let location = locations[index]
        changed[index] = location
        guard location != 0 else { continue }
        let number = Int(location >> 16)
        guard number < isMoving.count else { throw map.damaged }
        guard isMoving[number] else { continue }
        let ordinal = UInt32(page << Int(RowFormat.locationShift) + index)
        let piece = try map.piece(at: location, of: ordinal)
        changed[index] = try writer.append(ordinal, RowPiece.row(piece), from: number)
        isChanged = true
      }
      guard isChanged else { continue }
      let new = try writer.append(page: UInt32(page), changed)
      pages.append(.init(page: page, address: new, former: UnsafePointer(locations)))
    }
    return pages
  }

  /// The pages of locations that can lead to rows that are written, ascending.
  private func candidates(_ isMoving: [Bool]) -> [Int] {
    // What another process wrote can say of any page what it likes.
    guard taken.allSatisfy({ $0.ownPages != nil }) else { return Array(0..<map.pageCount) }
    // Changing a row opens its page, and a file has the pages of all its rows.
    var isCandidate = [Bool](repeating: false, count: map.pageCount)
    for page in taken.compactMap(\.ownPages).joined() { isCandidate[Int(page)] = true }
    return (0..<map.pageCount).filter { page in
      let number = Int(map.pageAddresses[page] >> 16)
      return isCandidate[page] || number < isMoving.count && isMoving[number]
    }
  }

  private func pageAddresses(with pages: [WrittenRows.Page]) -> [UInt32] {
    var addresses = Array(UnsafeBufferPointer(start: map.pageAddresses, count: map.pageCount))
    for page in pages { addresses[page.page] = page.address }
    return addresses
  }
}

/// What the work of a flush came to.
struct WrittenRows: Sendable {
  /// A page of locations that has been written.
  struct Page: @unchecked Sendable {
    // Safe because the flush keeps what is pointed at, which does not change any more.
    var page: Int
    var address: UInt32
    /// The locations as the flush found them.
    var former: UnsafePointer<UInt32>
  }

  let file: RowFile
  let pages: [Page]
}
