// Changing cells inside the row of their home. A cell sees only its own bytes; what grows or shrinks
// moves those after it.

import Bytes
import Storage

/// What one event brings to one cell.
public struct CellInsertion: Sendable {
  /// The slot of the aggregate.
  public var slot: UInt32
  /// What the event brings.
  public let amount: CellAmount
  /// The kind of that.
  let form: CellAmount.Form

  /// Names a change.
  public init(slot: UInt32, amount: CellAmount) {
    self.slot = slot
    self.amount = amount
    form = amount.form
  }
}

extension CellInsertion {
  /// Whether it changes anything from `now` on.
  fileprivate func matters(_ specs: [CellSpec?], at time: Timestamp, now: Timestamp) -> Bool {
    guard let spec = specs[Int(slot)] else { return false }
    return !spec.ignores(form, at: time, now: now)
  }
}

extension ProfileTables {
  /// Puts one event into the cells of its home; what can change nothing any more is skipped.
  ///
  /// - Parameters:
  ///   - insertions: One for each aggregate that it matters to.
  ///   - specs: By slot.
  ///   - address: The event.
  ///   - now: At or after every earlier one.
  ///   - begun: Takes the slots of cells for `first` and `last` that had no value at `now` before.
  /// - Complexity: one lookup, and O(bytes of the row) for each cell that grows.
  public func insert(
    _ insertions: ArraySlice<CellInsertion>, specs: [CellSpec?], of owner: CellOwner,
    at address: EventAddress, now: Timestamp, begun: inout [UInt32]
  ) throws(StoreError) {
    var first = insertions.startIndex
    while first < insertions.endIndex,
      !insertions[first].matters(specs, at: address.time, now: now)
    {
      first += 1
    }
    guard first < insertions.endIndex else { return }
    let mattering = insertions[first...]
    var deferred = DeferredCells()
    if owner.account == nil {
      var row = try homeCells.edit(owner.home.value)
      try HomeCells.insert(
        mattering.span, specs, at: address, &row, now: now, begun: &begun, &deferred)
    } else {
      try cells.mutate(TableKey(cellsOf: owner)) { (row) throws(StoreError) in
        try HomeCells.insert(
          mattering.span, specs, at: address, &row, now: now, begun: &begun,
          &deferred)
      }
    }
    for index in deferred.inOwnRow {
      let insertion = insertions[first + index]
      let slot = insertion.slot
      guard let spec = specs[Int(slot)] else { continue }
      let event = CellEvent(address, insertion)
      try cells.mutate(TableKey(cellOf: owner, slot: slot)) { (cell) throws(StoreError) in
        if try Cell.insert(&cell, spec, event, now: now) { begun.append(slot) }
      }
    }
    for slot in deferred.grown { try moveToOwnRow(slot, of: owner) }
  }

  private func moveToOwnRow(_ slot: UInt32, of owner: CellOwner) throws(StoreError) {
    let cell = try takeOut(slot, of: owner)
    cells.put(TableKey(cellOf: owner, slot: slot), cell.span.bytes)
  }

  private func takeOut(_ slot: UInt32, of owner: CellOwner) throws(StoreError) -> [UInt8] {
    guard owner.account == nil else {
      return try cells.mutate(TableKey(cellsOf: owner)) { (row) throws(StoreError) in
        try HomeCells.takeOut(slot, &row)
      }
    }
    var row = try homeCells.edit(owner.home.value)
    return try HomeCells.takeOut(slot, &row)
  }
}

/// What an event has left to do once it is in the row of its home.
struct DeferredCells {
  /// Places of insertions whose cells stand in rows of their own, and have not changed.
  var inOwnRow: [Int] = []
  /// The slots of cells that have become too large for the row.
  var grown: [UInt32] = []
}

