// The row that holds the cells of one home identifier, so that an event which matters to ten aggregates
// finds all ten with one lookup. A cell that has grown large stands in a row of its own instead, so
// that changing its neighbours does not move it about.

import Bytes
import Storage

/// Whose cells they are.
public struct CellOwner: Hashable, Sendable, BitwiseCopyable {
  /// The home identifier of the events.
  public var home: IdentifierOrdinal
  /// The account that the events happened in; nil for all of the home's events.
  public var account: ProfileOrdinal?

  /// Names an owner.
  public init(_ home: IdentifierOrdinal, in account: ProfileOrdinal? = nil) {
    self.home = home
    self.account = account
  }
}

extension TableKey {
  /// The key of the row with the cells of one owner, if that is an account's.
  public init(cellsOf owner: CellOwner) {
    let account = owner.account.map { UInt64($0.value) + 1 } ?? 0
    self.init(high: account << 32 | UInt64(owner.home.value), low: 0)
  }

  /// The key of a cell that stands in a row of its own.
  @usableFromInline
  init(cellOf owner: CellOwner, slot: UInt32) {
    self.init(cellsOf: owner)
    low = UInt64(slot) + 1
  }
}

/// A decoded row of the table of cells, borrowing its bytes.
///
///     offset  size  field   type  meaning
///     ------  ----  ------  ----  ----------------------------------------------------------------
///          0     1  format  u8    2
///          1     1          u8    0
///          2     2  count   u16   number of entries
///          4     4n entries       slot u16, bytes of the cell u16 (0xFFFF: it is in a row of its own);
///                                 ascending by slot
///          …        cells         `CellLayout`, back to back
///
/// Cells of slots above `slotMax` are in rows of their own, and have no entries.
public struct HomeCells: ~Escapable {
  static let format: UInt8 = 2
  @usableFromInline static let headerBytes = 4
  @usableFromInline static let entryBytes = 4
  /// What an entry says of a cell that is in a row of its own.
  @usableFromInline static let ownRow: UInt32 = 0xFFFF
  /// The most cells of one row: a row of its own takes what is more.
  static let countMax = Int(UInt16.max)
  /// The greatest slot that has an entry.
  public static let slotMax = UInt32(UInt16.max)

  @usableFromInline let bytes: RawSpan
  /// The number of cells.
  public let count: Int

  /// A place among the entries of a row.
  public struct Cursor: BitwiseCopyable {
    @usableFromInline var entry = 0
    /// Where its cell begins, from the first cell.
    @usableFromInline var start = 0

    /// Before all entries.
    @inlinable
    public init() {}
  }

  /// Decodes a row; one that does not decode is damage.
  @_lifetime(copy bytes)
  public init(checking bytes: RawSpan) throws(StoreError) {
    self.bytes = bytes
    guard bytes.byteCount >= Self.headerBytes, bytes[0] == Self.format, bytes[1] == 0 else {
      throw Self.damaged
    }
    count = Int(bytes.load(at: 2, as: UInt16.self))
    guard bytes.byteCount >= Self.headerBytes + count * Self.entryBytes else { throw Self.damaged }
  }

  @usableFromInline
  static var damaged: StoreError { .derivedMismatch("cells", "a row does not decode") }

  /// Moves on to the first entry whose slot is not below `slot`.
  ///
  /// - Returns: Whether it is that of `slot`.
  /// - Complexity: O(entries passed).
  @inlinable @inline(__always)
  public func seek(_ slot: UInt32, _ cursor: inout Cursor) -> Bool {
    var (entry, start) = (cursor.entry, cursor.start)
    defer { (cursor.entry, cursor.start) = (entry, start) }
    while entry < count {
      let word = self.entry(entry)
      if word & 0xFFFF >= slot { return word & 0xFFFF == slot }
      start &+= Self.byteCount(word)
      entry &+= 1
    }
    return false
  }

