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
  /// An amount is added to a total.
  case sum
  /// An event is counted at the end of a window, which others may leave at its beginning.
  case window
  /// The same with an amount.
  case windowSum
  /// The first value stays.
  case first
  /// The newest value takes the place of the one before.
  case last

  init(_ kind: CellKind, isTotalOnly: Bool, isOfSession: Bool, _ window: CellWindow) {
    switch (kind, window) {
    case _ where isOfSession: self = .none
    case (.count, .allTime) where isTotalOnly: self = .total
    case (.count, .last), (.count, .ago): self = .window
    case (.sum, .allTime) where isTotalOnly: self = .sum
    case (.sum, .last), (.sum, .ago): self = .windowSum
    case (.first, .allTime): self = .first
    case (.last, .allTime), (.last, .last), (.last, .ago): self = .last
    default: self = .none
    }
  }

  /// The bytes of an entry, of cells whose entries all have the same size.
  fileprivate var entryBytes: Int {
    self == .windowSum ? CellLayout.sumEntryBytes : CellLayout.countEntryBytes
  }
}

/// What a look at a few bytes has done to a cell.
struct CellChange {
  /// By how many bytes the cell has grown.
  var grown = 0
  /// Whether a `first` or `last` had no value before.
  var begins = false
}

extension HomeCells {
  /// Puts an event into a cell if that takes no more than a look at a few bytes.
  ///
  /// - Parameters:
  ///   - index: Which of `insertions`: passing the element would copy it.
  ///   - range: Where in the row the cell is.
  /// - Returns: What has changed; nil if `Cell.insert` is to be asked, nothing has changed then.
  /// - Complexity: O(1), besides moving what comes after a cell that changes its size.
  @inline(__always)
  static func insertByShortcut(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: inout MutableValue, _ range: Range<Int>, now: Timestamp
  ) -> CellChange? {
    guard spec.shortcut != .none, range.count >= CellLayout.headerBytes,
      range.count <= shortBytesMax
    else { return nil }
    switch spec.shortcut {
    case .none: return nil
    case .total:
      guard row.load(at: range.lowerBound, as: UInt64.self) == head(.count),
        range.count == CellLayout.headerBytes, address.time <= now
      else { return nil }
      let matched = row.load(at: range.lowerBound + 8, as: UInt64.self)
      row.store(matched &+ 1, at: range.lowerBound + 8)
      return CellChange()
    case .sum:
      guard address.time <= now,
        case .decimal(let amount, let currency) = insertions[index].amount
      else { return nil }
      return add(amount, currency, &row, range) ? CellChange() : nil
    case .window, .windowSum:
      let grown = insertIntoWindow(
        insertions, index, spec, at: address, &row, range, now: now)
      return grown.map { CellChange(grown: $0) }
    case .first, .last:
      return select(insertions, index, spec, at: address, &row, range, now: now)
    }
  }

  /// The first eight bytes of a cell that is as shortcuts want it.
  @inline(__always)
  private static func head(
    _ kind: CellKind, hasTimeline: Bool = false, totalCount: UInt64 = 0
  ) -> UInt64 {
    let flag = hasTimeline ? CellLayout.timelineFlag : 0
    return UInt64(CellLayout.format) | UInt64(kind.rawValue | flag) << 8 | totalCount << 16
  }

  // MARK: Sums

  /// Adds an amount to the total of its currency, if there is one and no entries.
  private static func add(
    _ amount: FixedDecimal, _ currency: CurrencyCode, _ row: inout MutableValue, _ range: Range<Int>
  ) -> Bool {
    let totals = range.lowerBound + CellLayout.headerBytes
    guard range.count == CellLayout.headerBytes + CellLayout.sumTotalBytes,
      row.load(at: range.lowerBound, as: UInt64.self) == head(.sum, totalCount: 1),
      row.load(at: totals, as: UInt32.self) == currency.packed
    else { return false }
    let matched = row.load(at: range.lowerBound + 8, as: UInt64.self)
    row.store(matched &+ 1, at: range.lowerBound + 8)
    let count = row.load(at: totals + 4, as: UInt64.self)
    row.store(count &+ 1, at: totals + 4)
    var sum = sum(at: totals, row)
    sum.add(WideSum(amount))
    store(sum, at: totals, &row)
    return true
  }

