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
        unchecked: isUnchecked ? Unmanaged.passUnretained(file) : nil),
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
  /// Files that are small, or of which a quarter is garbage, are taken in: their rows are written again. Until
  /// `finishFlush` no other flush of this table begins: that is a programmer error and traps.
  ///
  /// - Parameters:
  ///   - directory: The store's directory.
  ///   - allocateFileNumber: Called once, if anything is to be written.
  /// - Returns: What to do; nil if there is nothing to write.
  /// - Throws: `.tooLarge` if the table has reached 32 GiB.
  /// - Complexity: O(granules + ordinals / 256); no I/O.
  func beginFlush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> RowFlush? {
    precondition(flushing == nil, "a table is flushed once at a time")
    guard memory.byteCount > 0 else { return nil }
    try checkRoom()
    var taken = try filesToTakeIn()
    if try numbersNeeded(toTakeIn: taken) > Self.numbersMax { taken = [] }
    let numberCount = try numbersNeeded(toTakeIn: taken)
    var gone: Set<Int> = []
    var large = memory.extents.map { (granule: $0.granule, count: $0.granuleCount) }
    for file in taken {
      for extent in try file.extents() {
        gone.insert(extent.granule)
        large.append((extent.granule, extent.granuleCount))
      }
    }
    let number = try allocateFileNumber()
    let granules = memory.used.indices.compactMap { number in
      memory.used[number] > 0 && map.granules[number].isInFile && !gone.contains(number)
        ? (number, memory.live[number]) : nil
    }
    let numbers = (0..<numberCount).map { _ in memory.takeNumbers(1) }
    var largeNumbers: [Int: (first: Int, count: Int)] = [:]
    for (granule, count) in large where count > 1 {
      largeNumbers[granule] = (memory.takeNumbers(count), count)
    }
    let flush = RowFlush(
      table: id, number: number, directory: directory, fileSystem: fileSystem,
      map: RowMap(copying: map), extents: memory.beginFlush(in: map), taken: taken,
      numbers: numbers, largeNumbers: largeNumbers, granules: granules)
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
  /// - Complexity: O(extents + pages written), and O(256) for each page that has been opened since the flush began.
  func finishFlush(
    _ flush: RowFlush, _ result: Result<WrittenRows, StoreError>
  ) throws(StoreError) -> RunEdit {
    precondition(
      flushing?.number == flush.number, "a flush is finished by the table that began it")
    flushing = nil
    let written: WrittenRows
    let extents: [RowFile.Extent]
    do throws(StoreError) {
      written = try result.get()
      extents = try written.file.extents()
    } catch {
      giveBackNumbers(of: flush, except: [])
      memory.cancelFlush()
      throw error
    }
    for extent in extents {
      memory.note(extent, liveUnits: UInt32(extent.units))
      place(extent, in: written.file, isUnchecked: false)
    }
    for page in written.pages { try follow(page, flush) }
    memory.endFlush(in: map)
    for taken in flush.taken {
      for extent in try taken.extents() {
        map.clear(extent.granule)
        memory.free(extent)
      }
    }
    giveBackNumbers(
      of: flush,
      except: Set(extents.flatMap { $0.granule..<($0.granule + $0.granuleCount) }))
    map.files.removeAll { file in flush.taken.contains { $0 === file } }
    map.files.append(written.file)
    return RunEdit(added: [written.file.entry], removed: flush.taken.map(\.footer.file))
  }

  /// Has a page of locations lead to where its rows have been written.
  private func follow(_ page: WrittenRows.Page, _ flush: RowFlush) throws(StoreError) {
    let granule = map.granules[Int(page.address >> 16)]
    let piece = granule.start + Int(page.address & 0xFFFF) * RowFormat.unitBytes
    let new = (piece + RowFormat.pieceHeaderBytes).assumingMemoryBound(to: UInt32.self)
    guard map.pageAddresses[page.page] != flush.map.pageAddresses[page.page] else {
      return map.setPage(page.page, page.address, new)
    }
    // Rows have been changed since: those that have not follow.
    let present = try openPage(page.page)
    for index in 0..<RowFormat.locationsPerPage where page.former[index] != new[index] {
      if present[index] == page.former[index] {
        present[index] = new[index]
      } else {
        note(garbageAt: new[index])
      }
    }
    note(garbageAt: page.address)
  }

  /// Takes note of a piece in a file of this process that nothing points at.
  private func note(garbageAt address: UInt32) {
    let number = Int(address >> 16)
    let piece = map.granules[number].start + Int(address & 0xFFFF) * RowFormat.unitBytes
    memory.note(
      garbage: RowFormat.fileUnits(for: RowPiece.byteCount(piece)), in: number)
  }

  private func giveBackNumbers(of flush: RowFlush, except used: Set<Int>) {
    for number in flush.numbers where !used.contains(number) { memory.giveBack(number, 1) }
    for (first, count) in flush.largeNumbers.values {
      for number in first..<(first + count) where !used.contains(number) {
        memory.giveBack(number, 1)
      }
    }
  }

  /// The files that the next flush takes in: those that are not worth a file of their own, and those of which a quarter
  /// is garbage, as much as is in memory anyway.
  private func filesToTakeIn() throws(StoreError) -> [RowFile] {
    let bytesMax = max(memory.byteCount, Self.takenBytesMax)
    var bytes = 0
    let files = try self.files.map { (file) throws(StoreError) in
      (file: file, live: try liveBytes(of: file))
    }
    var taken: [RowFile] = []
    for (file, live) in files.sorted(by: { $0.live < $1.live }) {
      let isSmall = live <= memory.byteCount + bytes && bytes + live <= Self.takenBytesMax
      let isGarbage = 4 * live <= 3 * (file.footer.tailOffset - RowFormat.headerBytes)
      guard isSmall || isGarbage, bytes + live <= bytesMax else { continue }
      taken.append(file)
      bytes += live
    }
    return taken
  }

  /// How many granules a flush fills at most.
  private func numbersNeeded(toTakeIn taken: [RowFile]) throws(StoreError) -> Int {
    var byteCount = memory.byteCount
    for file in taken { byteCount += try liveBytes(of: file) }
    // The pages of rows in memory are in memory; a file of another process can need all there are.
    let pages = taken.reduce(0) { $0 + ($1.ownPages?.count ?? map.pageCount) }
    byteCount += min(pages, map.pageCount) * (RowFormat.locationsPerPage + 2) * 4
    // Two granules that follow each other hold more than one does.
    return 2 * (byteCount / RowFormat.bytesPerGranule) + 2
  }

  /// The most numbers that a flush keeps, which `checkRoom` has found to be left.
  private static let numbersMax = 4096

  /// The most bytes that small files are joined up to, 4 MiB.
  private static let takenBytesMax = 4 << 20

  private func liveBytes(of file: RowFile) throws(StoreError) -> Int {
    try file.extents().reduce(0) { $0 + Int(memory.live[$1.granule]) * RowFormat.unitBytes }
  }
}
