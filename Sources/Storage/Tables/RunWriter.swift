// Writes run files front to back in one pass: memory for one block, one filter page, a write buffer
// and sixteen bytes of index a block, whatever the size of the run.

import Bytes
import Glibc

/// Collects the pages of a run file and writes them in large pieces.
///
/// The first failure is thrown and the file is of no use then; see `RunFileBuilder.create`.
struct RunFileBuilder: ~Copyable {
  static let bufferBytes = 256 * 1024

  let file: any File
  private(set) var layout: RunLayout
  private let headerChecksum: UInt64
  private var buffer: [UInt8] = []
  private var bufferOffset: Int

  /// Writes the header; blocks begin after the room left for the filter.
  init(_ file: any File, _ layout: RunLayout) throws(IOError) {
    self.file = file
    self.layout = layout
    let header = RunFormat.header(
      content: layout.content, table: layout.table, file: layout.file,
      filterPages: layout.filterPageCount)
    headerChecksum = header.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    try file.writeAll(header, at: 0)
    bufferOffset = layout.dataOffset
  }

  /// Where the next block will be.
  var offset: Int { bufferOffset + buffer.count }

  /// Adds a block whose first 32 bytes are room for its frame.
  mutating func append(
    _ page: inout ByteWriter, kind: RunFormat.PageKind, count: Int
  ) throws(IOError) {
    RunFormat.seal(&page, kind: kind, count: count, file: layout.file, offset: offset)
    buffer.append(contentsOf: page.bytes)
    if kind != .index {
      layout.blockCount += 1
      layout.entryCount += count
    }
    if buffer.count >= Self.bufferBytes { try writeBuffer() }
  }

  /// Adds a block of one entry, whose value is written from where it is.
  ///
  /// - Parameter head: The block without the value and what pads it; its first 32 bytes are room for its frame.
  mutating func append(_ head: inout ByteWriter, before value: RawSpan) throws(IOError) {
    RunFormat.seal(&head, before: value, kind: .tableBlock, file: layout.file, offset: offset)
    buffer.append(contentsOf: head.bytes)
    try writeBuffer()
    try value.withUnsafeBytes { (bytes) throws(IOError) in
      try file.writeAll(bytes, at: bufferOffset)
    }
    bufferOffset += value.byteCount
    buffer.append(contentsOf: repeatElement(0, count: -(head.count + value.byteCount) & 7))
    layout.blockCount += 1
    layout.entryCount += 1
  }

  /// Takes back the block that was added last, which had one entry.
  ///
  /// - Parameter value: Where in the file its value is.
  /// - Returns: The value.
  mutating func takeBackBlock(at offset: Int, value: Range<Int>) throws(IOError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: value.count)
    guard try file.readAll(at: value.lowerBound, count: value.count, into: &bytes) == value.count
    else { throw IOError(errno: EIO, operation: .read, path: file.path) }
    buffer.removeAll(keepingCapacity: true)
    bufferOffset = offset
    layout.blockCount -= 1
    layout.entryCount -= 1
    return bytes
  }

  /// Writes a filter page to its place in front of the blocks.
  func writeFilterPage(_ page: inout ByteWriter, number: Int) throws(IOError) {
    let offset = RunFormat.headerBytes + number * RunFormat.pageBytes
    RunFormat.seal(
      &page, kind: .filter, count: RunFilter.bucketsPerPage, file: layout.file, offset: offset)
    try file.writeAll(page.bytes, at: offset)
  }

  /// Notes that no more blocks come; index pages may follow.
  mutating func beginIndex() { layout.indexOffset = offset }

  /// Writes what is left and the footer, and makes the file durable.
  mutating func finish() throws(IOError) -> RunLayout {
    layout.byteCount = offset + RunFormat.footerBytes
    buffer.append(contentsOf: RunFormat.footer(layout, headerChecksum: headerChecksum))
    try writeBuffer()
    try file.syncData()
    return layout
  }

  private mutating func writeBuffer() throws(IOError) {
    try file.writeAll(buffer, at: bufferOffset)
    bufferOffset += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// Creates the file `name`, has `write` fill it and maps it; on failure removes it again, as far
  /// as the file system lets us.
  ///
  /// What is left is not in the manifest and goes at the next open.
  static func create(
    _ name: String, in directory: String, _ fileSystem: any FileSystem,
    _ write: (any File) throws(StoreError) -> RunLayout?
  ) throws(StoreError) -> RunFile? {
    let path = directory + "/" + name
    let file: any File
    do { file = try fileSystem.open(path, .create) } catch { throw StoreError(error) }
    do throws(StoreError) {
      guard let layout = try write(file) else {
        try? fileSystem.remove(path)
        return nil
      }
      let map: MappedFile
      do { map = try file.map() } catch { throw StoreError(error) }
      let run = try RunFile(map, name: name)
      guard run.layout == layout else { throw run.damage("other bytes than were written", at: 0) }
      return run
    } catch {
      try? fileSystem.remove(path)
      throw error
    }
  }
}

