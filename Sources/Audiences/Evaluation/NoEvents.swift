// The results of rules for a profile without any data: of an event that creates a profile, only the
// audiences that it touches need to be evaluated.

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
  /// Whether the rule always holds where there are no events; nil if that depends on the profile, on others or on time.
  func truthWithoutEvents(_ specs: [CellSpec?]) -> Bool? {
    let dependsOnWho = program.nodes.contains { if case .bucket = $0 { true } else { false } }
    guard quantifiers.isEmpty, !dependsOnWho else { return nil }
    var evaluation = Evaluation(
      self, NoEvents(specs: specs), now: Timestamp(milliseconds: 0))
    guard let isTrue = try? evaluation.isTrue(), evaluation.nextChange == nil else { return nil }
    return isTrue
  }
}
