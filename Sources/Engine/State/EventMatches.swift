// Which aggregates events matter to, and what they bring: a question about the event and the definitions
// alone, so that the parsing thread answers it and the writer only adds up.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// What the events of one batch bring to the aggregates of one plan.
package struct EventMatches: Sendable {
  let plan: EvaluationPlan
  private var insertions: [CellInsertion] = []
  /// Where each row's insertions end.
  private var ends: [Int] = []

  package init(plan: EvaluationPlan) { self.plan = plan }

  /// What the same rows bring by another plan, if it is another.
  func matching(_ plan: EvaluationPlan, _ batch: borrowing EventBatch) -> EventMatches {
    guard plan !== self.plan else { return self }
    var anew = EventMatches(plan: plan)
    anew.add(batch.rows[...], of: batch)
    return anew
  }

  /// Adds the next rows of a batch; each row that is not an event brings nothing.
  package mutating func add(_ rows: ArraySlice<EventRow>, of batch: borrowing EventBatch) {
    for row in rows {
      if case .event = row.outcome { add(batch.event(of: row)) }
      ends.append(insertions.count)
    }
  }

  private mutating func add(_ event: borrowing EventView) {
    do {
      try plan.match(event, into: &insertions)
    } catch {
      preconditionFailure("the parser encodes what the view decodes")
    }
  }

  /// What row `index` brings, in the order of the slots.
  subscript(index: Int) -> ArraySlice<CellInsertion> {
    insertions[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }
}

extension EvaluationPlan {
  /// Appends what an event brings to each aggregate that it matters to, in the order of the slots.
  func match(
    _ event: borrowing EventView, into insertions: inout [CellInsertion]
  ) throws(StoreError) {
    for slot in slots(forEventNamed: event.name) {
      guard let aggregate = aggregates[Int(slot)],
        let amount = try aggregate.amountIfMatching(event)
      else { continue }
      insertions.append(CellInsertion(slot: slot, amount: amount))
    }
  }
}
