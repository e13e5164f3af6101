// Which aggregates events matter to, and their values for these: this depends only on the event and
// the definitions, so the parsing thread determines it and the writer only adds up.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// What the events of one batch bring to the aggregates of one plan: at first those that take no more memory than
/// `insertionsMax` allows, the others when `move` asks for them.
package struct EventMatches: Sendable {
  let plan: EvaluationPlan
  private let steps: [EvaluationPlan.SlotStep]
  private var insertions: [CellInsertion] = []
  /// The rows that are matched.
  private(set) var rows = 0..<0
  /// Where the insertions of each of `rows` are.
  private var places: [Range<Int>] = []
  /// The lists of events that only count, of which there are as many as aggregates: by name and type.
  private var lists: [ListKey: Range<Int>] = [:]
  /// The last long value, and whose it is.
  private var recent: (row: Int, field: Int, amount: CellAmount) = (-1, 0, .none)

  /// What says which aggregates an event counts in, where that takes no look into it.
  private struct ListKey: Hashable {
    var name: Symbol?
    var type: EventType
  }

  /// How many insertions there are at most, but for those of the last event.
  private let insertionsMax: Int

  /// Matches nothing yet.
  ///
  /// - Parameter insertionsMax: How many insertions there may be; 16 MiB of them unless a test says otherwise.
  package init(plan: EvaluationPlan, insertionsMax: Int = 1 << 18) {
    self.plan = plan
    self.insertionsMax = insertionsMax
    steps = plan.steps
  }

  /// What the same rows bring by another plan, if it is another.
  func matching(_ plan: EvaluationPlan, _ batch: borrowing EventBatch) -> EventMatches {
    guard plan !== self.plan else { return self }
    var matches = EventMatches(plan: plan, insertionsMax: insertionsMax)
    matches.add(batch.rows.indices, of: batch)
    return matches
  }

  /// Adds the next rows of a batch, up to the bound; each row that is not an event brings nothing.
  package mutating func add(_ rows: Range<Int>, of batch: borrowing EventBatch) {
    if self.rows.isEmpty { self.rows = rows.lowerBound..<rows.lowerBound }
    guard self.rows.upperBound == rows.lowerBound else { return }
    places.reserveCapacity(places.count + rows.count)
    insertions.reserveCapacity(
      insertions.count + min(Self.insertionsExpected * rows.count, insertionsMax))
    var next = rows.lowerBound
    defer { self.rows = self.rows.lowerBound..<next }
    while next < rows.upperBound, insertions.count < insertionsMax || next == self.rows.lowerBound {
      let first = insertions.count
      var list: Range<Int>?
      if case .event = batch.rows[next].outcome {
        do throws(DecodeError) { list = try add(batch.event(at: next), row: next) } catch {
          preconditionFailure("the parser encodes what the view decodes")
        }
      }
      places.append(list ?? first..<insertions.count)
      next += 1
    }
  }

  /// How many aggregates an event matters to, about.
  private static let insertionsExpected = 4

  /// Matches a row, and those after it up to the bound, in the place of those that are matched.
  mutating func move(to row: Int, of batch: borrowing EventBatch) {
    insertions.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    lists.removeAll(keepingCapacity: true)
    rows = row..<row
    add(row..<batch.rows.count, of: batch)
  }

  /// As `EvaluationPlan.match`, by steps, which say most without a plan.
  ///
  /// - Returns: Where the insertions are, if it is not the end.
  @inline(__always)
  private mutating func add(
    _ event: borrowing EventView, row: Int
  ) throws(DecodeError) -> Range<Int>? {
    let range = plan.stepRange(forEventNamed: event.name)
    if range.count >= Self.listMin, let list = list(of: event, range) { return list }
    for index in range {
      let (slot, step) = (steps[index].slot, steps[index].step)
      guard step.canMatter(event.type) else { continue }
      switch step.kind {
      case .count:
        insertions.append(CellInsertion(counting: slot))
        continue
      case .presence:
        insertions.append(CellInsertion(presenceFor: slot))
        continue
      case .value, .valueOrPlan:
        let place = event.notedPlace(ofField: step.field)
        if place == 0, step.kind == .value {
          insertions.append(CellInsertion(counting: slot))
          continue
        }
        if let place, place > 0, let text = event.shortText(at: place) {
          insertions.append(CellInsertion(slot: slot, text: text))
          continue
        }
      case .planIfPresent:
        if event.notedPlace(ofField: step.field) == 0 { continue }
      case .plan: break
      }
      try add(slot, event, row: row)
    }
    return nil
  }

  /// From how many aggregates on it is worth a lookup whether another event brought the same.
  private static let listMin = 16

  /// The insertions of an event that only counts; nil if it is not one.
  private mutating func list(
    of event: borrowing EventView, _ range: Range<Int>
  ) -> Range<Int>? {
    let key = ListKey(name: event.name, type: event.type)
    if let list = lists[key] { return list.isEmpty ? nil : list }
    let first = insertions.count
    for index in range where steps[index].step.canMatter(event.type) {
      guard steps[index].step.kind == .count else {
        insertions.removeSubrange(first...)
        lists[key] = 0..<0
        return nil
      }
      insertions.append(CellInsertion(counting: steps[index].slot))
    }
    lists[key] = first..<insertions.count
    return first..<insertions.count
  }

  /// Adds what the plan of a slot says.
  @inline(never)
  private mutating func add(
    _ slot: UInt32, _ event: borrowing EventView, row: Int
  ) throws(DecodeError) {
    guard let aggregate = plan.aggregates[Int(slot)].map({ Uncounted($0) }) else { return }
    guard let field = aggregate.with({ $0.canonicalField }) else {
      let amount = try aggregate.with { (aggregate) throws(DecodeError) in
        try aggregate.amountIfMatching(named: event)
      }
      if let amount { insertions.append(CellInsertion(slot: slot, amount: amount)) }
      return
    }
    // Several aggregates of one field share its value.
    let satisfies = try aggregate.with { (aggregate) throws(DecodeError) in
      try aggregate.satisfies(event)
    }
    guard satisfies else { return }
    if recent.row != row || recent.field != field {
      let amount = try aggregate.with { (aggregate) throws(DecodeError) in
        try aggregate.amount(of: event)
      }
      recent = (row, field, amount)
    }
    insertions.append(CellInsertion(slot: slot, amount: recent.amount))
  }

  /// What row `index`, one of `rows`, brings, in the order of the slots.
  subscript(index: Int) -> ArraySlice<CellInsertion> {
    insertions[places[index - rows.lowerBound]]
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
