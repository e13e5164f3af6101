// The values of one profile that its audiences ask for, read in one pass over its homes: audiences share
// aggregates, and a look-up costs more than anything that is done with what it finds.

import Bytes
import Profiles
import Storage

/// The values of some slots for one profile at one instant; reused from profile to profile.
struct SlotValues {
  /// By slot; only those of the present load mean anything.
  private(set) var values: [AggregateValue] = []
  /// By slot, in milliseconds: the first instant at which the value can differ by itself.
  private(set) var changes: [Int64] = []
  /// By slot, in milliseconds, greatest first: when the newest events that it counts leave its window;
  /// nil where that does not say when the count falls.
  private var leaving: [[Int64]?] = []
  /// The load that each slot was last read for.
  private var loads: [UInt64] = []
  private var load: UInt64 = 0
  /// The slots that are being read, ascending.
  private var wanted: [UInt32] = []

  /// Starts again, with nothing read.
  mutating func begin() { load += 1 }

  /// Reads the slots of `programs` that are over events of one scope and have not been read yet.
  ///
  /// - Parameter account: The account that the events have to count for, with `.member`.
  /// - Complexity: one look-up a home.
  mutating func read<State: ProfileState>(
    _ scope: OperandScope, for programs: [BoundProgram], of homes: [IdentifierOrdinal],
    in account: ProfileOrdinal? = nil, from state: State, plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) {
    want(scope, programs, plan)
    guard !wanted.isEmpty else { return }
    for home in homes {
      let owner = account.map { CellOwner(home, in: $0) } ?? CellOwner(home)
      var next = 0
      try state.visitCells(of: owner) { (slot, cell) throws(StoreError) in
        // Cells in rows of their own come last, out of order.
        if next > 0, wanted[next - 1] >= slot { next = 0 }
        while next < wanted.count, wanted[next] < slot { next += 1 }
        guard next < wanted.count, wanted[next] == slot else { return }
        next += 1
        guard let spec = plan.spec(ofSlot: Int(slot)) else { return }
        do {
          values[Int(slot)].combine(try Cell.read(cell, spec, now: now), as: spec)
          if let change = try Cell.nextChange(cell, spec, after: now) {
            changes[Int(slot)] = min(changes[Int(slot)], change.milliseconds)
            try noteLeaving(cell, spec, slot: Int(slot), now: now)
          }
        } catch {
          throw StoreError.derivedMismatch("cells", "fold state does not decode")
        }
      }
    }
    for slot in wanted {
      if let spec = plan.spec(ofSlot: Int(slot)) { values[Int(slot)].finish(as: spec) }
    }
  }

  /// Takes the events of one home into `leaving`.
  private mutating func noteLeaving(
    _ cell: RawSpan, _ spec: CellSpec, slot: Int, now: Timestamp
  ) throws(DecodeError) {
    guard var times = leaving[slot] else { return }
    leaving[slot] = nil
    let isKnown = try Cell.visitLeaving(cell, spec, after: now, limit: Self.leavingMax) { instant in
      let time = instant.milliseconds
      let place = times.firstIndex { $0 < time } ?? times.count
      guard place < Self.leavingMax else { return }
      if times.count == Self.leavingMax { times.removeLast() }
      times.insert(time, at: place)
    }
    if isKnown { leaving[slot] = times }
  }

  /// The most events of a count whose leaving is known.
  static let leavingMax = 8

  /// The first instant, in milliseconds, at which a count can come to be at least `least`, or no longer
  /// be so, by itself; at the latest when it next changes at all.
  func change(ofSlot slot: Int, reaching least: Int) -> Int64 {
    guard changes[slot] != .max, let times = leaving[slot], least <= Self.leavingMax else {
      return changes[slot]
    }
    // It only falls: below `least` when the newest but `least - 1` leaves.
    guard values[slot].count >= UInt64(least) else { return .max }
    // A damaged cell can count more events than it holds.
    return least <= times.count ? times[least - 1] : changes[slot]
  }

  /// Lists the slots to read, all without a value yet.
  private mutating func want(
    _ scope: OperandScope, _ programs: [BoundProgram], _ plan: EvaluationPlan
  ) {
    wanted.removeAll(keepingCapacity: true)
    let missing = plan.aggregates.count - values.count
    if missing > 0 {
      values += repeatElement(AggregateValue(), count: missing)
      changes += repeatElement(.max, count: missing)
      leaving += repeatElement(nil, count: missing)
      loads += repeatElement(0, count: missing)
    }
    for program in programs {
      for slot in program.slots where loads[slot] != load && plan.scopes[slot] == scope {
        loads[slot] = load
        values[slot] = AggregateValue(plan.spec(ofSlot: slot)?.function ?? .count)
        changes[slot] = .max
        leaving[slot]?.removeAll(keepingCapacity: true)
        if leaving[slot] == nil { leaving[slot] = [] }
        wanted.append(UInt32(slot))
      }
    }
    wanted.sort()
  }
}
