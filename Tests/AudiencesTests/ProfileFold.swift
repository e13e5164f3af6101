// The smallest fold there is: one profile's cells in a table, its audiences evaluated after every
// event. What the engine does for millions, kept in a dictionary of homes.

import Bytes
import Events
import Profiles
import Storage

@testable import Audiences

struct ProfileFold {
  let events = TestEvents()
  let plan: EvaluationPlan
  let table = Table(id: 1, kind: .replace)
  private(set) var now = Timestamp(milliseconds: 0)
  private var sequence: UInt64 = 0

  init(_ definitions: DefinitionSet) throws {
    plan = try EvaluationPlan(definitions, names: events.symbols)
  }

  mutating func tick(_ instant: Timestamp) { now = max(now, instant) }

  /// Takes in an event of one home at logical time `received`.
  mutating func take(
    _ members: String, at time: Timestamp, received: Timestamp, home: UInt64 = 0
  ) throws {
    tick(received)
    sequence += 1
    let payload = try events.payload(members)
    let view = try EventView(payload.span.bytes)
    for slot in plan.slots(forEventNamed: view.name).map(Int.init) {
      guard let aggregate = plan.aggregates[slot], try aggregate.matches(view) else { continue }
      let event = CellEvent(
        time: time, sequence: SequenceNumber(sequence), amount: try aggregate.amount(of: view))
      let instant = now
      try table.mutate(TableKey(high: home, low: UInt64(slot))) { value throws(StoreError) in
        try Cell.insert(&value, aggregate.spec, event, now: instant)
      }
    }
  }

  func value(_ slot: Int, _ instant: Timestamp) throws -> AggregateValue {
    try TestOperands(fold: self, homes: 0...0, now: instant).read(slot: slot).value
  }

  private func evaluation(
    _ program: Program, at instant: Timestamp, _ homes: ClosedRange<UInt64>
  ) -> Evaluation<TestOperands> {
    Evaluation(program, TestOperands(fold: self, homes: homes, now: instant), now: instant)
  }

  func isMember(
    _ audience: String, at instant: Timestamp, homes: ClosedRange<UInt64> = 0...0
  ) throws -> Bool {
    guard let audience = plan.audiences.first(where: { $0.name == audience }) else { return false }
    var evaluation = evaluation(audience.rule, at: instant, homes)
    return try evaluation.isTrue()
  }

  func result(_ trait: String, at instant: Timestamp) throws -> TraitResult? {
    guard let trait = plan.traits.first(where: { $0.name == trait }) else { return nil }
    var evaluation = evaluation(trait.program, at: instant, 0...0)
    return try evaluation.result()
  }

  /// The first instant at which the truth of the audience can change by itself.
  func nextChange(_ audience: String, after instant: Timestamp) throws -> Timestamp? {
    guard let audience = plan.audiences.first(where: { $0.name == audience }) else { return nil }
    var evaluation = evaluation(audience.rule, at: instant, 0...0)
    _ = try evaluation.isTrue()
    return evaluation.nextChange
  }
}

/// The cells of a `ProfileFold` as operands.
struct TestOperands: OperandSource {
  let fold: ProfileFold
  let homes: ClosedRange<UInt64>
  let now: Timestamp

  func read(slot: Int) throws(StoreError) -> (value: AggregateValue, change: Timestamp?) {
    var value = AggregateValue()
    var next: Timestamp?
    guard let spec = fold.plan.aggregates[slot]?.spec else { return (value, nil) }
    for home in homes {
      let key = TableKey(high: home, low: UInt64(slot))
      _ = try fold.table.withValue(key) { bytes throws(StoreError) in
        guard let part = try? Cell.read(bytes, spec, now: now) else { return }
        value.combine(part, as: spec.kind)
        guard let change = try? Cell.nextChange(bytes, spec, after: now) else { return }
        next = min(next ?? change, change)
      }
    }
    return (value, next)
  }

  func profileID() -> ProfileID { ProfileID(Hash128(high: 1, low: 2)) }

  func members() -> [TestOperands] { [] }
}
