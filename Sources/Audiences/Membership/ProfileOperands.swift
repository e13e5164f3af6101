// What an evaluation reads of one profile: the fold state of its home identifiers, combined, and when
// that can next differ. The one place where rules meet cells.

import Bytes
import Profiles
import Storage

/// The fold state of one profile as operands of programs.
struct ProfileOperands<State: ProfileState>: OperandSource {
  let state: State
  let plan: EvaluationPlan
  let profile: ProfileOrdinal
  let homes: [IdentifierOrdinal]
  let now: Timestamp

  func read(
    slot: Int
  ) throws(StoreError) -> (value: AggregateValue, change: Timestamp?) {
    guard let spec = plan.spec(ofSlot: slot) else { return (AggregateValue(), nil) }
    var total = AggregateValue()
    var earliest: Timestamp?
    for home in homes {
      let key = TableKey(cellOf: home, slot: UInt32(slot))
      _ = try state.cells.withValue(key) { (bytes) throws(StoreError) in
        do {
          total.combine(try Cell.read(bytes, spec, now: now), as: spec.kind)
          if let change = try Cell.nextChange(bytes, spec, after: now) {
            earliest = min(earliest ?? change, change)
          }
        } catch {
          throw StoreError.derivedMismatch("cells", "fold state does not decode")
        }
      }
    }
    return (total, earliest)
  }

  func profileID() throws(StoreError) -> ProfileID {
    try state.profileRow(profile) { (row) throws(DecodeError) in row.id }
  }

  func members() throws(StoreError) -> [ProfileOperands] { [] }
}
