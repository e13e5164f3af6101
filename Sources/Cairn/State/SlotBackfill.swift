// Which aggregates have a history to catch up on, for one pass over the log.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// New slots and their aggregates.
struct SlotBackfill {
  private var entries: [(slot: Int, aggregate: AggregatePlan)] = []

  /// Whether there is nothing to catch up on.
  var isEmpty: Bool { entries.isEmpty }

  /// Adds the slots of `range` that `plan` uses.
  mutating func add(slots range: Range<Int>, of plan: EvaluationPlan) {
    for slot in range {
      if let aggregate = plan.aggregates[slot] { entries.append((slot, aggregate)) }
    }
  }

  /// Visits the slots that an event matters to, with what it brings.
  func forEachAmount(
    of event: borrowing EventView, _ body: (Int, CellAmount, CellSpec) throws(StoreError) -> Void
  ) throws(StoreError) {
    for entry in entries {
      guard let amount = try entry.aggregate.amountIfMatching(event) else { continue }
      try body(entry.slot, amount, entry.aggregate.spec)
    }
  }
}
