// Many windows over the same events: each of their cells grows at its end, and one after the other they would each move
// all cells after it.

import Bytes
import Storage

/// A window that an event comes to stand at the end of, together with others.
private struct WindowGrowth {
  /// Which of the insertions.
  let index: Int
  /// Which entry of the row's directory the cell has.
  let entry: Int
  /// Where in the row the cell is.
  let cell: Range<Int>
  let step: HomeCells.WindowStep
}

extension HomeCells {
  /// From how many insertions into a row of how many bytes on it is worth a look whether several windows grow.
  static let windowsMin = 16
  static let windowsBytesMin = 2048

  /// As `insert`, where many aggregates are concerned: windows that only grow are dealt with together first.
  @inline(never)
  static func insertMany(
    _ insertions: borrowing Span<CellInsertion>, _ specs: borrowing Span<CellSpec?>,
    at address: EventAddress,
    _ row: inout MutableValue, now: Timestamp, begun: inout ReusableArray<UInt32>,
    _ deferred: inout DeferredCells
  ) throws(StoreError) {
    let isDone = try insertIntoWindows(insertions, specs, at: address, &row, now: now)
    var cursor = Cursor()
    for index in insertions.indices where !isDone[index] {
      try insert(
        insertions, index, specs, at: address, &row, now: now, after: &cursor, begun: &begun,
        &deferred)
    }
  }

  /// Puts an event at the end of all windows that only grow by it, and moves each byte of the row once.
  ///
  /// The cells become what they would have become one after the other.
  ///
  /// - Returns: For each insertion whether it needs nothing more.
  /// - Complexity: O(bytes of the row).
  private static func insertIntoWindows(
    _ insertions: borrowing Span<CellInsertion>, _ specs: borrowing Span<CellSpec?>,
    at address: EventAddress,
    _ row: inout MutableValue, now: Timestamp
  ) throws(StoreError) -> [Bool] {
    var isDone = [Bool](repeating: false, count: insertions.count)
    let growing = try growingWindows(insertions, specs, at: address, row, now: now)
    var added = growing.reduce(0) { $0 + $1.step.size }
    var end = row.count
    row.resize(to: end + added)
    // From the last on, so that nothing is written over before it has moved.
    for growth in growing.reversed() {
      let (cell, size) = (growth.cell, growth.step.size)
      row.copy(cell.upperBound..<end, to: cell.upperBound + added)
      end = cell.upperBound
      added -= size
      // Where the entry belongs once what lies before it has moved.
      storeEntry(growth.step, at: address, cell.upperBound + added, &row)
    }
    for growth in growing {
      let (cell, step) = (growth.cell, growth.step)
      let moved = (cell.lowerBound + added)..<(cell.upperBound + added)
      let movedStep = WindowStep(
        size: step.size, total: step.total + added, entries: step.entries + added,
        first: step.first, start: step.start, end: step.end, amount: step.amount,
        currency: step.currency)
      count(movedStep, &row, moved)
      setCursors(start: step.start, end: step.end + step.size, &row, ofCellAt: moved.lowerBound)
      var cursor = Cursor()
      cursor.entry = growth.entry
      setByteCount(cell.count + step.size, of: cursor, &row)
      added += step.size
      isDone[growth.index] = true
    }
    return isDone
  }

  /// The windows that grow by an entry, in the order of their cells.
  private static func growingWindows(
    _ insertions: borrowing Span<CellInsertion>, _ specs: borrowing Span<CellSpec?>,
    at address: EventAddress,
    _ row: borrowing MutableValue, now: Timestamp
  ) throws(StoreError) -> [WindowGrowth] {
    var growing: [WindowGrowth] = []
    growing.reserveCapacity(insertions.count)
    var cursor = Cursor()
    for index in insertions.indices {
      let slot = insertions[index].slot
      guard slot <= slotMax, let spec = specs[Int(slot)],
        spec.shortcut == .window || spec.shortcut == .windowSum,
        !spec.ignores(insertions[index].form, at: address.time, now: now)
      else { continue }
      let place = try find(slot, after: &cursor, in: row)
      let cell = place.start..<place.end
      guard place.isFound, cell.count >= CellLayout.headerBytes, cell.count <= shortBytesMax,
        let step = windowStep(insertions, index, spec, at: address, row, cell, now: now),
        !step.moves
      else { continue }
      growing.append(WindowGrowth(index: index, entry: cursor.entry, cell: cell, step: step))
    }
    return growing
  }
}
