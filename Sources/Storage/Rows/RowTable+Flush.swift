// From memory to disk and back: which files a flush takes in, and the exchange of memory for the new file once that is
// durable.

import Bytes

extension RowTable {
  /// Opens a table on the files that it had at the last checkpoint, oldest first.
  ///
  /// - Throws: `.damagedIndex` if a file is missing or not what it should be.
  /// - Complexity: O(files + granules + ordinals / 256); rows are checked when they are first looked at.
  public convenience init(
    id: UInt16, files entries: [RunEntry], in directory: String, fileSystem: any FileSystem
  ) throws(StoreError) {
    self.init(id: id)
    for entry in entries {
      map.files.append(try RowFile.open(entry, in: directory, fileSystem))
    }
    guard let newest = files.last else { return }
    var liveUnits: [Int: UInt32] = [:]
    for (granule, units) in try newest.granulesInUse() { liveUnits[granule] = units }
    var inUse: Set<Int> = []
    for file in files {
      for extent in try file.extents() {
        let numbers = extent.granule..<(extent.granule + extent.granuleCount)
        guard inUse.isDisjoint(with: numbers) else {
          throw RunFile.damage("two extents with one number", file.name, at: extent.offset)
        }
        inUse.formUnion(numbers)
        guard let live = liveUnits.removeValue(forKey: extent.granule) else {
          throw RunFile.damage("an extent that is not in use", file.name, at: 0)
        }
        memory.note(extent, liveUnits: live)
        place(extent, in: file, isUnchecked: true)
      }
    }
    guard liveUnits.isEmpty else {
      throw RunFile.damage("a granule that no file has", newest.name, at: 0)
    }
    map.rowLimit = Int(newest.footer.rowLimit)
    if newest.footer.pageCount > 0 { map.extend(toPage: newest.footer.pageCount - 1) }
    for page in 0..<newest.footer.pageCount { map.setPage(page, newest.pageAddress(page), nil) }
    memory.findSpare(except: inUse)
  }

  /// Has rows of an extent read from a file.
  private func place(_ extent: RowFile.Extent, in file: RowFile, isUnchecked: Bool) {
    map.set(
      RowGranule(
        start: UnsafeMutableRawPointer(mutating: file.start + extent.offset),
        limit: extent.byteCount, openFrom: UInt32(RowFormat.unitsPerGranule), isInFile: true,
        isUnchecked: isUnchecked),
      at: extent.granule)
  }

  /// The files as the manifest should list them, oldest first.
  public var entries: [RunEntry] { files.map(\.entry) }

  /// Checks every byte of every file that was not checked yet, and that every row is where it should be.
  ///
  /// - Throws: `.damagedIndex` for the first damage. Complexity: O(size of the files); reads them once.
  public func verify() throws(StoreError) {
    for file in files { try file.verify() }
    try forEach { (_, _) in }
  }

  // MARK: Flush

  /// Prepares to write all that is in memory to a new file, so that another thread can do the work while this one goes
  /// on changing rows, each of which is copied up first.
  ///
  /// Files that are small or half garbage are taken in: their rows are copied into memory. Until `finishFlush` no
  /// other flush of this table begins: that is a programmer error and traps.
  ///
  /// - Parameters:
  ///   - directory: The store's directory.
  ///   - allocateFileNumber: Called once, if anything is to be written.
  /// - Returns: What to do; nil if there is nothing to write.
  /// - Throws: `.damagedIndex` if a file that is taken in is damaged.
  /// - Complexity: O(granules + ordinals / 256), and O(bytes) of the files taken in; no I/O.
  func beginFlush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> RowFlush? {
    precondition(flushing == nil, "a table is flushed once at a time")
    guard memory.byteCount > 0 else { return nil }
    let bytesMax = max(memory.byteCount + memory.byteCount / 2, Self.takenBytesMax)
    var taken: [RowFile] = []
    for file in try filesToTakeIn(upTo: bytesMax) {
      // One that is left half-way has less to copy the next time.
      guard try evacuate(file, upTo: bytesMax) else { break }
      taken.append(file)
    }
    if taken.contains(where: { !$0.isOwn }) { try checkNothingIsLeft(in: taken) }
    let number = try allocateFileNumber()
    let extents = memory.beginFlush(in: map)
    var gone: Set<Int> = []
    for file in taken { gone.formUnion(try file.extents().map(\.granule)) }
    let granules = memory.used.indices.compactMap { number in
      memory.used[number] > 0 && !gone.contains(number) ? (number, memory.live[number]) : nil
    }
    let flush = RowFlush(
      table: id, number: number, directory: directory, fileSystem: fileSystem, extents: extents,
      taken: taken, granules: granules,
      pageAddresses: Array(UnsafeBufferPointer(start: map.pageAddresses, count: map.pageCount)),
      rowLimit: map.rowLimit)
    flushing = flush
    return flush
  }