  /// How many bytes of the row the cell of an entry takes.
  @inlinable @inline(__always)
  static func byteCount(_ entry: UInt32) -> Int {
    entry >> 16 == ownRow ? 0 : Int(truncatingIfNeeded: entry >> 16)
  }

  /// Whether the cell of an entry stands in a row of its own.
  @inlinable
  public func isInOwnRow(at cursor: Cursor) -> Bool { entry(cursor.entry) >> 16 == Self.ownRow }

  /// Where in the row the cell of an entry is; an empty place if it stands in a row of its own.
  @inlinable
  func range(at cursor: Cursor) throws(StoreError) -> Range<Int> {
    let start = try start(at: cursor)
    let end = start + Self.byteCount(entry(cursor.entry))
    guard end <= bytes.byteCount else { throw Self.damaged }
    return start..<end
  }

  /// Where in the row the cell of an entry begins, or one put before it would.
  @inlinable
  func start(at cursor: Cursor) throws(StoreError) -> Int {
    let start = Self.headerBytes + count * Self.entryBytes + cursor.start
    guard start <= bytes.byteCount else { throw Self.damaged }
    return start
  }

  /// The cell of an entry; empty if it stands in a row of its own.
  @_lifetime(copy self)
  @inlinable
  public func cell(at cursor: Cursor) throws(StoreError) -> RawSpan {
    bytes.extracting(try range(at: cursor))
  }

  @inlinable @inline(__always)
  func entry(_ index: Int) -> UInt32 {
    bytes.load(at: Self.headerBytes + index * Self.entryBytes, as: UInt32.self)
  }

  /// Visits all cells of the row, in the order of their slots; those in rows of their own are left out.
  public func forEach(
    _ body: (_ slot: UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    var cursor = Cursor()
    for index in 0..<count {
      let slot = entry(index) & 0xFFFF
      guard seek(slot, &cursor), cursor.entry == index else { throw Self.damaged }
      if !isInOwnRow(at: cursor) { try body(slot, try cell(at: cursor)) }
    }
  }
}

extension HomeCells {
  /// Visits those cells of the row that are asked for, except for those in rows of their own.
  @inlinable
  func visit(
    _ slots: [UInt32], _ inOwnRow: inout [UInt32],
    _ body: (_ slot: UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    var cursor = Cursor()
    for slot in slots where seek(slot, &cursor) {
      if isInOwnRow(at: cursor) {
        inOwnRow.append(slot)
      } else {
        try body(slot, try cell(at: cursor))
      }
    }
  }
}

extension ProfileState {
  /// Visits those cells of one owner that are asked for, those in rows of their own last.
  ///
  /// - Parameter slots: Ascending.
  /// - Complexity: one lookup, and one more for each cell in a row of its own.
  @inlinable
  public func visitCells(
    of owner: CellOwner, among slots: [UInt32],
    _ body: (_ slot: UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    var inOwnRow: [UInt32] = []
    if owner.account == nil {
      _ = try homeCells.withRow(owner.home.value) { (bytes) throws(StoreError) in
        try HomeCells(checking: bytes).visit(slots, &inOwnRow, body)
      }
    } else {
      _ = try cells.read(TableKey(cellsOf: owner)) { (bytes) throws(StoreError) in
        try HomeCells(checking: bytes).visit(slots, &inOwnRow, body)
      }
    }
    for slot in slots where slot > HomeCells.slotMax { inOwnRow.append(slot) }
    try visitLargeCells(of: owner, inOwnRow, body)
  }

  /// Visits cells of one owner that stand in rows of their own.
  ///
  /// - Parameter slots: Of which the owner's row says so, or which have no entries.
  /// - Complexity: one lookup each.
  @inlinable
  public func visitLargeCells(
    of owner: CellOwner, _ slots: [UInt32],
    _ body: (_ slot: UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    for slot in slots {
      let isFound = try cells.read(TableKey(cellOf: owner, slot: slot)) {
        (bytes) throws(StoreError) in
        try body(slot, bytes)
      }
      if !isFound, slot <= HomeCells.slotMax { throw HomeCells.damaged }
    }
  }
}
