// Cells that were made separately from the state, put into the rows of their owners: those of new aggregates,
// which are appended to the row.

import Bytes
import Storage

extension CellOwner {
  /// The owner that the key of a row of cells in the hashed table, or of a cell in a row of its own, names.
  public init(keyOfCells key: TableKey) {
    let account = key.high >> 32
    self.init(
      IdentifierOrdinal(UInt32(truncatingIfNeeded: key.high)),
      in: account == 0 ? nil : ProfileOrdinal(UInt32(truncatingIfNeeded: account - 1)))
  }
}

extension ProfileTables {
  /// Adds cells that were made separately to those of an owner.
  ///
  /// - Parameters:
  ///   - bytes: A row of another table of cells, or one cell that stands in a row of its own; its slots come after
  ///     all that the owner has.
  ///   - slot: That of the one cell; nil for a row.
  ///   - owner: Whose cells they are here.
  /// - Throws: `StoreError` with code `.damagedIndex` if a row does not decode, `.tooLarge` if the owner
  ///   would have more cells than a row takes.
  /// - Complexity: one lookup, and O(bytes of both).
  public func join(
    _ bytes: RawSpan, ofSlot slot: UInt32?, to owner: CellOwner
  ) throws(StoreError) {
    if let slot { return cells.put(TableKey(cellOf: owner, slot: slot), bytes) }
    guard try HomeCells(checking: bytes).count > 0 else { return }
    guard owner.account != nil else {
      var row = try homeCells.edit(owner.home.value)
      return try HomeCells.append(bytes, to: &row)
    }
    try cells.mutate(TableKey(cellsOf: owner)) { (row) throws(StoreError) in
      try HomeCells.append(bytes, to: &row)
    }
  }
}

extension HomeCells {
  /// Appends the entries and cells of one row to another.
  static func append(_ added: RawSpan, to row: inout MutableValue) throws(StoreError) {
    let new = try extent(of: added)
    guard row.count > 0 else { return row.append(added) }
    let old = try extent(of: row.bytes)
    if let last = old.lastSlot, let first = new.firstSlot, last >= first { throw damaged }
    guard old.count + new.count <= countMax else { throw tooMany }
    let cells = headerBytes + new.count * entryBytes
    row.insert(
      added.extracting(headerBytes..<cells), at: headerBytes + old.count * entryBytes)
    row.append(added.extracting(cells..<added.byteCount))
    row.store(UInt16(truncatingIfNeeded: old.count + new.count), at: 2)
  }

  /// What two rows have to know of each other, after a check that the cells fill a row to its end.
  private static func extent(
    of bytes: RawSpan
  ) throws(StoreError) -> (count: Int, firstSlot: UInt32?, lastSlot: UInt32?) {
    let row = try HomeCells(checking: bytes)
    var end = headerBytes + row.count * entryBytes
    for index in 0..<row.count { end += byteCount(row.entry(index)) }
    guard bytes.byteCount == end else { throw damaged }
    guard row.count > 0 else { return (0, nil, nil) }
    return (row.count, row.entry(0) & 0xFFFF, row.entry(row.count - 1) & 0xFFFF)
  }
}
