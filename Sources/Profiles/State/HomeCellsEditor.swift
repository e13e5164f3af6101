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
  /// How many bytes it takes in a cell, if it is a value; known, as asking it would copy it.
  let valueByteCount: Int32

  /// Names a change.
  public init(slot: UInt32, amount: CellAmount) {
    self.slot = slot
    self.amount = amount
    form = amount.form
    valueByteCount =
      switch amount {
      case .value(let value): Int32(clamping: value.encodedByteCount)
      case .text(let text): Int32(text.count + FieldValue.tagByteCount)
      default: -1
      }
  }

  /// Names a change by an event that brings nothing but itself.
  @inline(__always)
  public init(counting slot: UInt32) {
    self.slot = slot
    amount = .none
    form = .none
    valueByteCount = -1
  }

  /// Names a change by the presence of an event, of `first_at` and the like.
  @inline(__always)
  public init(presenceFor slot: UInt32) {
    self.slot = slot
    amount = .value(.bool(true))
    form = .value
    valueByteCount = Int32(FieldValue.tagByteCount)
  }

  /// Names a change by a text.
  @inline(__always)
  public init(slot: UInt32, text: RawSpan) {
    self.slot = slot
    amount = CellAmount(text: text)
    form = .value
    valueByteCount = Int32(clamping: text.byteCount + FieldValue.tagByteCount)
  }

  /// Writes the value that it brings as `FieldValue.encode` does.
  func storeValue<Value: CellBytes & ~Copyable>(in bytes: inout Value, at offset: Int) {
    switch amount {
    case .value(let value): value.store(in: &bytes, at: offset)
    case .text(let text): FieldValue.store(text, in: &bytes, at: offset)
    default: preconditionFailure("no value is brought")
    }
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
    at address: EventAddress, now: Timestamp, begun: inout ReusableArray<UInt32>
  ) throws(StoreError) {
    let all = insertions.span
    let known = specs.span
    var first = 0
    while first < all.count {
      // A part of the element, for all of it would be copied.
      let form = all[first].form
      if let spec = HomeCells.spec(all[first].slot, known),
        !spec.with({ $0.ignores(form, at: address.time, now: now) })
      {
        break
      }
      first += 1
    }
    guard first < all.count else { return }
    let mattering = all.extracting(first..<all.count)
    var deferred = DeferredCells()
    if owner.account == nil {
      var row = try homeCells.edit(owner.home.value)
      try HomeCells.insert(
        mattering, known, at: address, &row, now: now, begun: &begun, &deferred)
    } else {
      try cells.mutate(TableKey(cellsOf: owner)) { (row) throws(StoreError) in
        let mattering = insertions.span.extracting(first..<insertions.count)
        try HomeCells.insert(
          mattering, specs.span, at: address, &row, now: now, begun: &begun, &deferred)
      }
    }
    for index in deferred.inOwnRow ?? [] {
      let insertion = mattering[index]
      let slot = insertion.slot
      guard let spec = specs[Int(slot)] else { continue }
      let event = CellEvent(address, insertion)
      try cells.mutate(TableKey(cellOf: owner, slot: slot)) { (cell) throws(StoreError) in
        if try Cell.insert(&cell, spec, event, now: now) { begun.append(slot) }
      }
    }
    for (slot, cell) in deferred.grown ?? [] {
      cells.put(TableKey(cellOf: owner, slot: slot), cell.span.bytes)
    }
  }
}

/// What an event has left to do once it is in the row of its home; mostly nothing, and then no lists.
struct DeferredCells {
  /// Places of insertions whose cells stand in rows of their own, and have not changed.
  var inOwnRow: [Int]?
  /// The slots and bytes of cells that have become too large for the row, which has them no longer.
  var grown: [(slot: UInt32, cell: [UInt8])]?
}

