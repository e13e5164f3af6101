// The values of one profile that its audiences need, read in one pass over its homes: audiences share
// aggregates, and a lookup costs more than anything that is done with what it finds.

import Bytes
import Profiles
import Storage

/// The values of some slots for one profile at one instant; reused from profile to profile.
///
/// Not `Sendable`, and only read by code that does not fill it meanwhile, so that the language need not
/// check that once for each slot.
final class SlotValues {
  /// What is known of a slot.
  private struct Entry: BitwiseCopyable {
    /// The load that it was last read for.
    var load: UInt64 = 0
    /// Whether the value is `count` and nothing else; others are in `values`.
    var isCount = false
    var count = EventCount()
    /// Of others: whether a cell has been read.
    var hasCell = false
    /// Of others: whether that has given the answer itself.
    var isBrief = false
    /// Of others, in milliseconds: the first instant at which the value can differ by itself.
    var change = Int64.max

    mutating func begin(_ load: UInt64, isCount: Bool) {
      self.load = load
      self.isCount = isCount
      hasCell = false
      isBrief = false
      count.reset()
      change = .max
    }
  }

  /// By slot; only those of the present load mean anything.
  @exclusivity(unchecked) private var entries = ReusableArray<Entry>()
  /// By slot; of counts unused.
  @exclusivity(unchecked) private var values: [AggregateValue] = []
  @exclusivity(unchecked) private var load: UInt64 = 0
  /// The slots that are to be read.
  @exclusivity(unchecked) private var wanted: [UInt32] = []
  /// Those for which the cells of several homes have to be read in whole.
  @exclusivity(unchecked) private var whole: [UInt32] = []
  /// Those whose cells of the home in hand stand in rows of their own.
  @exclusivity(unchecked) private var large: [UInt32] = []
  /// Whether they are ascending.
  @exclusivity(unchecked) private var isSorted = true

  /// Starts again, with nothing read.
  func begin(_ plan: EvaluationPlan) {
    load += 1
    let missing = plan.aggregates.count - entries.count
    guard missing > 0 else { return }
    for _ in 0..<missing { entries.append(Entry()) }
    values += repeatElement(AggregateValue(), count: missing)
  }

  /// Lists the slots of a program that are over events of one scope and have not been read yet, to be
  /// read next.
  func want(_ program: BoundProgram, _ scope: OperandScope, _ plan: EvaluationPlan) {
    for slot in program.slots where plan.scopes[slot] == scope { want(slot: slot, plan) }
  }

  /// Lists a slot, if it has not been read yet, to be read next.
  func want(slot: Int, _ plan: EvaluationPlan) {
    guard entries[slot].load != load else { return }
    let isCount = plan.specs[slot]?.isPlainCount ?? true
    entries[slot].begin(load, isCount: isCount)
    if !isCount { values[slot] = AggregateValue() }
    if let last = wanted.last, last > UInt32(slot) { isSorted = false }
    wanted.append(UInt32(slot))
  }

  /// Reads the slots that are wanted.
  ///
  /// - Parameter account: The account that the events have to count for, with `.member`.
  /// - Complexity: one lookup per home; of a large profile, for what can be combined, O(log homes).
  func read<State: ProfileState>(
    of subject: borrowing ProfileSubject, in account: ProfileOrdinal? = nil, from state: State,
    plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) {
    guard !wanted.isEmpty else { return }
    if !isSorted { wanted.sort() }
    isSorted = true
    defer { wanted.removeAll(keepingCapacity: true) }
    guard let large = subject.large else {
      return try read(subject.homes, in: account, from: state, plan: plan, now: now)
    }
    var rest = 0
    for slot in wanted where try !take(slot, of: large, in: account, from: state, plan, now: now) {
      wanted[rest] = slot
      rest += 1
    }
    wanted.removeLast(wanted.count - rest)
    if !wanted.isEmpty { try read(large.allHomes, in: account, from: state, plan: plan, now: now) }
  }

  /// Takes in what a slot comes to over all homes of a large profile, if that is kept.
  private func take<State: ProfileState>(
    _ slot: UInt32, of large: LargeProfile, in account: ProfileOrdinal?, from state: State,
    _ plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) -> Bool {
    guard let spec = plan.specs[Int(slot)] else { return false }
    if entries[Int(slot)].isCount {
      guard let number = try large.number(slot, spec, in: account, from: state, now: now) else {
        return false
      }
      entries[Int(slot)].count = number
      return true
    }
    guard let (value, change) = try large.value(slot, spec, in: account, from: state, now: now)
    else { return false }
    values[Int(slot)] = value
    values[Int(slot)].finish(as: spec)
    entries[Int(slot)].change = change
    return true
  }

  private func read<State: ProfileState>(
    _ homes: [IdentifierOrdinal], in account: ProfileOrdinal?, from state: State,
    plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) {
    try visit(wanted, of: homes, in: account, from: state, plan, now: now, mayBeBrief: true)
    if !whole.isEmpty {
      defer { whole.removeAll(keepingCapacity: true) }
      for slot in whole {
        values[Int(slot)] = AggregateValue()
        entries[Int(slot)].change = .max
        entries[Int(slot)].hasCell = false
        entries[Int(slot)].isBrief = false
      }
      whole.sort()
      try visit(whole, of: homes, in: account, from: state, plan, now: now, mayBeBrief: false)
    }
    for index in wanted.indices {
      let slot = wanted[index]
      guard !entries[Int(slot)].isCount, !entries[Int(slot)].isBrief else { continue }
      if let spec = plan.specs[Int(slot)] { values[Int(slot)].finish(as: spec) }
    }
  }

