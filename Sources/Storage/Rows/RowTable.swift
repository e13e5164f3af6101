// The writer's handle on rows that are addressed by a small number: what is known of an identifier, of a profile, of
// its memberships, of the cells of a home. Nothing is hashed and nothing is decoded on the way to a row.

import Bytes
import CLZ4

/// A map from ordinals (0, 1, 2 …) to bytes, larger than memory, for one writer and many snapshots.
///
/// Rows are pieces of a log in memory and in mapped files; a page of locations says where each is. A row in memory
/// changes in place. One that belongs to a file, or that a snapshot may be looking at, is copied up to the end of the
/// log when it is to change, so that neither snapshots nor checkpoints copy anything. A flush writes rows in the order
/// of ordinals and packed (`RowPacking`). What is no longer pointed at is garbage; a flush takes in files that are
/// small, or of which a quarter is garbage. The table is derived from the log of the store: after damage
/// it is deleted and rebuilt.
///
/// Not `Sendable`; readers on other threads take a `snapshot()`. Spans of a row are valid until that row changes,
/// handles until another handle on the same row changes it, both until a flush is finished or a snapshot is taken.
public final class RowTable: RowReading {
  /// The largest row in bytes, 512 MiB; a longer one is a programmer error and traps.
  public static let rowBytesMax = 1 << 29

  /// The table's number within its store.
  public let id: UInt16
  // Spans keep the table from going away; the writer alone changes it.
  let map: RowMap
  /// The same; a counted reference would be counted by each lookup.
  private let unownedMap: Unmanaged<RowMap>
  @exclusivity(unchecked) var memory = RowMemory()
  var files: [RowFile] { map.files }
  /// The flush that has begun and not finished.
  var flushing: RowFlush?
  let snapshots = SnapshotCount()

  /// Makes an empty table.
  public init(id: UInt16) {
    self.id = id
    map = RowMap()
    unownedMap = Unmanaged.passUnretained(map)
  }

  // MARK: Reading

  /// The bytes of a row as they are stored; see `RowReading`.
  @inline(__always)
  public func stored(_ ordinal: UInt32) throws(StoreError) -> StoredRow? {
    // What is handed a reference cannot throw an error of a type.
    let row = unownedMap._withUnsafeGuaranteedRef { map in
      Result { () throws(StoreError) in try map.row(ordinal) }
    }
    return try row.get()
  }

  /// The error for a row that is not one; see `RowReading`.
  public func damage(in row: StoredRow) -> StoreError { map.damage(in: row) }

