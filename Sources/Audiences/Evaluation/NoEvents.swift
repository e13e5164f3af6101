// What rules come to for somebody of whom nothing is known: of an event that begins a profile, only the
// audiences that it touches need an evaluation of their own.

import Bytes
import Profiles
import Storage

/// Operands over no events.
private struct NoEvents: OperandSource {
  let specs: [CellSpec?]

  func value(ofSlot slot: Int) -> AggregateValue {
    var value = AggregateValue()
    if let spec = specs[slot] { value.finish(as: spec) }
    return value
  }

  func plainCount(ofSlot slot: Int) -> UInt64? { specs[slot]?.isPlainCount == true ? 0 : nil }
  func change(ofSlot slot: Int) -> Int64 { .max }
  func change(ofSlot slot: Int, reaching least: Int) -> Int64 { .max }
  func profileID() -> ProfileID { ProfileID(Hash128(high: 0, low: 0)) }
  func others(_ asked: EntityKind, for program: BoundProgram) -> [NoEvents] { [] }
  func memberCount(for program: BoundProgram) -> MemberCount? { nil }
  func memberSum(for program: BoundProgram) -> MemberSum? { nil }
  func knownTruth(of program: BoundProgram) -> KnownTruth? { nil }
  func keep(_ truth: KnownTruth, of program: BoundProgram) {}
}

extension BoundProgram {
  /// Whether the rule holds, for good, where there are no events; nil if that depends on who it is, on
  /// others or on time.
  func truthWithoutEvents(_ specs: [CellSpec?]) -> Bool? {
    let dependsOnWho = program.nodes.contains { if case .bucket = $0 { true } else { false } }
    guard quantifiers.isEmpty, !dependsOnWho else { return nil }
    var evaluation = Evaluation(
      self, NoEvents(specs: specs), now: Timestamp(milliseconds: 0))
    guard let isTrue = try? evaluation.isTrue(), evaluation.nextChange == nil else { return nil }
    return isTrue
  }
}
