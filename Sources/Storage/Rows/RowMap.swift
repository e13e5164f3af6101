// From the ordinal of a row to its bytes: what the writer's table and a snapshot of it have in common.

import Bytes

/// Where the rows of a table are.
///
/// Changed by its table alone. A snapshot has a map of its own.
final class RowMap: @unchecked Sendable {
  // Safe because a map is either its table's, for one thread, or a snapshot's, and then does not change.

  /// By number of granule.
  @exclusivity(unchecked) private(set) var granules: UnsafeMutablePointer<RowGranule>
  /// One more than the greatest number of a granule in use.
  @exclusivity(unchecked) private(set) var granuleLimit: Int
  @exclusivity(unchecked) private var granuleCapacity: Int

  /// The addresses of rows by page of locations; nil for one that has not been looked at.
  @exclusivity(unchecked) private(set) var pages:
    UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>
  /// The addresses of the pages themselves; 0 for one without rows.
  @exclusivity(unchecked) private(set) var pageAddresses: UnsafeMutablePointer<UInt32>
  @exclusivity(unchecked) private(set) var pageCount: Int
  @exclusivity(unchecked) private var pageCapacity: Int

  /// One more than the greatest ordinal that ever had a row.
  @exclusivity(unchecked) var rowLimit = 0
  /// Whose granules are to be checked.
  @exclusivity(unchecked) var files: [RowFile]
  /// Whether `pages` may be filled in on the way.
  private let isWriters: Bool

  /// Makes a map without rows.
  init() {
    granuleCapacity = 16
    granules = Self.allocate(granuleCapacity)
    granuleLimit = 1
    pageCapacity = 16
    pages = .allocate(capacity: pageCapacity)
    pageAddresses = .allocate(capacity: pageCapacity)
    pageCount = 0
    files = []
    isWriters = true
  }

  /// Makes a copy for a snapshot.
  ///
  /// - Complexity: O(granules + ordinals / 256).
  init(copying other: RowMap) {
    granuleCapacity = max(other.granuleLimit, 1)
    granules = Self.allocate(granuleCapacity)
    granuleLimit = other.granuleLimit
    granules.update(from: other.granules, count: granuleLimit)
    pageCapacity = max(other.pageCount, 1)
    pages = .allocate(capacity: pageCapacity)
    pageAddresses = .allocate(capacity: pageCapacity)
    pageCount = other.pageCount
    pages.initialize(from: other.pages, count: pageCount)
    pageAddresses.initialize(from: other.pageAddresses, count: pageCount)
    rowLimit = other.rowLimit
    files = other.files
    isWriters = false
  }

