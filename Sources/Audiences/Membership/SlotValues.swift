// The values of one profile that its audiences ask for, read in one pass over its homes: audiences share
// aggregates, and a lookup costs more than anything that is done with what it finds.

import Bytes
import Profiles
import Storage

/// The values of some slots for one profile at one instant; reused from profile to profile.
///
/// Not `Sendable`, and read by those only who do not fill it meanwhile, so that the language need not
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
  /// - Complexity: one lookup per home.
  func read<State: ProfileState>(
    of homes: [IdentifierOrdinal], in account: ProfileOrdinal? = nil, from state: State,
    plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) {
    guard !wanted.isEmpty else { return }
    if !isSorted { wanted.sort() }
    isSorted = true
    defer { wanted.removeAll(keepingCapacity: true) }
    try visit(wanted, of: homes, in: account, from: state, plan, now: now, mayBeBrief: true)
    if !whole.isEmpty {
      defer { whole.removeAll(keepingCapacity: true) }
      for slot in whole {
        values[Int(slot)] = AggregateValue()
        entries[Int(slot)].change = .max
        entries[Int(slot)].isBrief = false
      }
      whole.sort()
      try visit(whole, of: homes, in: account, from: state, plan, now: now, mayBeBrief: false)
    }
    for slot in wanted where !entries[Int(slot)].isCount && !entries[Int(slot)].isBrief {
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
      let owner = account.map { CellOwner(home, in: $0) } ?? CellOwner(home)
      try state.visitCells(of: owner, among: slots) { (slot, cell) throws(StoreError) in
        guard let spec = specs[Int(slot)] else { return }
        do throws(DecodeError) {
          try take(cell, spec, Int(slot), now: now, mayBeBrief: mayBeBrief)
        } catch {
          throw StoreError.derivedMismatch("cells", "fold state does not decode")
        }
      }
    }
  }

  private func take(
    _ cell: RawSpan, _ spec: CellSpec, _ slot: Int, now: Timestamp, mayBeBrief: Bool
  ) throws(DecodeError) {
    if entries[slot].isCount { return try entries[slot].count.add(cell, spec, now: now) }
    if mayBeBrief, spec.mayBeBrief, cell.byteCount > 0 {
      // What several cells come to together, none of them says by itself.
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
    values[slot].combine(value, as: spec)
    if let change { entries[slot].change = min(entries[slot].change, change.milliseconds) }
  }

  /// The value of a slot.
  func value(ofSlot slot: Int, _ plan: EvaluationPlan) -> AggregateValue {
    guard entries[slot].isCount else { return values[slot] }
    return AggregateValue(plan.specs[slot]?.function ?? .count, count: entries[slot].count.count)
  }

  /// The number of events, of a slot that is no more than that.
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
