// What definitions would do, worked out exactly and without doing it.

import Audiences
import Bytes
import Profiles
import Roaring
import Storage

/// What definitions would do to one audience.
public struct AudienceEffect: Equatable, Sendable {
  /// The audience's name.
  public var name: String
  /// Its members now; 0 for a new one.
  public var before: Int
  /// Its members then; 0 for one that goes.
  public var after: Int
  /// Profiles that would enter.
  public var entered: Int
  /// Profiles that would exit.
  public var exited: Int

  /// Counts nothing yet unless given.
  public init(name: String, before: Int = 0, after: Int = 0, entered: Int = 0, exited: Int = 0) {
    self.name = name
    self.before = before
    self.after = after
    self.entered = entered
    self.exited = exited
  }
}

/// What applying definitions would do.
public struct DefinitionPlan: Equatable, Sendable {
  /// Which definitions are new, differ or go.
  public var changes: DefinitionChanges
  /// What it does to each audience whose members can change, in the order of the definitions.
  public var effects: [AudienceEffect] = []
  /// The instant that the counts are true for.
  public var asOf: Timestamp
}

/// The exact size of an audience that is not defined, and some of its members.
public struct AudiencePreview: Sendable {
  /// How many would be in.
  public var memberCount: Int
  /// How many there are to choose from.
  public var profileCount: Int
  /// The oldest of the members.
  public var sample: [Sampled] = []
  /// The instant that it is true for.
  public var asOf: Timestamp
  /// Names of events and properties in the rule that no event has, a sentence each.
  public var warnings: [String] = []

  /// One member.
  public struct Sampled: Sendable {
    /// The profile's stable id.
    public var id: ProfileID
    /// Its identifiers, in the order they joined.
    public var identifiers: [Identifier]
  }
}

extension Store {
  /// Works out what `apply` would do, and changes nothing.
  ///
  /// - Parameter instant: The instant to count for, `logicalNow` or later; nil for `Snapshot.asOf`.
  /// - Complexity: one pass over the log and one over the profiles if any audience can change.
  public func plan(
    _ texts: [DefinitionText], prune: Bool = true, at instant: Timestamp? = nil
  ) throws(ApplyError) -> DefinitionPlan {
    var changes = DefinitionChanges()
    let (records, set, plan) = try checkedDifference(
      texts, prune: prune, for: .asking, &changes)
    let present: Snapshot
    var result: DefinitionPlan
    do throws(StoreError) {
      changes.warnings = try unknownNames(in: texts, of: set)
      present = try snapshot()
      result = DefinitionPlan(changes: changes, asOf: try present.checked(instant))
    } catch {
      throw .store(error)
    }
    guard !records.isEmpty else { return result }
    let (old, new) = (fold.definitions.rulesByAggregate(), set.rulesByAggregate())
    do throws(StoreError) {
      let judged = plan.audiences.filter { old[$0.number] != new[$0.number] }
      let effects = try effects(on: judged, plan, present, at: result.asOf)
      for audience in fold.plan.audiences where plan.audience(audience.number) == nil {
        let count = try present.members(of: audience, at: result.asOf).count
        result.effects.append(
          AudienceEffect(name: audience.name, before: count, after: 0, entered: 0, exited: count))
      }
      result.effects += effects
    } catch {
      throw .store(error)
    }
    return result
  }

  /// What would become of some audiences of a plan.
  private func effects(
    on judged: [EvaluationPlan.Audience], _ plan: EvaluationPlan, _ present: Snapshot,
    at now: Timestamp
  ) throws(StoreError) -> [AudienceEffect] {
    var effects = judged.map { AudienceEffect(name: $0.name) }
    guard !judged.isEmpty else { return effects }
    var places: [AudienceNumber: Int] = [:]
    var before: [AudienceNumber: Bitmap] = [:]
    for (index, audience) in judged.enumerated() {
      places[audience.number] = index
      if let known = present.plan.audience(audience.number) {
        before[audience.number] = try present.members(of: known, at: now)
      }
    }
    try Trial(present).visitEveryone(judgedBy: judged, plan, at: now) {
      (subject, audience, isTrue) throws(StoreError) in
      guard let place = places[audience.number] else { return }
      let wasIn = before[audience.number]?.contains(subject.profile.value) ?? false
      effects[place].before += wasIn ? 1 : 0
      effects[place].after += isTrue ? 1 : 0
      effects[place].entered += isTrue && !wasIn ? 1 : 0
      effects[place].exited += wasIn && !isTrue ? 1 : 0
    }
    return effects
  }
}
