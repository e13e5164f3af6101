// One immutable sorted run of a table, read straight from its mapped file.

import Bytes
import CLZ4

/// A sorted, immutable part of a table in a mapped file.
///
/// Keys are looked up by interpolating their order hash in the index; a filter keeps most lookups of
/// absent keys away from index and blocks. Pages are checked when first touched; after damage
/// `StoreError(.damagedIndex)` names file and offset, and the table is to be rebuilt from the log.
public final class Run: Sendable {
  /// How the manifest lists the run.
  public let entry: RunEntry
  let file: RunFile
  private let layout: RunLayout

  /// The name of run file `number` within a store's directory.
  public static func fileName(_ number: UInt64) -> String { StoreFile.table(number) }

  /// Opens the run that the manifest lists as `entry`.
  ///
  /// - Throws: `.damagedIndex` if the file is missing, its header or footer is damaged or it is not the
  ///   one listed; other codes if the system refuses.
  /// - Complexity: O(1): two page reads, whatever the file's size.
  public static func open(
    _ entry: RunEntry, in directory: String, fileSystem: any FileSystem
  ) throws(StoreError) -> Run {
    try Run(entry, RunFile.open(fileName(entry.file), in: directory, fileSystem))
  }

  init(_ entry: RunEntry, _ file: RunFile) throws(StoreError) {
    self.entry = entry
    self.file = file
    layout = file.layout
    guard layout.content == .table, layout.table == entry.table, layout.file == entry.file,
      UInt64(layout.byteCount) == entry.byteCount, UInt64(layout.entryCount) == entry.entryCount
    else { throw file.damage("not the file that the manifest lists", at: 0) }
  }

  /// Checks every page of the file that was not checked yet.
  ///
  /// - Throws: `.damagedIndex` for the first damage.
  /// - Complexity: O(size of the file); reads it once.
  public func verify() throws(StoreError) {
    for page in 0..<layout.filterPageCount { _ = try filterPage(page) }
    var entries = 0
    var last: OrderedKey?
    for block in 0..<layout.blockCount {
      let view = try self.block(block)
      entries += view.count
      if let last, !last.precedes(view.key(0)) {
        throw file.damage("blocks out of order", at: try blockRange(block).lowerBound)
      }
      last = view.key(view.count - 1)
    }
    guard entries == layout.entryCount else {
      throw file.damage("number of entries", at: layout.byteCount - RunFormat.footerBytes)
    }
  }

  var memoryBytes: Int { file.memoryBytes }
  var blockCount: Int { layout.blockCount }

  // MARK: Lookup

  /// What the run holds for `key`.
  ///
  /// Complexity: an absent key costs one filter page except for 1 in 100; a present one also O(log log
  /// blocks) expected probes in one or two index pages and one block.
  func find(_ key: TableKey, _ hash: UInt64) throws(StoreError) -> LayerEntry? {
    try find(key, hash, RunFilter.key(hash))
  }

  /// As above, given the key of the hash for the filter of any run.
  func find(
    _ key: TableKey, _ hash: UInt64, _ filterKey: UInt32
  ) throws(StoreError) -> LayerEntry? {
    let bucket = RunFilter.bucket(hash, pages: layout.filterPageCount)
    let page = try filterPage(bucket / RunFilter.bucketsPerPage)
    let offset =
      RunFormat.frameBytes + bucket % RunFilter.bucketsPerPage * RunFilter.bucketBytes
    guard RunFilter.has(filterKey, in: page + offset),
      let (number, low, high) = try blockNumber(hash)
    else { return nil }
    let block = try block(number)
    // Hashes are evenly spread within a block too: the guess is usually in the right cache line.
    let part = high > low && hash >= low ? Double(hash - low) / Double(high - low) : 0
    let guess = min(Int(part * Double(block.count)), block.count - 1)
    return block.find(OrderedKey(hash: hash, high: key.high), guess: guess)
  }

  /// Reads the filter bucket of a key without checking anything.
  @inline(__always)
  func touch(_ hash: UInt64) {
    let bucket = RunFilter.bucket(hash, pages: layout.filterPageCount)
    let offset =
      RunFormat.headerBytes + bucket / RunFilter.bucketsPerPage * RunFormat.pageBytes
      + RunFormat.frameBytes + bucket % RunFilter.bucketsPerPage * RunFilter.bucketBytes
    // Inside the filter pages, whose number was checked against the file's size.
    cairn_prefetch(file.start + offset)
  }

