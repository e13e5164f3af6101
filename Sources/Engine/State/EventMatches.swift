// Which aggregates events matter to, and their values for these: this depends only on the event and
// the definitions, so the parsing thread determines it and the writer only adds up.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// What the events of one batch bring to the aggregates of one plan.
package struct EventMatches: Sendable {
  let plan: EvaluationPlan
  private let steps: [EvaluationPlan.SlotStep]
  private var texts = RecentTexts()
  private var insertions: [CellInsertion] = []
  /// Where each row's insertions end.
  private var ends: [Int] = []

  package init(plan: EvaluationPlan) {
    self.plan = plan
    steps = plan.steps
  }

  /// What the same rows bring by another plan, if it is another.
  func matching(_ plan: EvaluationPlan, _ batch: borrowing EventBatch) -> EventMatches {
    guard plan !== self.plan else { return self }
    var matches = EventMatches(plan: plan)
    matches.add(batch.rows.indices, of: batch)
    return matches
  }

  /// Adds the next rows of a batch; each row that is not an event brings nothing.
  package mutating func add(_ rows: Range<Int>, of batch: borrowing EventBatch) {
    ends.reserveCapacity(ends.count + rows.count)
    insertions.reserveCapacity(insertions.count + Self.insertionsExpected * rows.count)
    for index in rows {
      if case .event = batch.rows[index].outcome {
        do throws(DecodeError) { try add(batch.event(at: index)) } catch {
          preconditionFailure("the parser encodes what the view decodes")
        }
      }
      ends.append(insertions.count)
    }
  }

  /// How many aggregates an event matters to, about.
  private static let insertionsExpected = 4

  /// As `EvaluationPlan.match`, by steps, which say most without a plan.
  @inline(__always)
  private mutating func add(_ event: borrowing EventView) throws(DecodeError) {
    for index in plan.stepRange(forEventNamed: event.name) {
      let (slot, step) = (steps[index].slot, steps[index].step)
      guard step.canMatter(event.type) else { continue }
      switch step.kind {
      case .count:
        insertions.append(CellInsertion(slot: slot, amount: .none))
        continue
      case .value, .valueOrPlan:
        let place = event.notedPlace(ofField: step.field)
        if place == 0, step.kind == .value {
          insertions.append(CellInsertion(slot: slot, amount: .none))
          continue
        }
        if let place, place > 0, let text = event.shortText(at: place) {
          insertions.append(
            CellInsertion(slot: slot, amount: .value(.string(texts.array(text)))))
          continue
        }
      case .plan: break
      }
      try add(slot, event)
    }
  }

  /// Adds what the plan of a slot says.
  @inline(never)
  private mutating func add(_ slot: UInt32, _ event: borrowing EventView) throws(DecodeError) {
    guard let amount = try plan.aggregates[Int(slot)]?.amountIfMatching(named: event) else {
      return
    }
    insertions.append(CellInsertion(slot: slot, amount: amount))
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
