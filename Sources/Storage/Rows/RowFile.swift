// A mapped file of rows and the trust in its bytes: the tail is checked when the file is opened, pieces when they
// are first touched.

import Bytes
import Glibc
import Synchronization

/// A row file of a table.
final class RowFile: @unchecked Sendable {
  // Safe because the mapped bytes never change, and the bits are atomic and only ever set.
  let footer: RowFooter
  let name: String
  private let map: MappedFile
  private let count: Int
  /// The mapped bytes; valid as long as `map`.
  let start: UnsafeRawPointer
  /// One bit for each checksum: what it is of was checked.
  private let checked: UnsafeMutablePointer<Atomic<UInt64>>
  private let checkedWords: Int

  /// One or more granules in a row, as the file has them.
  struct Extent: BitwiseCopyable {
    var granule: Int
    /// The units that are in use.
    var units: Int
    /// Where they begin in the file.
    var offset: Int

    var granuleCount: Int { max(RowFormat.granules(ofUnits: units), 1) }
    var byteCount: Int { units * RowFormat.unitBytes }
  }

  /// If this process wrote it: the pages of locations that it was written with, ascending, which lead to all of its
  /// rows.
  ///
  /// What another process wrote is not believed so far.
  let ownPages: [UInt32]?

  /// Takes over a mapped file after checking its ends.
  init(_ map: MappedFile, name: String, ownPages: [UInt32]? = nil) throws(StoreError) {
    self.ownPages = ownPages
    self.map = map
    self.name = name
    do throws(DecodeError) { footer = try RowFooter(validating: map.bytes) } catch {
      throw RunFile.damage("\(error.reason)", name, at: error.offset)
    }
    guard let start = map.bytes.withUnsafeBytes({ $0.baseAddress }) else {
      throw RunFile.damage("empty file", name, at: 0)
    }
    self.start = start
    count = map.count
    checkedWords = (footer.checksumCount + 63) / 64
    checked = .allocate(capacity: checkedWords)
    for index in 0..<checkedWords { (checked + index).initialize(to: Atomic(0)) }
  }

  deinit {
    checked.deinitialize(count: checkedWords)
    checked.deallocate()
  }

  /// Opens and maps a file of a store; a missing one is damage, as it can be rebuilt.
  static func open(
    _ entry: RunEntry, in directory: String, _ fileSystem: any FileSystem
  ) throws(StoreError) -> RowFile {
    let name = StoreFile.table(entry.file)
    let map: MappedFile
    do {
      map = try fileSystem.open(directory + "/" + name, .read).map()
    } catch {
      if error.errno == ENOENT { throw RunFile.damage("missing file", name, at: 0) }
      throw StoreError(error)
    }
    let file = try RowFile(map, name: name)
    guard file.footer.table == entry.table, file.footer.file == entry.file,
      UInt64(file.footer.byteCount) == entry.byteCount
    else { throw RunFile.damage("not the file that the manifest lists", name, at: 0) }
    return file
  }

  /// The file as the manifest should list it.
  var entry: RunEntry {
    RunEntry(
      table: footer.table, file: footer.file, byteCount: UInt64(footer.byteCount),
      entryCount: footer.rowLimit, level: 0)
  }

  /// Anonymous memory held, in bytes.
  var memoryBytes: Int { checkedWords * 8 + (ownPages?.count ?? 0) * 4 }

  func contains(_ pointer: UnsafeRawPointer) -> Bool {
    pointer >= start && pointer < start + footer.tailOffset
  }

  /// The bytes of the file, which stay as long as it.
  private var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
    }
  }

  /// The extents, each of which lies within the pieces.
  func extents() throws(StoreError) -> [Extent] {
    try (0..<footer.extentCount).map { (index) throws(StoreError) in
      let position = footer.extentsOffset + index * RowFormat.extentBytes
      let bytes = self.bytes
      let extent = Extent(
        granule: Int(bytes.load(at: position, as: UInt32.self)),
        units: Int(bytes.load(at: position + 4, as: UInt32.self)),
        offset: Int(truncatingIfNeeded: bytes.load(at: position + 8, as: UInt64.self)))
      guard extent.granule > 0, extent.granule + extent.granuleCount <= RowFormat.granulesMax,
        extent.offset >= RowFormat.headerBytes,
        extent.offset.isMultiple(of: RowFormat.unitBytes),
        extent.offset <= footer.tailOffset - extent.byteCount
      else { throw RunFile.damage("an extent lies elsewhere", name, at: position) }
      return extent
    }
  }

  /// The numbers that the extents begin with, of a file that has been checked.
  var firstGranules: [Int] {
    (0..<footer.extentCount).map {
      Int(bytes.load(at: footer.extentsOffset + $0 * RowFormat.extentBytes, as: UInt32.self))
    }
  }

  /// The granules of the whole table that were in use when the file was written, with the units of their pieces.
  func granulesInUse() throws(StoreError) -> [(granule: Int, units: UInt32)] {
    try (0..<footer.granuleCount).map { (index) throws(StoreError) in
      let position = footer.granulesOffset + index * RowFormat.granuleBytes
      let granule = Int(bytes.load(at: position, as: UInt32.self))
      guard granule > 0, granule < RowFormat.granulesMax else {
        throw RunFile.damage("a granule has no such number", name, at: position)
      }
      return (granule, bytes.load(at: position + 4, as: UInt32.self))
    }
  }

  /// The address of a page of locations.
  func pageAddress(_ page: Int) -> UInt32 {
    bytes.load(at: footer.pagesOffset + page * 4, as: UInt32.self)
  }

  /// Makes sure that bytes, which lie within the pieces, are those that were written.
  ///
  /// - Complexity: O(1 KiB) for each stretch that is touched for the first time.
  func check(_ pointer: UnsafeRawPointer, _ byteCount: Int) throws(StoreError) {
    let offset = pointer - start
    var index = offset / RowFormat.checkedBytes
    let last = (offset + max(byteCount, 1) - 1) / RowFormat.checkedBytes
    while index <= last {
      if !isChecked(index) { try check(index) }
      index += 1
    }
  }

  /// How many bytes from a pointer on are known to be what was written, up to the end of a stretch.
  @inline(__always)
  func checkedRoom(_ pointer: UnsafeRawPointer) -> Int {
    let offset = pointer - start
    let index = offset / RowFormat.checkedBytes
    return isChecked(index) ? (index + 1) * RowFormat.checkedBytes - offset : 0
  }

  @inline(__always)
  private func isChecked(_ index: Int) -> Bool {
    // Without ordering, as the bytes never change.
    checked[index >> 6].load(ordering: .relaxed) & 1 << UInt64(index & 63) != 0
  }

  private func check(_ index: Int) throws(StoreError) {
    let bit = UInt64(1) << UInt64(index & 63)
    let from = index * RowFormat.checkedBytes
    let bytes = self.bytes
    let stretch = bytes.extracting(
      from..<min(from + RowFormat.checkedBytes, footer.tailOffset))
    let expected = bytes.load(at: footer.tailOffset + index * 8, as: UInt64.self)
    guard Checksum.of(stretch) == expected else {
      throw RunFile.damage("rows: \(DecodeError.Reason.checksumMismatch)", name, at: from)
    }
    checked[index >> 6].bitwiseOr(bit, ordering: .relaxed)
  }

  /// Checks all that was not checked yet.
  func verify() throws(StoreError) {
    for index in 0..<footer.checksumCount where !isChecked(index) { try check(index) }
  }
}