extension HomeCells {
  /// Puts an event into the cells of a row.
  ///
  /// - Parameter insertions: The first of them matters.
  static func insert(
    _ insertions: borrowing Span<CellInsertion>, _ specs: [CellSpec?], at address: EventAddress,
    _ row: inout MutableValue, now: Timestamp, begun: inout [UInt32],
    _ deferred: inout DeferredCells
  ) throws(StoreError) {
    var entry = 0
    if row.count > 0 {
      _ = try HomeCells(checking: row.bytes)
    } else {
      row.reserve(headerBytes + insertions.count * newCellBytes)
      row.insertZeros(headerBytes, at: 0)
      row.store(format, at: 0)
    }
    for index in insertions.indices {
      let slot = insertions[index].slot
      guard let spec = specs[Int(slot)] else { continue }
      if index > 0, spec.ignores(insertions[index].form, at: address.time, now: now) {
        continue
      }
      let place = try find(slot, after: &entry, in: row)
      if place.isFound {
        if let change = insertByShortcut(
          insertions, index, spec, at: address, &row, place.start..<place.end, now: now)
        {
          shiftEnds(from: entry, by: change.grown, &row)
          if change.begins { begun.append(slot) }
          continue
        }
      } else if try makeByShortcut(
        insertions, index, spec, at: address, &row, entry, place.start, now: now)
      {
        if spec.kind == .first || spec.kind == .last { begun.append(slot) }
        continue
      }
      let event = CellEvent(address, insertions[index])
      switch try insert(event, spec, slot: slot, &row, now: now, after: &entry, begun: &begun) {
      case .done: break
      case .isInOwnRow: deferred.inOwnRow.append(index)
      case .hasGrown: deferred.grown.append(slot)
      }
    }
  }

  /// What room there is made for at first for each cell of a home.
  private static let newCellBytes = entryBytes + 40

  /// Where in the row the cell of `slot` is, or would be; one that stands in a row of its own takes no place.
  ///
  /// - Parameter entry: An entry that does not come after the one of `slot`; then the first that does not come before.
  @inline(__always)
  private static func find(
    _ slot: UInt32, after entry: inout Int, in row: borrowing MutableValue
  ) throws(StoreError) -> (start: Int, end: Int, isFound: Bool) {
    let count = Int(row.load(at: 2, as: UInt16.self))
    var found: UInt32 = 0
    while entry < count {
      found = row.load(at: headerBytes + entry * entryBytes, as: UInt32.self)
      if found & ~ownRowFlag >= slot { break }
      entry += 1
    }
    let place = headerBytes + entry * entryBytes
    let base = headerBytes + count * entryBytes
    let start = entry == 0 ? base : base + Int(row.load(at: place - 4, as: UInt32.self))
    let isFound = entry < count && found & ~ownRowFlag == slot
    let end = isFound ? base + Int(row.load(at: place + 4, as: UInt32.self)) : start
    guard start <= end, end <= row.count else { throw damaged }
    return (start, end, isFound)
  }

  /// What became of an event.
  enum Outcome {
    case done
    /// The cell stands in a row of its own, and has not changed.
    case isInOwnRow
    /// The cell has become too large for the row.
    case hasGrown
  }

  /// Above this many bytes, a cell moves to a row of its own.
  static let cellBytesMax = 2048

  /// Puts an event into a cell of the row, which is made if there is none.
  ///
  /// - Parameters:
  ///   - entry: An entry that does not come after the one of `slot`; then that.
  ///   - begun: Takes the slot if the cell had no value before.
  static func insert(
    _ event: CellEvent, _ spec: CellSpec, slot: UInt32, _ row: inout MutableValue, now: Timestamp,
    after entry: inout Int, begun: inout [UInt32]
  ) throws(StoreError) -> Outcome {
    let place = try place(of: slot, after: entry, &row)
    entry = place.index
    if place.isInOwnRow { return .isInOwnRow }
    var cell = HomeCell(row: row, start: place.range.lowerBound, count: place.range.count)
    let result: Result<Bool, StoreError>
    do throws(StoreError) {
      result = .success(try Cell.insert(&cell, spec, event, now: now))
    } catch {
      result = .failure(error)
    }
    let count = cell.count
    row = cell.row
    if try result.get() { begun.append(slot) }
    shiftEnds(from: place.index, by: count - place.range.count, &row)
    return count > cellBytesMax ? .hasGrown : .done
  }

  /// Takes a cell's bytes out of the row, which then says that they stand elsewhere.
  static func takeOut(_ slot: UInt32, _ row: inout MutableValue) throws(StoreError) -> [UInt8] {
    let place = try place(of: slot, after: 0, &row)
    let cell = row.bytes.extracting(place.range).toArray()
    row.removeSubrange(place.range)
    row.store(slot | ownRowFlag, at: headerBytes + place.index * entryBytes)
    shiftEnds(from: place.index, by: -place.range.count, &row)
    return cell
  }

