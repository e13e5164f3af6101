// What most events do to most cells, done by looking at a few bytes: one more event at the end of a window, a newer
// last value, a first value that stays. Everything else goes through `Cell.insert`, which gives the same cell.

import Bytes
import Storage

/// The way in which most events change the cells of an aggregate.
enum CellShortcut: UInt8 {
  /// There is none.
  case none
  /// A number goes up.
  case total
  /// An event is counted at the end of a window.
  case window
  /// The first value stays.
  case first
  /// The newest value takes the place of the one before.
  case last

  init(_ kind: CellKind, isTotalOnly: Bool, isOfSession: Bool, _ window: CellWindow) {
    switch (kind, window) {
    case _ where isOfSession: self = .none
    case (.count, .allTime) where isTotalOnly: self = .total
    case (.count, .last), (.count, .ago): self = .window
    case (.first, .allTime): self = .first
    case (.last, .allTime), (.last, .last), (.last, .ago): self = .last
    default: self = .none
    }
  }
}

extension HomeCells {
  /// Puts an event into a cell if that takes no more than a look at a few bytes.
  ///
  /// - Parameter range: Where in the row the cell is.
  /// - Returns: By how many bytes the cell has grown; nil if `Cell.insert` is to be asked, nothing has changed then.
  /// - Complexity: O(1), besides moving what stands after a cell that changes its size.
  @inline(__always)
  static func insertByShortcut(
    _ insertion: borrowing CellInsertion, _ spec: CellSpec, at address: EventAddress,
    _ row: inout MutableValue, _ range: Range<Int>, now: Timestamp
  ) -> Int? {
    let shortcut = spec.shortcut
    guard shortcut != .none, range.count >= CellLayout.headerBytes, range.count <= shortBytesMax
    else { return nil }
    let head = row.load(at: range.lowerBound, as: UInt64.self)
    let kind = UInt64(CellLayout.format) | UInt64(spec.kind.rawValue) << 8
    if shortcut == .total {
      guard head == kind, range.count == CellLayout.headerBytes, address.time <= now else {
        return nil
      }
      let matched = row.load(at: range.lowerBound + 8, as: UInt64.self)
      row.store(matched &+ 1, at: range.lowerBound + 8)
      return 0
    }
    let entries = range.lowerBound + CellLayout.headerBytes + CellLayout.cursorBytes
    guard head == kind | UInt64(CellLayout.timelineFlag) << 8, entries < range.upperBound else {
      return nil
    }
    let start = Int(row.load(at: range.lowerBound + 16, as: UInt32.self))
    let end = Int(row.load(at: range.lowerBound + 20, as: UInt32.self))
    // Nothing is in the future, and something is inside.
    guard end == range.upperBound - entries, start < end else { return nil }
    let (after, through) = spec.bounds(at: now)
    switch shortcut {
    case .window:
      guard start % 8 == 0, end % 8 == 0, address.time <= through,
        row.load(at: entries + start, as: Int64.self) > after.milliseconds,
        row.load(at: range.upperBound - 8, as: Int64.self) <= address.time.milliseconds
      else { return nil }
      row.insertZeros(8, at: range.upperBound)
      row.store(address.time.milliseconds, at: range.upperBound)
      row.store(UInt32(truncatingIfNeeded: end + 8), at: range.lowerBound + 20)
      let matched = row.load(at: range.lowerBound + 8, as: UInt64.self)
      row.store(matched &+ 1, at: range.lowerBound + 8)
      return 8
    case .first, .last:
      guard start == 0, end > CellLayout.selectionOverheadBytes,
        row.load(at: entries, as: UInt32.self) == UInt32(end)
      else { return nil }
      let time = row.load(at: entries + 4, as: Int64.self)
      let sequence = row.load(at: entries + 12, as: UInt64.self)
      let isLater =
        address.time.milliseconds > time
        || address.time.milliseconds == time && address.sequence.value >= sequence
      guard isLater else { return nil }
      if shortcut == .first { return 0 }
      guard time > after.milliseconds, address.time <= through else { return nil }
      return replaceLast(insertion, at: address, &row, range, entries)
    case .none, .total: return nil
    }
  }

