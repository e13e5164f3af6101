// The audiences that an event can change for its profile, gathered from the slots that it touches.

import Bytes
import Profiles
import Storage

/// Audiences with what an event can do to them, in the order of their numbers; reused from event to
/// event.
public struct TouchedAudiences {
  private(set) var entries: [EvaluationPlan.Dependent] = []

  /// None.
  public init() {}

  /// Forgets all.
  public mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Adds the audiences that depend on what an event brings.
  ///
  /// - Parameters:
  ///   - kind: Whose audiences.
  ///   - begun: The slots that had no value at the event's home before it.
  ///   - account: The account that the event counts for; without one, what is meant for an account
  ///     changes nothing.
  public mutating func add(
    _ matches: ArraySlice<CellInsertion>, _ kind: EntityKind, begun: borrowing [UInt32],
    in account: ProfileOrdinal?, plan: EvaluationPlan
  ) {
    for index in matches.indices {
      let slot = matches[index].slot
      guard account != nil || plan.scopes[Int(slot)] == .person else { continue }
      let dependents = plan.dependents(of: Int(slot))
      guard !dependents.isEmpty else { continue }
      let isFirst = !begun.isEmpty && begun.contains(slot)
      for dependent in dependents where dependent.entity == kind {
        add(dependent, dependent.effect.onEvent(beginning: isFirst))
      }
    }
  }

  /// Adds an audience about which anything can have changed.
  public mutating func add(_ audience: EvaluationPlan.Audience) {
    add(EvaluationPlan.Dependent(audience, .either), .either)
  }

  private mutating func add(_ dependent: EvaluationPlan.Dependent, _ effect: RuleEffect) {
    if let place = entries.firstIndex(where: { $0.number == dependent.number }) {
      entries[place].effect.formUnion(effect)
      return
    }
    var place = entries.count
    entries.append(dependent)
    entries[place].effect = effect
    while place > 0, entries[place - 1].number > dependent.number {
      entries.swapAt(place - 1, place)
      place -= 1
    }
  }
}
