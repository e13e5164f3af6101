// The smallest fold there is: one profile's cells in a table, its audiences evaluated after every
// event. What the engine does for millions, kept in a dictionary of homes.

import Bytes
import Events
@testable import Profiles
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

  func value(_ slot: Int, _ instant: Timestamp, homes: ClosedRange<UInt64> = 0...0) throws
    -> AggregateValue
  {
    var value = AggregateValue()
    guard let spec = plan.aggregates[slot]?.spec else { return value }
    for home in homes {
      var part = AggregateValue()
      _ = try table.withValue(TableKey(high: home, low: UInt64(slot))) { bytes throws(StoreError) in
        part = (try? Cell.read(bytes, spec, now: instant)) ?? part
      }
      value.combine(part, as: spec)
    }
    return value
  }

  func isMember(
    _ audience: String, at instant: Timestamp, homes: ClosedRange<UInt64> = 0...0
  ) throws -> Bool {
    guard let audience = plan.audiences.first(where: { $0.name == audience }) else { return false }
    return try audience.rule.evaluate { slot in try value(slot, instant, homes: homes) }
  }

  /// The first instant at which a slot of the audience can change by itself.
  func nextChange(_ audience: String, after instant: Timestamp) throws -> Timestamp? {
    guard let audience = plan.audiences.first(where: { $0.name == audience }) else { return nil }
    var next: Timestamp?
    for slot in audience.rule.slots {
      guard let spec = plan.aggregates[slot]?.spec else { continue }
      _ = try table.withValue(TableKey(high: 0, low: UInt64(slot))) { bytes throws(StoreError) in
        guard let change = try? Cell.nextChange(bytes, spec, after: instant) else { return }
        next = min(next ?? change, change)
      }
    }
    return next
  }
}