  /// Visits every row; see `RowReading`.
  public func forEach(
    _ body: (UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try map.forEach(body)
  }

  /// The table as it is now, for readers on any thread; later changes are not seen.
  ///
  /// - Complexity: O(files + ordinals / 256). The next change to each row copies it up, unless the snapshot is
  ///   gone by then.
  public func snapshot() -> RowSnapshot {
    memory.seal(in: map)
    return RowSnapshot(RowMap(copying: map), memory.extents, snapshots)
  }

  /// Touches the memory that lookups of `ordinals` will need, so that their misses overlap.
  ///
  /// - Complexity: O(ordinals).
  public func prefetch(_ ordinals: borrowing [UInt32]) {
    for index in ordinals.indices {
      let page = Int(ordinals[index] >> RowFormat.locationShift)
      guard page < map.pageCount, let locations = map.pages[page] else { continue }
      cairn_prefetch(locations + Int(ordinals[index] & 255))
    }
    for index in ordinals.indices {
      guard let piece = hint(ordinals[index]) else { continue }
      cairn_prefetch(piece)
    }
  }

  /// Reads four bytes of each row, so that what they name can be fetched next; a hint, not an answer.
  ///
  /// - Parameters:
  ///   - offset: Where the four bytes begin; rows that are too short are skipped.
  ///   - found: Holds what was read afterwards, in the order of the ordinals.
  /// - Complexity: O(ordinals).
  public func peek(
    _ ordinals: borrowing [UInt32], at offset: Int, into found: inout [UInt32]
  ) {
    found.removeAll(keepingCapacity: true)
    for index in ordinals.indices {
      guard let piece = hint(ordinals[index]) else { continue }
      let number = Int(
        map.pages[Int(ordinals[index] >> RowFormat.locationShift)].unsafelyUnwrapped[
          Int(ordinals[index] & 255)] >> 16)
      let granule = map.granules[number]
      let room = granule.limit - (piece - granule.start) - RowFormat.pieceHeaderBytes
      let row = RowPiece.row(piece)
      // Nothing of it has been checked.
      let (bytes, count) = (piece + RowFormat.pieceHeaderBytes, min(row.bytes.count, room))
      if row.isPacked {
        let packed = UnsafeRawBufferPointer(start: bytes, count: count)
        guard let value = RowPacking.load(packed, at: offset) else { continue }
        found.append(value)
      } else {
        guard offset + 4 <= count else { continue }
        found.append(
          UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      }
      Self.prefetchRest(of: piece)
    }
  }

  /// Touches the rest of rows whose beginning has been touched.
  ///
  /// - Complexity: O(ordinals).
  public func prefetchRests(_ ordinals: borrowing [UInt32]) {
    for index in ordinals.indices {
      if let piece = hint(ordinals[index]) { Self.prefetchRest(of: piece) }
    }
  }

  /// Lines that are asked for together arrive together; of a row that is damaged, the wrong ones.
  @inline(__always)
  private static func prefetchRest(of piece: UnsafeMutableRawPointer) {
    let end = min(RowPiece.byteCount(piece) &+ RowFormat.pieceHeaderBytes, peekBytes)
    var line = 64
    while line < end {
      cairn_prefetch(piece + line)
      line &+= 64
    }
  }

  /// How much of a row is brought into the cache.
  private static let peekBytes = 512

  /// The piece of a row whose page of locations has been looked at, unchecked.
  @inline(__always)
  private func hint(_ ordinal: UInt32) -> UnsafeMutableRawPointer? {
    let page = Int(ordinal >> RowFormat.locationShift)
    guard page < map.pageCount, let locations = map.pages[page] else { return nil }
    let address = locations[Int(ordinal & 255)]
    let number = Int(address >> 16)
    guard address != 0, number < map.granuleLimit else { return nil }
    let granule = map.granules[number]
    let offset = Int(address & 0xFFFF) &* RowFormat.unitBytes
    guard offset + RowFormat.pieceHeaderBytes <= granule.limit else { return nil }
    return granule.start + offset
  }

  /// Anonymous memory held by the table and by what its snapshots share with it, in bytes.
  ///
  /// Mapped files are not counted, except for their bit per page.
  public var memoryBytes: Int {
    memory.byteCount + map.pageCount * (flushing == nil ? 12 : 24)
      + files.reduce(0) { $0 + $1.memoryBytes }
  }

  // MARK: Writing

  /// A handle to change a row in place; an absent one begins empty and exists afterwards.
  ///
  /// - Throws: `.damagedIndex`; `.tooLarge` if the table has reached 32 GiB. Nothing has changed then.
  /// - Complexity: O(1); the first change after a snapshot or a flush copies the row up.
  @inline(__always)
  public func edit(_ ordinal: UInt32) throws(StoreError) -> MutableValue {
    let page = Int(ordinal >> RowFormat.locationShift)
    if page < map.pageCount, let locations = map.pages[page] {
      let address = locations[Int(ordinal & 255)]
      // A page that has been looked at has only addresses of granules there are, and no file says that a row
      // is in memory; the address 0 is in no granule.
      let granule = map.granules[Int(address >> 16)]
      if address & 0xFFFF >= granule.openFrom {
        return MutableValue(
          granule.start + Int(address & 0xFFFF) &* RowFormat.unitBytes, ordinal, self)
      }
    }
    return try copyUp(ordinal)
  }

  /// Makes `value` the bytes of a row.
  ///
  /// Errors and complexity: as `edit`.
  public func put(_ ordinal: UInt32, _ value: RawSpan) throws(StoreError) {
    if try map.address(of: ordinal) == 0 {
      var row = try insert(ordinal, byteCount: value.byteCount)
      return row.replace(at: 0, with: value)
    }
    var row = try edit(ordinal)
    row.assign(value)
  }

  /// Makes a row of which there is none yet.
  ///
  /// - Parameter byteCount: How long it is; all its bytes are to be set, they hold anything.
  public func insert(_ ordinal: UInt32, byteCount: Int) throws(StoreError) -> MutableValue {
    try checkRoom()
    var row = try insert(ordinal, units: RowFormat.units(for: byteCount))
    row.setCount(byteCount)
    return row
  }

  /// Makes an empty row, which there is not yet.
  private func insert(_ ordinal: UInt32, units: Int) throws(StoreError) -> MutableValue {
    // First what can fail.
    map.extend(toPage: Int(ordinal >> RowFormat.locationShift))
    _ = try openPage(Int(ordinal >> RowFormat.locationShift))
    let (address, piece) = memory.allocate(units, in: map)
    RowPiece.set(piece, ordinal: ordinal, byteCount: 0, units: units, isPage: false)
    try setLocation(of: ordinal, to: address)
    map.rowLimit = max(map.rowLimit, Int(ordinal) + 1)
    return MutableValue(piece, ordinal, self)
  }

  /// Takes a row away, if there is one.
  ///
  /// Errors and complexity: as `edit`.
  public func remove(_ ordinal: UInt32) throws(StoreError) {
    let address = try map.address(of: ordinal)
    guard address != 0 else { return }
    let piece = try map.piece(at: address, of: ordinal)
    try checkRoom()
    try setLocation(of: ordinal, to: 0)
    memory.release(address, piece, in: map)
  }

  private func copyUp(_ ordinal: UInt32) throws(StoreError) -> MutableValue {
    try checkRoom()
    let address = try map.address(of: ordinal)
    guard address != 0 else { return try insert(ordinal, units: RowFormat.units(for: 0)) }
    let old = try map.piece(at: address, of: ordinal)
    // What snapshots shared may be the table's own again.
    if memory.reopen(ifUnsharedBy: snapshots, in: map),
      address & 0xFFFF >= map.granules[Int(address >> 16)].openFrom
    {
      return MutableValue(old, ordinal, self)
    }
    let row = RowPiece.row(old)
    if row.isPacked { return try unpack(row, old, at: address, ordinal) }
    let count = row.bytes.count
    let piece = try move(old, at: address, ordinal, units: Self.units(forChanging: count))
    return MutableValue(piece, ordinal, self)
  }

  /// The size of a piece for a row that changes for the first time, and may grow.
  private static func units(forChanging byteCount: Int) -> Int {
    RowFormat.units(for: byteCount + byteCount / 8 + expectedGrowth)
  }

  /// By how many bytes a row that changes is expected to grow: a short one by a cell or two.
  private static let expectedGrowth = 32

  /// Copies a packed row to a piece in memory and gives up the old one.
  private func unpack(
    _ row: StoredRow, _ old: UnsafeMutableRawPointer, at address: UInt32, _ ordinal: UInt32
  ) throws(StoreError) -> MutableValue {
    let isRow: Void? = try row.withUnpacked { (bytes) throws(StoreError) in
      let count = bytes.byteCount
      let units = Self.units(forChanging: count)
      // First what can fail.
      _ = try openPage(Int(ordinal >> RowFormat.locationShift))
      let (new, piece) = memory.allocate(units, in: map)
      RowPiece.set(piece, ordinal: ordinal, byteCount: count, units: units, isPage: false)
      bytes.withUnsafeBytes {
        guard let start = $0.baseAddress else { return }
        (piece + RowFormat.pieceHeaderBytes).copyMemory(from: start, byteCount: count)
      }
      try setLocation(of: ordinal, to: new)
      memory.release(address, old, in: map)
    }
    guard isRow != nil else { throw map.damage(in: row) }
    return try edit(ordinal)
  }

  /// Copies a row to a piece of the given size and gives up the old one.
  func move(
    _ old: UnsafeMutableRawPointer, at address: UInt32, _ ordinal: UInt32, units: Int
  ) throws(StoreError) -> UnsafeMutableRawPointer {
    let count = RowPiece.byteCount(old)
    let (new, piece) = memory.allocate(units, in: map)
    RowPiece.set(piece, ordinal: ordinal, byteCount: count, units: units, isPage: false)
    (piece + RowFormat.pieceHeaderBytes).copyMemory(
      from: old + RowFormat.pieceHeaderBytes, byteCount: count)
    try setLocation(of: ordinal, to: new)
    memory.release(address, old, in: map)
    return piece
  }

  /// Makes a row, which may change in place, a larger piece.
  ///
  /// Its page of locations has been looked at when the handle was made, so that nothing can fail.
  func grow(
    _ old: UnsafeMutableRawPointer, _ ordinal: UInt32, toHold byteCount: Int, exactly: Bool
  ) -> UnsafeMutableRawPointer {
    precondition(byteCount <= Self.rowBytesMax, "a row exceeds 512 MiB")
    do throws(StoreError) {
      let address = try map.address(of: ordinal)
      return try move(
        old, at: address, ordinal,
        units: RowFormat.units(
          for: exactly ? byteCount : byteCount + byteCount / 4 + Self.expectedGrowth))
    } catch {
      preconditionFailure("the page of locations has been looked at")
    }
  }

  /// Sets the address of a row.
  private func setLocation(of ordinal: UInt32, to address: UInt32) throws(StoreError) {
    let page = Int(ordinal >> RowFormat.locationShift)
    if page >= map.pageCount { map.extend(toPage: page) }
    try openPage(page)[Int(ordinal & 255)] = address
  }

  /// The locations of a page, which may change.
  func openPage(_ page: Int) throws(StoreError) -> UnsafeMutablePointer<UInt32> {
    let address = map.pageAddresses[page]
    if address != 0 {
      let granule = map.granules[Int(address >> 16)]
      if address & 0xFFFF >= granule.openFrom, let locations = map.pages[page] { return locations }
    }
    var old = map.pages[page]
    if old == nil { old = try map.loadPage(page) }
    let byteCount = RowFormat.locationsPerPage * 4
    let units = RowFormat.units(for: byteCount)
    let (new, piece) = memory.allocate(units, in: map)
    RowPiece.set(
      piece, ordinal: UInt32(truncatingIfNeeded: page), byteCount: byteCount, units: units,
      isPage: true)
    let bytes = piece + RowFormat.pieceHeaderBytes
    let locations = bytes.assumingMemoryBound(to: UInt32.self)
    if let old {
      bytes.copyMemory(from: old, byteCount: byteCount)
      memory.release(
        address, UnsafeMutableRawPointer(old) - RowFormat.pieceHeaderBytes, in: map)
    } else {
      locations.initialize(repeating: 0, count: RowFormat.locationsPerPage)
    }
    map.setPage(page, new, locations)
    return locations
  }

  /// Makes sure that there are addresses left for whatever one handle can need.
  func checkRoom() throws(StoreError) {
    guard memory.hasRoom else {
      throw StoreError(
        .tooLarge, "table \(id) of the derived state has reached 32 GiB; use several stores")
    }
  }
}