  @inline(__always)
  private static func sum(at total: Int, _ row: borrowing MutableValue) -> WideSum {
    let low = row.load(at: total + 12, as: UInt64.self)
    let middle = row.load(at: total + 20, as: UInt64.self)
    return WideSum(
      low: UInt128(middle) << 64 | UInt128(low), high: row.load(at: total + 28, as: Int32.self))
  }

  @inline(__always)
  private static func store(_ sum: WideSum, at total: Int, _ row: inout MutableValue) {
    row.store(UInt64(truncatingIfNeeded: sum.low), at: total + 12)
    row.store(UInt64(truncatingIfNeeded: sum.low >> 64), at: total + 20)
    row.store(sum.high, at: total + 28)
  }

  @inline(__always)
  private static func amount(at entry: Int, _ row: borrowing MutableValue) -> FixedDecimal {
    let low = row.load(at: entry + 12, as: UInt64.self)
    let high = row.load(at: entry + 20, as: Int64.self)
    return FixedDecimal(mantissa: Int128(high) << 64 | Int128(low))
  }

  @inline(__always)
  private static func storeEntry(
    _ time: Timestamp, _ amount: FixedDecimal, _ currency: CurrencyCode, at entry: Int,
    _ row: inout MutableValue
  ) {
    row.store(time.milliseconds, at: entry)
    row.store(currency.packed, at: entry + 8)
    row.store(UInt64(truncatingIfNeeded: amount.mantissa), at: entry + 12)
    row.store(UInt64(truncatingIfNeeded: amount.mantissa >> 64), at: entry + 20)
  }

  // MARK: Windows

  /// The most entries that leave a window on the way.
  private static let leavingMax = 8

  /// How an event comes to stand at the end of a window.
  struct WindowStep {
    let size: Int
    /// Where in the row the total and the entries begin.
    let total: Int
    let entries: Int
    /// From where on, within the entries, the window was inside, is inside, and where it ends.
    let first: Int
    let start: Int
    let end: Int
    /// What is added, where there are amounts.
    let amount: FixedDecimal
    let currency: CurrencyCode

    /// Whether there are amounts, with a total.
    var isSum: Bool { size == CellLayout.sumEntryBytes }

    /// Whether the entries move down, because more has left the window than is inside.
    var moves: Bool { start > 0 && start >= end - start + size }
  }

  /// Puts an event at the end of a window and lets go of what has left it.
  ///
  /// - Returns: By how many bytes the cell has grown; nil if nothing was done.
  @inline(__always)
  private static func insertIntoWindow(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: inout MutableValue, _ range: Range<Int>, now: Timestamp
  ) -> Int? {
    guard let step = windowStep(insertions, index, spec, at: address, row, range, now: now) else {
      return nil
    }
    count(step, &row, range)
    let grown = makeRoom(step, &row, range)
    storeEntry(step, at: address, range.upperBound + grown - step.size, &row)
    return grown
  }

  /// How an event would come to stand at the end of a window; nil if it takes more than a look at a few bytes.
  @inline(__always)
  static func windowStep(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: borrowing MutableValue, _ range: Range<Int>, now: Timestamp
  ) -> WindowStep? {
    let isSum = spec.shortcut == .windowSum
    var (amount, currency) = (FixedDecimal.zero, CurrencyCode.none)
    if isSum {
      guard case .decimal(let brought, let unit) = insertions[index].amount else { return nil }
      (amount, currency) = (brought, unit)
    }
    let size = spec.shortcut.entryBytes
    let total = range.lowerBound + CellLayout.headerBytes + CellLayout.cursorBytes
    let entries = total + (isSum ? CellLayout.sumTotalBytes : 0)
    let head = head(spec.kind, hasTimeline: true, totalCount: isSum ? 1 : 0)
    guard row.load(at: range.lowerBound, as: UInt64.self) == head, entries <= range.upperBound,
      !isSum || row.load(at: total, as: UInt32.self) == currency.packed
    else { return nil }
    let first = Int(row.load(at: range.lowerBound + 16, as: UInt32.self))
    let end = Int(row.load(at: range.lowerBound + 20, as: UInt32.self))
    let (after, through) = spec.bounds(at: now)
    // Nothing is in the future.
    guard end == range.upperBound - entries, first <= end, first % size == 0, end % size == 0,
      address.time <= through
    else { return nil }
    if first < end {
      let last = row.load(at: range.upperBound - size, as: Int64.self)
      // Equal times are in the order of the amounts.
      guard last < address.time.milliseconds || !isSum && last == address.time.milliseconds else {
        return nil
      }
    }
    var start = first
    while start < end, row.load(at: entries + start, as: Int64.self) <= after.milliseconds {
      start += size
      if start - first > leavingMax * size { return nil }
    }
    return WindowStep(
      size: size, total: total, entries: entries, first: first, start: start, end: end,
      amount: amount, currency: currency)
  }