  /// Puts the new file in the place of what it holds; what was changed since stays in memory.
  ///
  /// The file is durable except for its directory entry: the caller syncs the directory and commits the manifest.
  ///
  /// - Parameter result: What `flush.perform()` came to.
  /// - Returns: What to change in the manifest.
  /// - Throws: what the work failed with; the rows are unchanged then.
  func finishFlush(
    _ flush: RowFlush, _ result: Result<RowFile, StoreError>
  ) throws(StoreError) -> RunEdit {
    precondition(
      flushing?.number == flush.number, "a flush is finished by the table that began it")
    flushing = nil
    let file: RowFile
    let extents: [RowFile.Extent]
    do throws(StoreError) {
      file = try result.get()
      extents = try file.extents()
    } catch {
      memory.cancelFlush()
      throw error
    }
    memory.endFlush()
    for extent in extents { place(extent, in: file, isUnchecked: false) }
    for taken in flush.taken {
      for extent in try taken.extents() {
        map.clear(extent.granule)
        memory.free(extent)
      }
    }
    map.files.removeAll { file in flush.taken.contains { $0 === file } }
    map.files.append(file)
    map.relocatePages(in: Set(extents.map(\.granule)))
    return RunEdit(added: [file.entry], removed: flush.taken.map(\.footer.file))
  }

  /// The files that the next flush takes in: those that are not worth a file of their own, and those of which half
  /// is garbage, as far as memory allows.
  private func filesToTakeIn(upTo bytesMax: Int) throws(StoreError) -> [RowFile] {
    var bytes = memory.byteCount
    let files = try self.files.map { (file) throws(StoreError) in
      (file: file, live: try liveBytes(of: file))
    }
    var taken: [RowFile] = []
    for (file, live) in files.sorted(by: { $0.live < $1.live }) {
      let isSmall = live <= 2 * bytes && bytes + live <= Self.takenBytesMax
      let isGarbage = 2 * live <= file.footer.tailOffset - RowFormat.headerBytes
      guard isSmall || isGarbage, bytes + live <= bytesMax else { continue }
      taken.append(file)
      bytes += live
    }
    return taken
  }

  /// The most bytes that small files are joined up to, 4 MiB.
  private static let takenBytesMax = 4 << 20

  private func liveBytes(of file: RowFile) throws(StoreError) -> Int {
    try file.extents().reduce(0) { $0 + Int(memory.live[$1.granule]) * RowFormat.unitBytes }
  }

  /// Makes sure that no page of locations that has been looked at leads into files that are going to be taken in: what
  /// another process wrote can say that a row is in the middle of a piece, where none was found.
  ///
  /// - Complexity: O(ordinals).
  private func checkNothingIsLeft(in taken: [RowFile]) throws(StoreError) {
    var gone: Set<Int> = []
    for file in taken { gone.formUnion(try file.extents().map(\.granule)) }
    for page in 0..<map.pageCount where map.pageAddresses[page] != 0 {
      guard !gone.contains(Int(map.pageAddresses[page] >> 16)) else { throw map.damaged }
      guard let locations = map.pages[page] else { continue }
      for index in 0..<RowFormat.locationsPerPage where locations[index] != 0 {
        guard !gone.contains(Int(locations[index] >> 16)) else { throw map.damaged }
      }
    }
  }

  /// Copies every piece of a file that something points at into memory.
  ///
  /// - Parameter bytesMax: How much there may be in memory.
  /// - Returns: Whether all have been copied.
  private func evacuate(_ file: RowFile, upTo bytesMax: Int) throws(StoreError) -> Bool {
    for extent in try file.extents() {
      var unit = 0
      while unit < extent.units {
        let piece = UnsafeMutableRawPointer(
          mutating: file.start + extent.offset + unit * RowFormat.unitBytes)
        try file.check(piece, RowFormat.pieceHeaderBytes)
        let units = RowPiece.units(piece)
        guard units > 0, unit + units <= extent.units,
          RowPiece.byteCount(piece) <= units * RowFormat.unitBytes - RowFormat.pieceHeaderBytes
            || RowPiece.ordinal(piece) == .max
        else { throw RunFile.damage("a piece", file.name, at: extent.offset) }
        // Only the first granule of an extent has addresses.
        if unit < RowFormat.unitsPerGranule {
          try evacuate(piece, at: UInt32(extent.granule) << 16 | UInt32(unit), in: file)
        }
        unit += units
        guard memory.byteCount <= bytesMax else { return false }
      }
    }
    return true
  }

  private func evacuate(
    _ piece: UnsafeMutableRawPointer, at address: UInt32, in file: RowFile
  ) throws(StoreError) {
    let ordinal = RowPiece.ordinal(piece)
    if RowPiece.isPage(piece) {
      guard Int(ordinal) < map.pageCount, map.pageAddresses[Int(ordinal)] == address else { return }
      _ = try openPage(Int(ordinal))
    } else if ordinal != .max, try map.address(of: ordinal) == address {
      try file.check(piece, RowFormat.pieceHeaderBytes + RowPiece.byteCount(piece))
      _ = try move(
        piece, at: address, ordinal, units: RowFormat.units(for: RowPiece.byteCount(piece)))
    }
  }
}
