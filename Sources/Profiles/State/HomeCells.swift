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
///          0     1  format  u8    1
///          1     1          u8    0
///          2     2  count   u16   number of entries
///          4     8n entries       slot u32 (bit 31: the cell is in a row of its own), end u32;
///                                 ascending by slot; the end counts from the first cell
///          …        cells         `CellLayout`, back to back
public struct HomeCells: ~Escapable {
  static let format: UInt8 = 1
  static let headerBytes = 4
  static let entryBytes = 8
  static let ownRowFlag: UInt32 = 1 << 31
  /// The most cells of one row: a row of its own takes what is more.
  static let countMax = Int(UInt16.max)

  private let bytes: RawSpan
  /// The number of cells.
  public let count: Int

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

  /// The first entry whose slot is not below `slot`, of those from `entry` on.
  public func index(of slot: UInt32, after entry: Int = 0) -> Int {
    var index = entry
    while index < count, self.slot(at: index) < slot { index += 1 }
    return index
  }

  /// The slot of an entry.
  public func slot(at index: Int) -> UInt32 { field(index, 0) & ~Self.ownRowFlag }

  /// Whether the cell of an entry stands in a row of its own.
  public func isInOwnRow(at index: Int) -> Bool { field(index, 0) & Self.ownRowFlag != 0 }

  /// Where in the row the cell of an entry is.
  func range(at index: Int) throws(StoreError) -> Range<Int> {
    let start = try start(at: index)
    let end = Self.headerBytes + count * Self.entryBytes + Int(field(index, 4))
    guard start <= end, end <= bytes.byteCount else { throw Self.damaged }
    return start..<end
  }

  /// Where in the row the cell of an entry begins, or one put before it would.
  func start(at index: Int) throws(StoreError) -> Int {
    let base = Self.headerBytes + count * Self.entryBytes
    let start = base + (index == 0 ? 0 : Int(field(index - 1, 4)))
    guard start <= bytes.byteCount else { throw Self.damaged }
    return start
  }

  /// The cell of an entry; empty if it stands in a row of its own.
  @_lifetime(copy self)
  public func cell(at index: Int) throws(StoreError) -> RawSpan {
    bytes.extracting(try range(at: index))
  }

  /// Where the cell of an entry ends, from the first cell.
  func end(at index: Int) -> UInt32 { field(index, 4) }

  private func field(_ index: Int, _ offset: Int) -> UInt32 {
    bytes.load(at: Self.headerBytes + index * Self.entryBytes + offset, as: UInt32.self)
  }
}

extension HomeCells {
  /// Visits those cells of the row that are asked for, except for those in rows of their own.
  @inlinable
  func visit(
    _ slots: [UInt32], _ inOwnRow: inout [UInt32],
    _ body: (_ slot: UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    var index = 0
    for slot in slots {
      while index < count, self.slot(at: index) < slot { index += 1 }
      if index == count { return }
      guard self.slot(at: index) == slot else { continue }
      if isInOwnRow(at: index) {
        inOwnRow.append(slot)
      } else {
        try body(slot, try cell(at: index))
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
    try visitLargeCells(of: owner, inOwnRow, body)
  }

  /// Visits cells of one owner that stand in rows of their own.
  ///
  /// - Parameter slots: Of which the owner's row says so.
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
      if !isFound { throw HomeCells.damaged }
    }
  }
}
