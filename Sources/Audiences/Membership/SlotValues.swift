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
  /// The load that each slot was last read for.
  private var loads: [UInt64] = []
  private var load: UInt64 = 0
  /// The slots that are being read, ascending.
  private var wanted: [UInt32] = []

  /// Starts anew, with nothing read.
  mutating func begin() { load += 1 }

  /// Reads the slots of `programs` that are over events of one scope and have not been read yet.
  ///
  /// - Complexity: one look-up an owner.
  mutating func read<State: ProfileState>(
    _ scope: OperandScope, for programs: some Sequence<BoundProgram>, of owners: [CellOwner],
    from state: State, plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) {
    want(scope, programs, plan)
    guard !wanted.isEmpty else { return }
    for owner in owners {
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

  /// Lists the slots to read, all without a value yet.
  private mutating func want(
    _ scope: OperandScope, _ programs: some Sequence<BoundProgram>, _ plan: EvaluationPlan
  ) {
    wanted.removeAll(keepingCapacity: true)
    while values.count < plan.aggregates.count {
      values.append(AggregateValue())
      changes.append(.max)
      loads.append(0)
    }
    for program in programs {
      for slot in program.slots where loads[slot] != load && plan.scopes[slot] == scope {
        loads[slot] = load
        values[slot] = AggregateValue(plan.spec(ofSlot: slot)?.function ?? .count)
        changes[slot] = .max
        wanted.append(UInt32(slot))
      }
    }
    wanted.sort()
  }
}