  /// The last block whose first hash is not above `hash`, with that and the first hash of the next one; nil if all are
  /// above.
  private func blockNumber(
    _ hash: UInt64
  ) throws(StoreError) -> (number: Int, first: UInt64, next: UInt64)? {
    // Hashes are evenly spread, so the guess is off by about the square root of the entries.
    var low = Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(layout.blockCount)).high)
    var (high, next) = (layout.blockCount, UInt64.max)
    var first = try fence(low)
    var step = 1
    if first > hash {
      repeat {
        if low == 0 { return nil }
        (high, next) = (low, first)
        low = max(0, low &- step)
        first = try fence(low)
        step &*= 2
      } while first > hash
    } else {
      // Up until a fence is above.
      while low &+ step < layout.blockCount {
        let fence = try fence(low &+ step)
        if fence > hash {
          (high, next) = (low &+ step, fence)
          break
        }
        (low, first) = (low &+ step, fence)
        step &*= 2
      }
    }
    while high &- low > 1 {
      let middle = low &+ (high &- low) / 2
      let fence = try fence(middle)
      if fence <= hash { (low, first) = (middle, fence) } else { (high, next) = (middle, fence) }
    }
    return (low, first, next)
  }

  // MARK: Pages

  /// The order hash of the first key of block `number`.
  @inline(__always)
  private func fence(_ number: Int) throws(StoreError) -> UInt64 {
    UInt64(littleEndian: try indexEntry(number).loadUnaligned(as: UInt64.self))
  }

  /// Where block `number` is, within the file's blocks.
  private func blockRange(_ number: Int) throws(StoreError) -> Range<Int> {
    let from = try blockOffset(number)
    let to = number + 1 < layout.blockCount ? try blockOffset(number + 1) : layout.indexOffset
    // Offsets ascend within an index page; between two pages it must be checked here.
    guard from < to else { throw file.damage("block offsets out of order", at: from) }
    return from..<to
  }

  private func blockOffset(_ number: Int) throws(StoreError) -> Int {
    // Checked with its page to lie below the index.
    Int(
      UInt64(littleEndian: try indexEntry(number).loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    )
  }

  @inline(__always)
  private func indexEntry(_ number: Int) throws(StoreError) -> UnsafeRawPointer {
    let page = number / RunFormat.indexEntriesPerPage
    let offset = layout.indexOffset + page * RunFormat.pageBytes
    if !file.isChecked(layout.filterPageCount + layout.blockCount + page) {
      try checkIndexPage(page, at: offset)
    }
    return file.start + offset + RunFormat.frameBytes
      + number % RunFormat.indexEntriesPerPage * RunFormat.indexEntryBytes
  }

  private func checkIndexPage(_ page: Int, at offset: Int) throws(StoreError) {
    let count = try file.checkFrame(offset..<(offset + RunFormat.pageBytes), .index)
    let before = page * RunFormat.indexEntriesPerPage
    guard count == min(RunFormat.indexEntriesPerPage, layout.blockCount - before) else {
      throw file.damage("number of index entries", at: offset)
    }
    var last: (hash: UInt64, offset: UInt64)?
    for index in 0..<count {
      let place = offset + RunFormat.frameBytes + index * RunFormat.indexEntryBytes
      let hash = UInt64(
        littleEndian: file.start.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      let start = UInt64(
        littleEndian: file.start.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self))
      guard start >= UInt64(layout.dataOffset), start < UInt64(layout.indexOffset), start % 8 == 0
      else { throw file.damage("block offset", at: place) }
      if let last, hash <= last.hash || start <= last.offset {
        throw file.damage("index entries out of order", at: place)
      }
      last = (hash, start)
    }
    file.setChecked(layout.filterPageCount + layout.blockCount + page)
  }

  @inline(__always)
  private func filterPage(_ page: Int) throws(StoreError) -> UnsafeRawPointer {
    let offset = RunFormat.headerBytes + page * RunFormat.pageBytes
    if !file.isChecked(page) {
      let range = offset..<(offset + RunFormat.pageBytes)
      guard try file.checkFrame(range, .filter) == RunFilter.bucketsPerPage else {
        throw file.damage("number of filter buckets", at: offset)
      }
      file.setChecked(page)
    }
    return file.start + offset
  }

  /// Block `number`, checked.
  func block(_ number: Int) throws(StoreError) -> RunBlock {
    let range = try blockRange(number)
    if file.isChecked(layout.filterPageCount + number) {
      return RunBlock(file.start + range.lowerBound)
    }
    guard range.count >= RunFormat.blockHeaderBytes else {
      throw file.damage("block size", at: range.lowerBound)
    }
    _ = try file.checkFrame(range, .tableBlock)
    let block = RunBlock(file.start + range.lowerBound)
    guard block.isSound(byteCount: range.count, first: try fence(number)) else {
      throw file.damage("block entries", at: range.lowerBound)
    }
    file.setChecked(layout.filterPageCount + number)
    return block
  }
}