  /// Makes the cell of an event that is the first to matter to it, if that takes no more than to write a few bytes.
  ///
  /// - Parameters:
  ///   - entry: The first entry that comes after the cell's.
  ///   - start: Where the cell would begin.
  /// - Returns: Whether it was made; if not, nothing has changed.
  @inline(__always)
  static func makeByShortcut(
    _ insertion: borrowing CellInsertion, _ spec: CellSpec, at address: EventAddress,
    _ row: inout MutableValue, _ entry: Int, _ start: Int, now: Timestamp
  ) throws(StoreError) -> Bool {
    let shortcut = spec.shortcut
    let count = Int(row.load(at: 2, as: UInt16.self))
    guard shortcut != .none, address.time <= spec.bounds(at: now).through, count < countMax else {
      return false
    }
    var size = CellLayout.headerBytes
    var value: FieldValue?
    switch shortcut {
    case .window: size += CellLayout.cursorBytes + CellLayout.countEntryBytes
    case .first, .last:
      guard case .value(let brought) = insertion.amount else { return false }
      value = brought
      let added =
        CellLayout.cursorBytes + CellLayout.selectionOverheadBytes + brought.encodedByteCount
      size += added
      guard size <= shortBytesMax else { return false }
    case .none, .total: break
    }
    let place = headerBytes + entry * entryBytes
    row.insertGaps((entryBytes, place), (size, start))
    let cell = start + entryBytes
    row.store(insertion.slot, at: place)
    let end = start - headerBytes - count * entryBytes
    row.store(UInt32(truncatingIfNeeded: end), at: place + 4)
    row.store(UInt16(truncatingIfNeeded: count + 1), at: 2)
    shiftEnds(from: entry, by: size, &row)

    let flag = shortcut == .total ? 0 : CellLayout.timelineFlag
    row.store(
      UInt64(CellLayout.format) | UInt64(spec.kind.rawValue | flag) << 8, at: cell)
    row.store(UInt64(value == nil ? 1 : 0), at: cell + 8)
    guard shortcut != .total else { return true }
    let entries = cell + CellLayout.headerBytes + CellLayout.cursorBytes
    let entryCount = size - (entries - cell)
    row.store(UInt64(entryCount) << 32, at: cell + 16)
    if let value {
      row.store(UInt32(truncatingIfNeeded: entryCount), at: entries)
      row.store(address.time.milliseconds, at: entries + 4)
      row.store(address.sequence.value, at: entries + 12)
      value.store(in: &row, at: entries + 20)
      row.store(UInt32(truncatingIfNeeded: entryCount), at: entries + entryCount - 4)
    } else {
      row.store(address.time.milliseconds, at: entries)
    }
    return true
  }

  /// The longest cell that is looked at: of longer ones the entries are in chunks.
  private static let shortBytesMax = 1024

  /// Puts a newer value in the place of the only one, if it is not longer.
  private static func replaceLast(
    _ insertion: borrowing CellInsertion, at address: EventAddress, _ row: inout MutableValue,
    _ range: Range<Int>, _ entry: Int
  ) -> Int? {
    guard case .value(let value) = insertion.amount else { return nil }
    let old = range.upperBound - entry
    let new = CellLayout.selectionOverheadBytes + value.encodedByteCount
    guard new <= old else { return nil }
    if new < old {
      row.removeSubrange((entry + new)..<(entry + old))
      row.store(UInt32(truncatingIfNeeded: new), at: range.lowerBound + 20)
      row.store(UInt32(truncatingIfNeeded: new), at: entry)
      row.store(UInt32(truncatingIfNeeded: new), at: entry + new - 4)
    }
    row.store(address.time.milliseconds, at: entry + 4)
    row.store(address.sequence.value, at: entry + 12)
    value.store(in: &row, at: entry + 20)
    return new - old
  }
}