  /// Counts an event in, and those out that have left the window.
  @inline(__always)
  static func count(_ step: WindowStep, _ row: inout MutableValue, _ range: Range<Int>) {
    let change = 1 &- UInt64((step.start - step.first) / step.size)
    let matched = row.load(at: range.lowerBound + 8, as: UInt64.self)
    row.store(matched &+ change, at: range.lowerBound + 8)
    guard step.isSum else { return }
    var sum = sum(at: step.total, row)
    sum.add(WideSum(step.amount))
    for place in stride(from: step.first, to: step.start, by: step.size) {
      sum.subtract(WideSum(Self.amount(at: step.entries + place, row)))
    }
    store(sum, at: step.total, &row)
    let count = row.load(at: step.total + 4, as: UInt64.self)
    row.store(count &+ change, at: step.total + 4)
  }

  /// Writes the entry of an event.
  @inline(__always)
  static func storeEntry(
    _ step: WindowStep, at address: EventAddress, _ entry: Int, _ row: inout MutableValue
  ) {
    if step.isSum {
      storeEntry(address.time, step.amount, step.currency, at: entry, &row)
    } else {
      row.store(address.time.milliseconds, at: entry)
    }
  }

  /// Makes room for an entry at the end of a cell, by moving the entries down if more has left the window than is
  /// inside.
  ///
  /// - Returns: By how many bytes the cell has grown.
  @inline(__always)
  private static func makeRoom(
    _ step: WindowStep, _ row: inout MutableValue, _ range: Range<Int>
  ) -> Int {
    let grown = step.moves ? step.size - step.start : step.size
    if step.moves {
      row.copy((step.entries + step.start)..<(step.entries + step.end), to: step.entries)
    }
    if grown > 0 {
      row.insertZeros(grown, at: range.upperBound)
    } else if grown < 0 {
      row.removeSubrange((range.upperBound + grown)..<range.upperBound)
    }
    setCursors(
      start: step.moves ? 0 : step.start, end: step.end + grown, &row, ofCellAt: range.lowerBound)
    return grown
  }

  @inline(__always)
  static func setCursors(
    start: Int, end: Int, _ row: inout MutableValue, ofCellAt cell: Int
  ) {
    row.store(UInt32(truncatingIfNeeded: start), at: cell + 16)
    row.store(UInt32(truncatingIfNeeded: end), at: cell + 20)
  }

  // MARK: First and last

  /// Keeps the first value, or puts a newer one in the place of the last.
  private static func select(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: inout MutableValue, _ range: Range<Int>, now: Timestamp
  ) -> CellChange? {
    let entry = range.lowerBound + CellLayout.headerBytes + CellLayout.cursorBytes
    guard row.load(at: range.lowerBound, as: UInt64.self) == head(spec.kind, hasTimeline: true),
      entry < range.upperBound
    else { return nil }
    let start = row.load(at: range.lowerBound + 16, as: UInt32.self)
    let end = Int(row.load(at: range.lowerBound + 20, as: UInt32.self))
    // There is one entry, and nothing is in the future.
    guard start == 0, end == range.upperBound - entry, end > CellLayout.selectionOverheadBytes,
      row.load(at: entry, as: UInt32.self) == UInt32(end)
    else { return nil }
    let time = row.load(at: entry + 4, as: Int64.self)
    let sequence = row.load(at: entry + 12, as: UInt64.self)
    let isLater =
      address.time.milliseconds > time
      || address.time.milliseconds == time && address.sequence.value >= sequence
    guard isLater else { return nil }
    if spec.kind == .first { return CellChange() }
    let (after, through) = spec.bounds(at: now)
    guard address.time <= through, insertions[index].valueByteCount >= 0,
      let grown = replaceLast(insertions, index, at: address, &row, range, entry)
    else { return nil }
    return CellChange(grown: grown, begins: time <= after.milliseconds)
  }