  /// Where a cell is in its row.
  private struct Place {
    var index: Int
    var range: Range<Int>
    var isInOwnRow = false
  }

  /// The place of the cell of `slot`, made with an empty cell if there is none.
  private static func place(
    of slot: UInt32, after entry: Int, _ row: inout MutableValue
  ) throws(StoreError) -> Place {
    if row.count == 0 {
      row.insertZeros(headerBytes, at: 0)
      row.store(format, at: 0)
    }
    let (place, isFound, count) = try search(slot, after: entry, in: row.bytes)
    if isFound { return place }
    guard count < countMax else {
      throw StoreError(
        .tooLarge, "a store holds at most \(countMax) aggregates in use; remove some definitions")
    }
    let offset = headerBytes + place.index * entryBytes
    let end = place.range.lowerBound - headerBytes - count * entryBytes
    row.insertZeros(entryBytes, at: offset)
    row.store(slot, at: offset)
    row.store(UInt32(truncatingIfNeeded: end), at: offset + 4)
    row.store(UInt16(truncatingIfNeeded: count + 1), at: 2)
    let start = place.range.lowerBound + entryBytes
    return Place(index: place.index, range: start..<start)
  }

  /// The place of the cell of `slot`, or where it would begin, and the number of cells.
  @inline(__always)
  private static func search(
    _ slot: UInt32, after entry: Int, in bytes: RawSpan
  ) throws(StoreError) -> (place: Place, isFound: Bool, count: Int) {
    let view = try HomeCells(checking: bytes)
    let index = view.index(of: slot, after: entry)
    if index < view.count, view.slot(at: index) == slot {
      let place = Place(
        index: index, range: try view.range(at: index), isInOwnRow: view.isInOwnRow(at: index))
      return (place, true, view.count)
    }
    let start = try view.start(at: index)
    return (Place(index: index, range: start..<start), false, view.count)
  }

  static func shiftEnds(from index: Int, by delta: Int, _ row: inout MutableValue) {
    guard delta != 0 else { return }
    for index in index..<Int(row.load(at: 2, as: UInt16.self)) {
      let offset = headerBytes + index * entryBytes + 4
      let end = Int(row.load(at: offset, as: UInt32.self)) + delta
      row.store(UInt32(truncatingIfNeeded: end), at: offset)
    }
  }
}

/// One cell inside the row of its home, while it is being changed.
///
/// Holds the whole row; its creator takes `row` back.
struct HomeCell: ~Copyable, CellBytes {
  var row: MutableValue
  let start: Int
  private(set) var count: Int

  init(row: consuming MutableValue, start: Int, count: Int) {
    self.row = row
    self.start = start
    self.count = count
  }

  var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { row.bytes.extracting(start..<(start + count)) }
  }

  mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(
      offset >= 0 && offset + MemoryLayout<T>.size <= count, "store outside the cell")
    row.store(value, at: start + offset)
  }

  mutating func insert(_ span: RawSpan, at offset: Int) {
    precondition(offset >= 0 && offset <= count, "insertion outside the cell")
    row.insert(span, at: start + offset)
    count += span.byteCount
  }

  mutating func insertZeros(_ added: Int, at offset: Int) {
    precondition(offset >= 0 && offset <= count, "insertion outside the cell")
    row.insertZeros(added, at: start + offset)
    count += added
  }

  mutating func replace(at offset: Int, with span: RawSpan) {
    precondition(
      offset >= 0 && span.byteCount <= count && offset <= count - span.byteCount,
      "replacement outside the cell")
    row.replace(at: start + offset, with: span)
  }

  mutating func copy(_ range: Range<Int>, to offset: Int) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count && offset >= 0
        && offset <= count - range.count, "copy outside the cell")
    row.copy((start + range.lowerBound)..<(start + range.upperBound), to: start + offset)
  }

  mutating func removeSubrange(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "removal outside the cell")
    row.removeSubrange((start + range.lowerBound)..<(start + range.upperBound))
    count -= range.count
  }

  mutating func removeAll() { removeSubrange(0..<count) }
}