  /// Takes in the cells of some slots.
  ///
  /// - Parameter mayBeBrief: Whether a cell may give its answer at once, as long as it is the only one of its slot.
  private func visit<State: ProfileState>(
    _ slots: [UInt32], of homes: [IdentifierOrdinal], in account: ProfileOrdinal?,
    from state: State, _ plan: EvaluationPlan, now: Timestamp, mayBeBrief: Bool
  ) throws(StoreError) {
    let specs = plan.specs
    for index in homes.indices {
      let home = homes[index]
      if !large.isEmpty { large.removeAll(keepingCapacity: true) }
      if let account {
        let owner = CellOwner(home, in: account)
        try state.visitCells(of: owner, among: slots) { (slot, cell) throws(StoreError) in
          try take(cell, specs[Int(slot)], Int(slot), now: now, mayBeBrief: mayBeBrief)
        }
        continue
      }
      // As `withRow`, but without a body, which would count references for each row.
      if let row = try state.homeCells.stored(home.value) {
        if let bytes = row.plain {
          try take(bytes, slots, specs, now: now, mayBeBrief: mayBeBrief)
        } else {
          let isRow: Void? = try row.withUnpacked { (bytes) throws(StoreError) in
            try take(bytes, slots, specs, now: now, mayBeBrief: mayBeBrief)
          }
          guard isRow != nil else { throw state.homeCells.damage(in: row) }
        }
      }
      // Those have no entries.
      if let last = slots.last, last > HomeCells.slotMax {
        for slot in slots where slot > HomeCells.slotMax { large.append(slot) }
      }
      guard !large.isEmpty else { continue }
      try state.visitLargeCells(of: CellOwner(home), large) { (slot, cell) throws(StoreError) in
        try take(cell, specs[Int(slot)], Int(slot), now: now, mayBeBrief: mayBeBrief)
      }
    }
  }

  /// Takes in those cells of a home that are asked for; `large` takes the slots of those that stand elsewhere.
  ///
  /// As `visitCells`, but without a body, which would count references for each cell.
  private func take(
    _ row: RawSpan, _ slots: [UInt32], _ specs: [CellSpec?], now: Timestamp, mayBeBrief: Bool
  ) throws(StoreError) {
    let cells = try HomeCells(checking: row)
    let slots = slots.span
    let specs = specs.span
    var cursor = HomeCells.Cursor()
    for place in slots.indices {
      let slot = slots[place]
      guard cells.seek(slot, &cursor) else { continue }
      if cells.isInOwnRow(at: cursor) {
        large.append(slot)
      } else {
        try take(
          try cells.cell(at: cursor), specs[Int(slot)], Int(slot), now: now,
          mayBeBrief: mayBeBrief)
      }
    }
  }

  /// Takes in a cell; those of retired slots say nothing.
  @inline(__always)
  private func take(
    _ cell: RawSpan, _ spec: CellSpec?, _ slot: Int, now: Timestamp, mayBeBrief: Bool
  ) throws(StoreError) {
    guard let spec else { return }
    do throws(DecodeError) {
      try take(cell, spec, slot, now: now, mayBeBrief: mayBeBrief)
    } catch {
      throw StoreError.derivedMismatch("cells", "fold state does not decode")
    }
  }

  private func take(
    _ cell: RawSpan, _ spec: CellSpec, _ slot: Int, now: Timestamp, mayBeBrief: Bool
  ) throws(DecodeError) {
    if entries[slot].isCount { return try entries[slot].count.add(cell, spec, now: now) }
    if mayBeBrief, spec.mayBeBrief, cell.byteCount > 0 {
      // The value over several cells, which a single cell does not determine.
      if entries[slot].hasCell {
        if whole.last != UInt32(slot), !whole.contains(UInt32(slot)) { whole.append(UInt32(slot)) }
        return
      }
      entries[slot].hasCell = true
      guard let (value, change) = try Cell.brief(cell, spec, now: now) else {
        whole.append(UInt32(slot))
        return
      }
      values[slot] = value
      entries[slot].isBrief = true
      entries[slot].change = change?.milliseconds ?? .max
      return
    }
    let (value, change) = try Cell.answer(cell, spec, now: now)
    if entries[slot].hasCell {
      values[slot].combine(value, as: spec)
    } else {
      // Most profiles have one home with such a cell.
      entries[slot].hasCell = true
      values[slot] = value
    }
    if let change { entries[slot].change = min(entries[slot].change, change.milliseconds) }
  }

  /// The value of a slot.
  func value(ofSlot slot: Int, _ plan: EvaluationPlan) -> AggregateValue {
    guard entries[slot].isCount else { return values[slot] }
    return AggregateValue(plan.specs[slot]?.function ?? .count, count: entries[slot].count.count)
  }

  /// The number of events, for a slot that is only a count.
  func plainCount(ofSlot slot: Int) -> UInt64? {
    entries[slot].isCount ? entries[slot].count.count : nil
  }

  /// The first instant, in milliseconds, at which the value of a slot can differ by itself.
  func change(ofSlot slot: Int) -> Int64 {
    entries[slot].isCount ? entries[slot].count.change : entries[slot].change
  }

  /// The first instant, in milliseconds, at which a count can come to be at least `least`, or no longer
  /// be so, by itself; at the latest when it next changes at all.
  func change(ofSlot slot: Int, reaching least: Int) -> Int64 {
    entries[slot].isCount ? entries[slot].count.change(reaching: least) : entries[slot].change
  }
}
