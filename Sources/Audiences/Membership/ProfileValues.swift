// What aggregates and rules come to for one profile: the fold state of its home identifiers, combined.
// The same code serves the writer and snapshots, so an answer cannot depend on who asks.

import Bytes
import Profiles
import Storage

/// Evaluates aggregates and rules over the tables of the writer or of a snapshot.
public struct ProfileValues<State: ProfileState> {
  let state: State
  let plan: EvaluationPlan

  /// Reads fold state from `state` by the slots of `plan`.
  public init(_ state: State, plan: EvaluationPlan) {
    self.state = state
    self.plan = plan
  }

  /// The value of one aggregate over all events of the homes, as of `now`.
  ///
  /// - Complexity: one look-up a home.
  public func value(
    ofSlot slot: Int, homes: [IdentifierOrdinal], now: Timestamp
  ) throws(StoreError) -> AggregateValue {
    guard let spec = plan.spec(ofSlot: slot) else { return AggregateValue() }
    var total = AggregateValue(spec.function)
    for home in homes {
      let part = try state.withCell(UInt32(slot), of: CellOwner(home)) {
        (bytes) throws(StoreError) in
        do { return try Cell.read(bytes, spec, now: now) } catch {
          throw StoreError.derivedMismatch("cells", "fold state does not decode")
        }
      }
      if let part { total.combine(part, as: spec) }
    }
    total.finish(as: spec)
    return total
  }

  /// Whether an audience's rule holds for the profile with these homes, as of `now`.
  public func isTrue(
    _ audience: EvaluationPlan.Audience, homes: [IdentifierOrdinal], now: Timestamp
  ) throws(StoreError) -> Bool {
    try audience.rule.evaluate { (slot) throws(StoreError) in
      try value(ofSlot: slot, homes: homes, now: now)
    }
  }

  /// The first instant after `now` at which the rule's truth can change without a new event.
  public func nextChange(
    _ audience: EvaluationPlan.Audience, homes: [IdentifierOrdinal], now: Timestamp
  ) throws(StoreError) -> Timestamp? {
    var earliest: Timestamp?
    for slot in audience.rule.slots {
      guard let spec = plan.spec(ofSlot: slot) else { continue }
      for home in homes {
        let change = try state.withCell(UInt32(slot), of: CellOwner(home)) {
          (bytes) throws(StoreError) -> Timestamp? in
          do { return try Cell.nextChange(bytes, spec, after: now) } catch {
            throw StoreError.derivedMismatch("cells", "fold state does not decode")
          }
        }
        guard let change, let change else { continue }
        earliest = min(earliest ?? change, change)
      }
    }
    return earliest
  }
}