  deinit {
    granules.deallocate()
    pages.deallocate()
    pageAddresses.deallocate()
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<RowGranule> {
    let granules = UnsafeMutablePointer<RowGranule>.allocate(capacity: capacity)
    granules.initialize(repeating: unused, count: capacity)
    return granules
  }

  /// Stands for a number that is not in use: nothing is ever read through it.
  private static let unused = RowGranule(
    start: UnsafeMutableRawPointer(bitPattern: RowFormat.unitBytes).unsafelyUnwrapped)

  // MARK: Looking up

  /// The bytes of a row; nil if there is none.
  ///
  /// They stay where they are until the row changes, and in memory until the table or snapshot is gone or a flush
  /// finishes.
  ///
  /// - Throws: `.damagedIndex`, if a file says something impossible.
  @inline(__always)
  func row(_ ordinal: UInt32) throws(StoreError) -> StoredRow? {
    let address = try address(of: ordinal)
    guard address != 0 else { return nil }
    return RowPiece.row(try piece(at: address, of: ordinal))
  }

  /// The address of a row; 0 if there is none.
  @inline(__always)
  func address(of ordinal: UInt32) throws(StoreError) -> UInt32 {
    let page = Int(ordinal >> RowFormat.locationShift)
    guard page < pageCount else { return 0 }
    if let locations = pages[page] { return locations[Int(ordinal & 255)] }
    guard let locations = try loadPage(page) else { return 0 }
    return locations[Int(ordinal & 255)]
  }

  /// The locations of a page; nil if it has none.
  func locations(ofPage page: Int) throws(StoreError) -> UnsafeMutablePointer<UInt32>? {
    if let locations = pages[page] { return locations }
    return try loadPage(page)
  }

  /// The locations of a page that was not looked at before; nil if it has none.
  func loadPage(_ page: Int) throws(StoreError) -> UnsafeMutablePointer<UInt32>? {
    let address = pageAddresses[page]
    guard address != 0 else { return nil }
    let piece = try piece(at: address, of: UInt32(truncatingIfNeeded: page))
    guard RowPiece.isPage(piece), RowPiece.byteCount(piece) == RowFormat.locationsPerPage * 4 else {
      throw damaged
    }
    let locations = (piece + RowFormat.pieceHeaderBytes).assumingMemoryBound(to: UInt32.self)
    guard isWriters else { return locations }
    // Checked once, so that code that changes a row need not check: every address leads into a file
    // that was there when the table was opened. Pages that this process has written are known.
    var known = 0
    for index in 0..<RowFormat.locationsPerPage where locations[index] != 0 {
      let number = Int(locations[index] >> 16)
      // Neighbours are mostly in one granule.
      if number == known { continue }
      guard number < granuleLimit, granules[number].unchecked != nil else { throw damaged }
      known = number
    }
    pages[page] = locations
    return locations
  }

  /// The piece at an address, which must be that of the given row or page of locations.
  @inline(__always)
  func piece(at address: UInt32, of ordinal: UInt32) throws(StoreError) -> UnsafeMutableRawPointer {
    let number = Int(address >> 16)
    guard number < granuleLimit else { throw damaged }
    let granule = granules[number]
    let offset = Int(address & 0xFFFF) &* RowFormat.unitBytes
    let room = granule.limit &- offset &- RowFormat.pieceHeaderBytes
    guard room >= 0 else { throw damaged }
    let piece = granule.start + offset
    if let file = granule.unchecked {
      // Hot: all of it is in a stretch that was looked at before.
      let known = file._withUnsafeGuaranteedRef { $0.checkedRoom(piece) }
      if known < RowFormat.pieceHeaderBytes
        || known < RowFormat.pieceHeaderBytes + RowPiece.byteCount(piece)
      {
        try check(piece, room: room, file.takeUnretainedValue())
      }
    }
    guard RowPiece.ordinal(piece) == ordinal, RowPiece.byteCount(piece) <= room else {
      throw damaged
    }
    return piece
  }

  private func check(
    _ piece: UnsafeMutableRawPointer, room: Int, _ file: RowFile
  ) throws(StoreError) {
    try file.check(piece, RowFormat.pieceHeaderBytes)
    let count = RowPiece.byteCount(piece)
    guard count <= room else { throw damaged }
    try file.check(piece, RowFormat.pieceHeaderBytes + count)
  }

  var damaged: StoreError {
    .init(
      .damagedIndex,
      "damaged derived file: the place of a row; rebuild the derived files from the log",
      file: files.last?.name)
  }

  /// The error for a row that is not one.
  func damage(in row: StoredRow) -> StoreError {
    guard let start = row.bytes.baseAddress, let file = files.first(where: { $0.contains(start) })
    else { return damaged }
    return RunFile.damage("a packed row", file.name, at: start - file.start)
  }

  // MARK: Changing

  /// Sets what is known of a granule.
  func set(_ granule: RowGranule, at number: Int) {
    if number >= granuleCapacity {
      let capacity = min(max(number + 1, granuleCapacity * 2), RowFormat.granulesMax)
      let larger = Self.allocate(capacity)
      larger.update(from: granules, count: granuleLimit)
      granules.deallocate()
      granules = larger
      granuleCapacity = capacity
    }
    granules[number] = granule
    granuleLimit = max(granuleLimit, number + 1)
  }

  /// Forgets a granule.
  func clear(_ number: Int) { granules[number] = Self.unused }

  /// Makes room for a page of locations.
  func extend(toPage page: Int) {
    guard page >= pageCount else { return }
    if page >= pageCapacity {
      let capacity = max(page + 1, pageCapacity * 2)
      let morePages = UnsafeMutablePointer<UnsafeMutablePointer<UInt32>?>.allocate(
        capacity: capacity)
      morePages.initialize(from: pages, count: pageCount)
      pages.deallocate()
      pages = morePages
      let moreAddresses = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
      moreAddresses.initialize(from: pageAddresses, count: pageCount)
      pageAddresses.deallocate()
      pageAddresses = moreAddresses
      pageCapacity = capacity
    }
    (pages + pageCount).initialize(repeating: nil, count: page + 1 - pageCount)
    (pageAddresses + pageCount).initialize(repeating: 0, count: page + 1 - pageCount)
    pageCount = page + 1
  }

  /// Says where a page of locations is from now on.
  func setPage(_ page: Int, _ address: UInt32, _ locations: UnsafeMutablePointer<UInt32>?) {
    pageAddresses[page] = address
    pages[page] = locations
  }

  // MARK: All rows

  /// Calls `body` for every row, in the order of ordinals.
  func forEach(
    _ body: (UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    for page in 0..<pageCount where pageAddresses[page] != 0 {
      let first = page << Int(RowFormat.locationShift)
      for index in 0..<RowFormat.locationsPerPage {
        let ordinal = UInt32(first + index)
        guard let row = try row(ordinal) else { continue }
        if row.isPacked {
          let isRow: Void? = try row.withUnpacked { (bytes) throws(StoreError) in
            try body(ordinal, bytes)
          }
          guard isRow != nil else { throw damage(in: row) }
        } else {
          try body(ordinal, RawSpan(_unsafeBytes: row.bytes))
        }
      }
    }
  }
}

/// What stands before the bytes of a piece; see `RowFormat`.
///
/// A piece in memory has its size in units before that: it may be larger than it has to be.
enum RowPiece {
  @inline(__always)
  static func ordinal(_ piece: UnsafeRawPointer) -> UInt32 {
    UInt32(littleEndian: piece.load(as: UInt32.self))
  }

  @inline(__always)
  private static func word(_ piece: UnsafeRawPointer) -> UInt32 {
    UInt32(littleEndian: piece.load(fromByteOffset: 4, as: UInt32.self))
  }

  @inline(__always)
  static func byteCount(_ piece: UnsafeRawPointer) -> Int {
    Int(word(piece) & RowFormat.byteCountMask)
  }

  static func isPage(_ piece: UnsafeRawPointer) -> Bool {
    word(piece) & RowFormat.pageFlag != 0
  }

  /// The row that it holds.
  @inline(__always)
  static func row(_ piece: UnsafeRawPointer) -> StoredRow {
    let word = word(piece)
    return StoredRow(
      UnsafeRawBufferPointer(
        start: piece + RowFormat.pieceHeaderBytes, count: Int(word & RowFormat.byteCountMask)),
      isPacked: word & RowFormat.packedFlag != 0)
  }

  /// The size of a piece in memory.
  @inline(__always)
  static func units(_ piece: UnsafeRawPointer) -> Int {
    Int((piece - RowFormat.capacityBytes).load(as: UInt32.self))
  }

  /// How many bytes a piece in memory has room for.
  @inline(__always)
  static func capacity(_ piece: UnsafeRawPointer) -> Int {
    units(piece) &* RowFormat.unitBytes &- RowFormat.pieceHeaderBytes &- RowFormat.capacityBytes
  }

  /// Begins a piece in memory.
  static func set(
    _ piece: UnsafeMutableRawPointer, ordinal: UInt32, byteCount: Int, units: Int, isPage: Bool
  ) {
    (piece - RowFormat.capacityBytes).storeBytes(of: UInt32(units), as: UInt32.self)
    piece.storeBytes(of: ordinal.littleEndian, as: UInt32.self)
    let word = UInt32(truncatingIfNeeded: byteCount) | (isPage ? RowFormat.pageFlag : 0)
    piece.storeBytes(of: word.littleEndian, toByteOffset: 4, as: UInt32.self)
  }

  @inline(__always)
  static func setByteCount(_ piece: UnsafeMutableRawPointer, _ byteCount: Int) {
    piece.storeBytes(
      of: UInt32(truncatingIfNeeded: byteCount).littleEndian, toByteOffset: 4, as: UInt32.self)
  }
}
