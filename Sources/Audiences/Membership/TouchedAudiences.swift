// The audiences that an event can change for its profile, gathered from the slots that it touches.

import Bytes
import Profiles
import Storage

/// Audiences with what an event can do to them; reused from event to event.
public struct TouchedAudiences: ~Copyable {
  /// In the order of their numbers once `sort()` has been called.
  private(set) var entries = ReusableArray<EvaluationPlan.Dependent>()
  /// By place of an audience in the plan: one more than its place in `entries`, 0 if it is not there.
  private var places = ReusableArray<UInt32>()
  private var isSorted = true

  /// None.
  public init() {}

  /// Forgets all.
  public mutating func removeAll() {
    for place in entries.indices { places[Int(entries[place].index)] = 0 }
    entries.removeAll()
    isSorted = true
  }

  /// Puts the audiences in the order of their numbers, after the last was added.
  ///
  /// Complexity: O(1) if they were added in it, as those of one slot are.
  public mutating func sort() {
    guard !isSorted else { return }
    entries.sort { $0.number < $1.number }
    for place in entries.indices { places[Int(entries[place].index)] = UInt32(place + 1) }
    isSorted = true
  }

  /// Adds the audiences that depend on what an event brings.
  ///
  /// - Parameters:
  ///   - kind: Whose audiences.
  ///   - begun: The slots that had no value at the event's home before it.
  ///   - account: The account that the event counts for; without one, what is meant for an account
  ///     changes nothing.
  public mutating func add(
    _ matches: ArraySlice<CellInsertion>, _ kind: EntityKind,
    begun: borrowing ReusableArray<UInt32>,
    in account: ProfileOrdinal?, plan: EvaluationPlan
  ) {
    let matches = matches.span
    for index in matches.indices {
      let slot = matches[index].slot
      let range = plan.dependentRange(of: Int(slot))
      guard !range.isEmpty, account != nil || plan.scopes[Int(slot)] == .person else { continue }
      let isFirst = !begun.isEmpty && begun.contains(slot)
      for place in range where plan.dependents[place].entity == kind {
        let dependent = plan.dependents[place]
        add(dependent, dependent.effect.onEvent(beginning: isFirst))
      }
    }
  }

  /// Adds an audience about which anything can have changed.
  public mutating func add(_ audience: EvaluationPlan.Audience) {
    add(EvaluationPlan.Dependent(audience, .either), .either)
  }

  private mutating func add(_ dependent: EvaluationPlan.Dependent, _ effect: RuleEffect) {
    let index = Int(dependent.index)
    while places.count <= index { places.append(0) }
    if places[index] > 0 {
      return entries[Int(places[index]) - 1].effect.formUnion(effect)
    }
    if let last = entries.last, last.number > dependent.number { isSorted = false }
    var touched = dependent
    touched.effect = effect
    entries.append(touched)
    places[index] = UInt32(entries.count)
  }
}
