// The smallest fold there is: one profile's cells in a table, its audiences evaluated after every
// event. What the engine does for millions, kept in a dictionary of homes.

import Bytes
import Events
import Storage

@testable import Profiles

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
  ///
  /// - Returns: The slots that it matters to, and whether it is the first value of each.
  @discardableResult
  mutating func take(
    _ members: String, at time: Timestamp, received: Timestamp, home: UInt64 = 0
  ) throws -> [(slot: Int, isFirst: Bool)] {
    tick(received)
    var touched: [(slot: Int, isFirst: Bool)] = []
    sequence += 1
    let payload = try events.payload(members)
    let view = try EventView(payload.span.bytes)
    for slot in plan.slots(forEventNamed: view.name).map(Int.init) {
      guard let aggregate = plan.aggregates[slot], try aggregate.matches(view) else { continue }
      let event = CellEvent(
        time: time, sequence: SequenceNumber(sequence), amount: try aggregate.amount(of: view))
      let instant = now
      let isFirst = try table.mutate(TableKey(high: home, low: UInt64(slot))) {
        value throws(StoreError) in
        try Cell.insert(&value, aggregate.spec, event, now: instant)
      }
      touched.append((slot, isFirst))
    }
    return touched
  }

  func value(_ slot: Int, _ instant: Timestamp) throws -> AggregateValue {
    try TestOperands.read(self, slot, homes: 0...0, now: instant).value
  }

  private func evaluation(
    _ program: BoundProgram, at instant: Timestamp, _ homes: ClosedRange<UInt64>
  ) throws -> Evaluation<TestOperands> {
    let operands = try TestOperands(fold: self, program, homes: homes, now: instant)
    return Evaluation(program, operands, now: instant)
  }

  func isMember(
    _ audience: String, at instant: Timestamp, homes: ClosedRange<UInt64> = 0...0
  ) throws -> Bool {
    guard let audience = plan.audiences.first(where: { $0.name == audience }) else { return false }
    var evaluation = try evaluation(audience.rule, at: instant, homes)
    return try evaluation.isTrue()
  }

  func result(_ trait: String, at instant: Timestamp) throws -> TraitResult? {
    guard let trait = plan.traits.first(where: { $0.name == trait }) else { return nil }
    var evaluation = try evaluation(trait.program, at: instant, 0...0)
    return try evaluation.result()
  }

  /// The first instant at which the truth of the audience can change by itself.
  func nextChange(_ audience: String, after instant: Timestamp) throws -> Timestamp? {
    guard let audience = plan.audiences.first(where: { $0.name == audience }) else { return nil }
    var evaluation = try evaluation(audience.rule, at: instant, 0...0)
    _ = try evaluation.isTrue()
    return evaluation.nextChange
  }
}

/// The cells of a `ProfileFold` as operands.
struct TestOperands: OperandSource {
  private var slots: [Int: (value: AggregateValue, change: Int64)] = [:]

  init(
    fold: ProfileFold, _ program: BoundProgram, homes: ClosedRange<UInt64>, now: Timestamp
  ) throws {
    for slot in program.allSlots {
      slots[slot] = try Self.read(fold, slot, homes: homes, now: now)
    }
  }

  static func read(
    _ fold: ProfileFold, _ slot: Int, homes: ClosedRange<UInt64>, now: Timestamp
  ) throws -> (value: AggregateValue, change: Int64) {
    var value = AggregateValue()
    var next = Int64.max
    guard let spec = fold.plan.aggregates[slot]?.spec else { return (value, next) }
    for home in homes {
      let key = TableKey(high: home, low: UInt64(slot))
      _ = try fold.table.withValue(key) { bytes throws(StoreError) in
        guard let part = try? Cell.answer(bytes, spec, now: now) else { return }
        value.combine(part.value, as: spec)
        if let change = part.change { next = min(next, change.milliseconds) }
      }
    }
    value.finish(as: spec)
    return (value, next)
  }

  func value(ofSlot slot: Int) -> AggregateValue { slots[slot]?.value ?? AggregateValue() }

  func plainCount(ofSlot slot: Int) -> UInt64? { nil }

  func change(ofSlot slot: Int) -> Int64 { slots[slot]?.change ?? .max }

  func change(ofSlot slot: Int, reaching least: Int) -> Int64 { change(ofSlot: slot) }

  func profileID() -> ProfileID { ProfileID(Hash128(high: 1, low: 2)) }

  func others(_ asked: EntityKind, for program: BoundProgram) -> [TestOperands] { [] }

  func memberCount(for program: BoundProgram) -> MemberCount? { nil }
  func memberSum(for program: BoundProgram) -> MemberSum? { nil }
  func knownTruth(of program: BoundProgram) -> KnownTruth? { nil }

  func keep(_ truth: KnownTruth, of program: BoundProgram) {}
}