/// Writes the entries of one table run, which must come in key order, each key once.
struct RunWriter: ~Copyable {
  private var builder: RunFileBuilder
  private var block = RunBlockWriter()
  private var last: UInt64?
  private var page = ByteWriter()
  private var index: [(hash: UInt64, offset: Int)] = []
  private var filter = [SIMD8<UInt32>](repeating: .zero, count: RunFilter.bucketsPerPage)
  private var filterPage = 0
  /// The entry whose block was written last, if that has no other, and where its value is in the file.
  private var alone: (key: OrderedKey, state: EntryState, value: Range<Int>)?

  /// Begins a run of at most `entriesMax` entries.
  init(_ file: any File, table: UInt16, number: UInt64, entriesMax: Int) throws(IOError) {
    builder = try RunFileBuilder(
      file,
      RunLayout(
        content: .table, table: table, file: number,
        filterPageCount: RunFilter.pageCount(keys: entriesMax)))
  }

  /// Adds one entry.
  ///
  /// Complexity: O(bytes), amortised.
  mutating func append(
    _ key: OrderedKey, _ state: EntryState, _ value: RawSpan
  ) throws(StoreError) {
    // Only a join of fragments can be too long; a memtable does not accept such a value.
    guard value.byteCount <= Memtable.valueBytesMax else {
      throw StoreError(.tooLarge, "a value of table \(builder.layout.table) exceeds 512 MiB")
    }
    do {
      let isOther = key.hash != last
      last = key.hash
      if isOther, value.byteCount >= RunFileBuilder.bufferBytes {
        try appendAlone(key, state, value)
      } else {
        if isOther, block.byteCount >= RunFormat.pageBytes { try closeBlock() }
        if !isOther { try joinAlone() }
        alone = nil
        block.append(key, state, value)
      }
      try addToFilter(key.hash)
    } catch {
      throw StoreError(error)
    }
  }

  /// Completes the file and makes it durable; nil if it has no entries.
  mutating func finish() throws(StoreError) -> RunLayout? {
    guard last != nil else { return nil }
    do {
      if !block.isEmpty { try closeBlock() }
      while filterPage < builder.layout.filterPageCount { try writeFilterPage() }
      builder.beginIndex()
      try writeIndex()
      return try builder.finish()
    } catch {
      throw StoreError(error)
    }
  }

  /// Gives an entry a block of its own: its value is large, and not copied.
  private mutating func appendAlone(
    _ key: OrderedKey, _ state: EntryState, _ value: RawSpan
  ) throws(IOError) {
    if !block.isEmpty { try closeBlock() }
    index.append((key.hash, builder.offset))
    page.removeAll()
    RunFormat.appendFrame(&page)
    RunBlockWriter.head(of: key, state, byteCount: value.byteCount, into: &page)
    let start = builder.offset + page.count
    try builder.append(&page, before: value)
    alone = (key, state, start..<(start + value.byteCount))
  }

  /// Begins a block with the entry that has one of its own, as the next has the same order hash.
  private mutating func joinAlone() throws(IOError) {
    guard let (key, state, place) = alone, let (_, offset) = index.popLast() else { return }
    let value = try builder.takeBackBlock(at: offset, value: place)
    block.append(key, state, value.span.bytes)
  }

  private mutating func closeBlock() throws(IOError) {
    index.append((block.first, builder.offset))
    page.removeAll()
    RunFormat.appendFrame(&page)
    let count = block.finish(into: &page)
    try builder.append(&page, kind: .tableBlock, count: count)
  }

  private mutating func addToFilter(_ hash: UInt64) throws(IOError) {
    let bucket = RunFilter.bucket(hash, pages: builder.layout.filterPageCount)
    // Hashes ascend, so earlier pages are complete.
    while filterPage < bucket / RunFilter.bucketsPerPage { try writeFilterPage() }
    filter[bucket % RunFilter.bucketsPerPage] |= RunFilter.mask(hash)
  }

  private mutating func writeFilterPage() throws(IOError) {
    page.removeAll()
    RunFormat.appendFrame(&page)
    for bucket in filter.indices {
      for word in 0..<8 { page.u32(filter[bucket][word]) }
      filter[bucket] = .zero
    }
    try builder.writeFilterPage(&page, number: filterPage)
    filterPage += 1
  }

  private mutating func writeIndex() throws(IOError) {
    var next = 0
    while next < index.count {
      let count = min(RunFormat.indexEntriesPerPage, index.count - next)
      page.removeAll()
      RunFormat.appendFrame(&page)
      for entry in index[next..<(next + count)] {
        page.u64(entry.hash)
        page.u64(UInt64(entry.offset))
      }
      page.append([UInt8](repeating: 0, count: RunFormat.pageBytes - page.count))
      try builder.append(&page, kind: .index, count: count)
      next += count
    }
  }
}
