// The values of one profile that its audiences ask for, read in one pass over its homes: audiences share
// aggregates, and a look-up costs more than anything that is done with what it finds.

import Bytes
import Profiles
import Storage

/// The values of some slots for one profile at one instant; reused from profile to profile.
struct SlotValues {
  private var values: [AggregateValue] = []
  private var changes: [Timestamp?] = []
  /// The load that each slot was last read for.
  private var loads: [UInt64] = []
  private var load: UInt64 = 0
  /// The slots of the present load, ascending.
  private var wanted: [UInt32] = []

  /// Reads what `audiences` need.
  ///
  /// - Complexity: one look-up a home.
  mutating func read<State: ProfileState>(
    for audiences: [EvaluationPlan.Audience], homes: [IdentifierOrdinal], from state: State,
    plan: EvaluationPlan, now: Timestamp
  ) throws(StoreError) {
    want(audiences, slotCount: plan.aggregates.count)
    for home in homes {
      var next = 0
      try state.visitCells(of: CellOwner(home)) { (slot, cell) throws(StoreError) in
        // Cells in rows of their own come last, out of order.
        if next > 0, wanted[next - 1] >= slot { next = 0 }
        while next < wanted.count, wanted[next] < slot { next += 1 }
        guard next < wanted.count, wanted[next] == slot else { return }
        next += 1
        guard let spec = plan.spec(ofSlot: Int(slot)) else { return }
        do {
          values[Int(slot)].combine(try Cell.read(cell, spec, now: now), as: spec)
          if let change = try Cell.nextChange(cell, spec, after: now) {
            changes[Int(slot)] = min(changes[Int(slot)] ?? change, change)
          }
        } catch {
          throw StoreError.derivedMismatch("cells", "fold state does not decode")
        }
      }
    }
  }

  /// Starts a load of the slots that the audiences depend on, all without a value yet.
  private mutating func want(_ audiences: [EvaluationPlan.Audience], slotCount: Int) {
    load += 1
    wanted.removeAll(keepingCapacity: true)
    while values.count < slotCount {
      values.append(AggregateValue())
      changes.append(nil)
      loads.append(0)
    }
    for audience in audiences {
      for slot in audience.rule.slots where loads[slot] != load {
        loads[slot] = load
        values[slot] = AggregateValue()
        changes[slot] = nil
        wanted.append(UInt32(slot))
      }
    }
    wanted.sort()
  }

  /// Whether an audience's rule holds.
  func isTrue(_ audience: EvaluationPlan.Audience) -> Bool {
    audience.rule.evaluate { values[$0] }
  }

  /// The first instant at which the rule's truth can change without a new event.
  func nextChange(_ audience: EvaluationPlan.Audience) -> Timestamp? {
    var earliest: Timestamp?
    for slot in audience.rule.slots {
      guard let change = changes[slot] else { continue }
      earliest = min(earliest ?? change, change)
    }
    return earliest
  }
}