extension HomeCells {
  /// Puts an event into the cells of a row.
  ///
  /// - Parameter insertions: The first of them matters.
  static func insert(
    _ insertions: borrowing Span<CellInsertion>, _ specs: borrowing Span<CellSpec?>,
    at address: EventAddress, _ row: inout MutableValue, now: Timestamp,
    begun: inout ReusableArray<UInt32>, _ deferred: inout DeferredCells
  ) throws(StoreError) {
    var cursor = Cursor()
    if row.count > 0 {
      _ = try HomeCells(checking: row.bytes)
    } else {
      row.reserve(headerBytes + insertions.count * newCellBytes)
      row.insertZeros(headerBytes, at: 0)
      row.store(format, at: 0)
    }
    if insertions.count >= windowsMin, row.count >= windowsBytesMin {
      return try insertMany(
        insertions, specs, at: address, &row, now: now, begun: &begun, &deferred)
    }
    for index in insertions.indices {
      try insert(
        insertions, index, specs, at: address, &row, now: now, after: &cursor, begun: &begun,
        &deferred)
    }
  }

  /// Puts an event into one of the cells.
  ///
  /// - Parameter cursor: An entry that does not come after the cell's; then that, or the first that does not come
  ///   before.
  @inline(__always)
  static func insert(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ specs: borrowing Span<CellSpec?>,
    at address: EventAddress, _ row: inout MutableValue, now: Timestamp,
    after cursor: inout Cursor, begun: inout ReusableArray<UInt32>, _ deferred: inout DeferredCells
  ) throws(StoreError) {
    guard let spec = spec(insertions[index].slot, specs) else { return }
    try spec.with { (spec) throws(StoreError) in
      try insert(
        insertions, index, spec, at: address, &row, now: now, after: &cursor, begun: &begun,
        &deferred)
    }
  }

  /// The aggregate of a slot, which the array keeps.
  @inline(__always)
  static func spec(_ slot: UInt32, _ specs: borrowing Span<CellSpec?>) -> Uncounted<CellSpec>? {
    specs[Int(slot)].map { Uncounted($0) }
  }

  @inline(__always)
  private static func insert(
    _ insertions: borrowing Span<CellInsertion>, _ index: Int, _ spec: CellSpec,
    at address: EventAddress, _ row: inout MutableValue, now: Timestamp,
    after cursor: inout Cursor, begun: inout ReusableArray<UInt32>, _ deferred: inout DeferredCells
  ) throws(StoreError) {
    let slot = insertions[index].slot
    if index > 0, spec.ignores(insertions[index].form, at: address.time, now: now) { return }
    guard slot <= slotMax else { return deferred.inOwnRow = (deferred.inOwnRow ?? []) + [index] }
    let place = try find(slot, after: &cursor, in: row)
    if place.isFound {
      if let change = insertByShortcut(
        insertions, index, spec, at: address, &row, place.start..<place.end, now: now)
      {
        if change.grown != 0 {
          setByteCount(place.end &- place.start &+ change.grown, of: cursor, &row)
        }
        if change.begins { begun.append(slot) }
        return
      }
    } else if try makeByShortcut(
      insertions, index, spec, at: address, &row, cursor, place.start, now: now)
    {
      if spec.kind == .first || spec.kind == .last { begun.append(slot) }
      return
    }
    let event = CellEvent(address, insertions[index])
    switch try insert(event, spec, slot: slot, &row, now: now, after: &cursor, begun: &begun) {
    case .done: break
    case .isInOwnRow: deferred.inOwnRow = (deferred.inOwnRow ?? []) + [index]
    case .hasGrown(let cell): deferred.grown = (deferred.grown ?? []) + [(slot, cell)]
    }
  }

  /// What room there is made for at first for each cell of a home.
  private static let newCellBytes = entryBytes + 56

  /// Where in the row the cell of `slot` is, or would be; one that stands in a row of its own takes no place.
  ///
  /// - Parameter cursor: An entry that does not come after the one of `slot`; then the first that does not come before.
  @inline(__always)
  static func find(
    _ slot: UInt32, after cursor: inout Cursor, in row: borrowing MutableValue
  ) throws(StoreError) -> (start: Int, end: Int, isFound: Bool) {
    let count = Int(row.load(at: 2, as: UInt16.self))
    var (entry, offset, size, isFound) = (cursor.entry, cursor.start, 0, false)
    while entry < count {
      let word = row.load(at: headerBytes + entry * entryBytes, as: UInt32.self)
      if word & 0xFFFF >= slot {
        isFound = word & 0xFFFF == slot
        size = isFound ? byteCount(word) : 0
        break
      }
      offset &+= byteCount(word)
      entry &+= 1
    }
    (cursor.entry, cursor.start) = (entry, offset)
    let start = headerBytes &+ count &* entryBytes &+ offset
    guard start + size <= row.count else { throw damaged }
    return (start, start + size, isFound)
  }

