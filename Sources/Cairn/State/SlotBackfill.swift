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

  /// What an event brings to the slots that it matters to.
  func insertions(of event: borrowing EventView) throws(StoreError) -> [CellInsertion] {
    var result: [CellInsertion] = []
    for (slot, aggregate) in entries {
      guard let amount = try aggregate.amountIfMatching(event) else { continue }
      result.append(CellInsertion(slot: UInt32(slot), amount: amount))
    }
    return result
  }
}