  /// Puts a newer value in the place of the only one.
  private static func replaceLast(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, at address: EventAddress,
    _ row: inout MutableValue, _ range: Range<Int>, _ entry: Int
  ) -> Int? {
    let old = range.upperBound - entry
    let new = CellLayout.selectionOverheadBytes + Int(insertions[index].valueByteCount)
    if new != old {
      guard range.count + new - old <= shortBytesMax else { return nil }
      if new < old {
        row.removeSubrange((entry + new)..<(entry + old))
      } else {
        row.insertZeros(new - old, at: range.upperBound)
      }
      row.store(UInt32(truncatingIfNeeded: new), at: range.lowerBound + 20)
      row.store(UInt32(truncatingIfNeeded: new), at: entry)
      row.store(UInt32(truncatingIfNeeded: new), at: entry + new - 4)
    }
    row.store(address.time.milliseconds, at: entry + 4)
    row.store(address.sequence.value, at: entry + 12)
    insertions[index].storeValue(in: &row, at: entry + 20)
    return new - old
  }

  /// The longest cell that is looked at: of longer ones the entries are in chunks.
  static let shortBytesMax = 1024

  // MARK: New cells

  /// Makes the cell of an event that is the first to matter to it, if that takes no more than to write a few bytes.
  ///
  /// - Parameters:
  ///   - index: Which of `insertions`.
  ///   - cursor: The first entry that comes after the cell's.
  ///   - start: Where the cell would begin.
  /// - Returns: Whether it was made; if not, nothing has changed.
  @inline(__always)
  static func makeByShortcut(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: inout MutableValue, _ cursor: Cursor, _ start: Int,
    now: Timestamp
  ) throws(StoreError) -> Bool {
    let shortcut = spec.shortcut
    let count = Int(row.load(at: 2, as: UInt16.self))
    guard shortcut != .none, address.time <= spec.bounds(at: now).through, count < countMax else {
      return false
    }
    var size = CellLayout.headerBytes
    switch shortcut {
    case .none, .total: break
    case .window: size += CellLayout.cursorBytes + CellLayout.countEntryBytes
    case .sum, .windowSum:
      guard insertions[index].form == .decimal else { return false }
      size += CellLayout.sumTotalBytes
      if shortcut == .windowSum { size += CellLayout.cursorBytes + CellLayout.sumEntryBytes }
    case .first, .last:
      let valueByteCount = Int(insertions[index].valueByteCount)
      guard valueByteCount >= 0 else { return false }
      size += CellLayout.cursorBytes + CellLayout.selectionOverheadBytes + valueByteCount
      guard size <= shortBytesMax else { return false }
    }
    let place = headerBytes + cursor.entry * entryBytes
    row.insertGaps((entryBytes, place), (size, start))
    row.store(insertions[index].slot | UInt32(truncatingIfNeeded: size) << 16, at: place)
    row.store(UInt16(truncatingIfNeeded: count + 1), at: 2)
    fill(insertions, index, spec, at: address, &row, start + entryBytes, size)
    return true
  }

  /// Writes a cell of one event.
  @inline(__always)
  private static func fill(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: inout MutableValue, _ cell: Int, _ size: Int
  ) {
    let shortcut = spec.shortcut
    let isSum = shortcut == .sum || shortcut == .windowSum
    let hasTimeline = shortcut != .total && shortcut != .sum
    let isSelection = shortcut == .first || shortcut == .last
    row.store(head(spec.kind, hasTimeline: hasTimeline, totalCount: isSum ? 1 : 0), at: cell)
    row.store(UInt64(isSelection ? 0 : 1), at: cell + 8)
    var place = cell + CellLayout.headerBytes
    if hasTimeline {
      let entries = place + CellLayout.cursorBytes + (isSum ? CellLayout.sumTotalBytes : 0)
      row.store(UInt64(size - (entries - cell)) << 32, at: place)
      place += CellLayout.cursorBytes
    }
    if isSum, case .decimal(let amount, let currency) = insertions[index].amount {
      row.store(currency.packed, at: place)
      row.store(UInt64(1), at: place + 4)
      store(WideSum(amount), at: place, &row)
      if hasTimeline {
        storeEntry(address.time, amount, currency, at: place + CellLayout.sumTotalBytes, &row)
      }
    } else if isSelection {
      let byteCount = size - (place - cell)
      row.store(UInt32(truncatingIfNeeded: byteCount), at: place)
      row.store(address.time.milliseconds, at: place + 4)
      row.store(address.sequence.value, at: place + 12)
      insertions[index].storeValue(in: &row, at: place + 20)
      row.store(UInt32(truncatingIfNeeded: byteCount), at: place + byteCount - 4)
    } else if hasTimeline {
      row.store(address.time.milliseconds, at: place)
    }
  }
}