  /// What became of an event.
  enum Outcome {
    case done
    /// The cell stands in a row of its own, and has not changed.
    case isInOwnRow
    /// The cell, which has become too large for the row and was taken out.
    case hasGrown([UInt8])
  }

  /// Above this many bytes, a cell moves to a row of its own.
  static let cellBytesMax = 2048

  /// Puts an event into a cell of the row, which is made if there is none.
  ///
  /// - Parameters:
  ///   - cursor: An entry that does not come after the one of `slot`; then that.
  ///   - begun: Takes the slot if the cell had no value before.
  static func insert(
    _ event: CellEvent, _ spec: CellSpec, slot: UInt32, _ row: inout MutableValue, now: Timestamp,
    after cursor: inout Cursor, begun: inout ReusableArray<UInt32>
  ) throws(StoreError) -> Outcome {
    let (range, isInOwnRow) = try place(of: slot, after: &cursor, &row)
    if isInOwnRow { return .isInOwnRow }
    var cell = HomeCell(row: row, start: range.lowerBound, count: range.count)
    let result: Result<Bool, StoreError>
    do throws(StoreError) {
      result = .success(try Cell.insert(&cell, spec, event, now: now))
    } catch {
      result = .failure(error)
    }
    let count = cell.count
    row = cell.row
    if try result.get() { begun.append(slot) }
    guard count > cellBytesMax else {
      setByteCount(count, of: cursor, &row)
      return .done
    }
    let grown = range.lowerBound..<(range.lowerBound + count)
    let bytes = row.bytes.extracting(grown).toArray()
    row.removeSubrange(grown)
    setByteCount(Int(ownRow), of: cursor, &row)
    return .hasGrown(bytes)
  }

  /// The place of the cell of `slot`, made with an empty cell if there is none.
  private static func place(
    of slot: UInt32, after cursor: inout Cursor, _ row: inout MutableValue
  ) throws(StoreError) -> (range: Range<Int>, isInOwnRow: Bool) {
    if row.count == 0 {
      row.insertZeros(headerBytes, at: 0)
      row.store(format, at: 0)
    }
    let (range, isFound, isInOwnRow) = try search(slot, after: &cursor, in: row.bytes)
    if isFound { return (range, isInOwnRow) }
    let count = Int(row.load(at: 2, as: UInt16.self))
    guard count < countMax else { throw tooMany }
    let offset = headerBytes + cursor.entry * entryBytes
    row.insertZeros(entryBytes, at: offset)
    row.store(slot, at: offset)
    row.store(UInt16(truncatingIfNeeded: count + 1), at: 2)
    let start = range.lowerBound + entryBytes
    return (start..<start, false)
  }

  static var tooMany: StoreError {
    StoreError(
      .tooLarge, "a store holds at most \(countMax) aggregates in use; remove some definitions")
  }

  /// The place of the cell of `slot`, or where it would begin.
  @inline(__always)
  private static func search(
    _ slot: UInt32, after cursor: inout Cursor, in bytes: RawSpan
  ) throws(StoreError) -> (range: Range<Int>, isFound: Bool, isInOwnRow: Bool) {
    let view = try HomeCells(checking: bytes)
    if view.seek(slot, &cursor) {
      return (try view.range(at: cursor), true, view.isInOwnRow(at: cursor))
    }
    let start = try view.start(at: cursor)
    return (start..<start, false, false)
  }

  @inline(__always)
  static func setByteCount(_ byteCount: Int, of cursor: Cursor, _ row: inout MutableValue) {
    row.store(
      UInt16(truncatingIfNeeded: byteCount), at: headerBytes + cursor.entry * entryBytes + 2)
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
