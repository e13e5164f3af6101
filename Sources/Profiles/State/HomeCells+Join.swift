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
    guard old.count + new.count <= countMax else {
      throw StoreError(
        .tooLarge, "a store holds at most \(countMax) aggregates in use; remove some definitions")
    }
    let start = headerBytes + old.count * entryBytes
    let cells = headerBytes + new.count * entryBytes
    row.insert(added.extracting(headerBytes..<cells), at: start)
    for index in 0..<new.count {
      let offset = start + index * entryBytes + 4
      row.store(row.load(at: offset, as: UInt32.self) &+ old.end, at: offset)
    }
    row.append(added.extracting(cells..<added.byteCount))
    row.store(UInt16(truncatingIfNeeded: old.count + new.count), at: 2)
  }

  /// What two rows have to know of each other, after a check that the cells fill a row to its end.
  private static func extent(
    of bytes: RawSpan
  ) throws(StoreError) -> (count: Int, firstSlot: UInt32?, lastSlot: UInt32?, end: UInt32) {
    let row = try HomeCells(checking: bytes)
    let last = row.count - 1
    let end = last < 0 ? 0 : row.end(at: last)
    guard bytes.byteCount == headerBytes + row.count * entryBytes + Int(end) else { throw damaged }
    return (
      row.count, last < 0 ? nil : row.slot(at: 0), last < 0 ? nil : row.slot(at: last), end
    )
  }
}
