// What traits and rules come to for one profile. The same code serves the writer and snapshots, so an
// answer cannot depend on who asks.

import Bytes
import Profiles
import Storage

/// A profile, and where its events are folded.
public struct ProfileSubject: Sendable {
  /// The profile.
  public var profile: ProfileOrdinal
  /// Its identifiers.
  public var homes: [IdentifierOrdinal]

  /// Names a profile.
  public init(_ profile: ProfileOrdinal, homes: [IdentifierOrdinal]) {
    self.profile = profile
    self.homes = homes
  }
}

/// Evaluates traits and rules over the tables of the writer or of a snapshot.
public struct ProfileValues<State: ProfileState> {
  let state: State
  let plan: EvaluationPlan

  /// Reads fold state from `state` by the slots of `plan`.
  public init(_ state: State, plan: EvaluationPlan) {
    self.state = state
    self.plan = plan
  }

  private func operands(_ subject: ProfileSubject, now: Timestamp) -> ProfileOperands<State> {
    ProfileOperands(
      state: state, plan: plan, profile: subject.profile, homes: subject.homes, now: now)
  }

  /// Whether an audience's rule holds for a profile, as of `now`, and the first instant after that at
  /// which this can change without a new event.
  ///
  /// - Complexity: one look-up for each home and aggregate that matters.
  public func judge(
    _ audience: EvaluationPlan.Audience, _ subject: ProfileSubject, now: Timestamp
  ) throws(StoreError) -> (isTrue: Bool, nextChange: Timestamp?) {
    var evaluation = Evaluation(audience.rule, operands(subject, now: now), now: now)
    let isTrue = try evaluation.isTrue()
    return (isTrue, evaluation.nextChange)
  }

  /// The value of a trait, as of `now`.
  ///
  /// - Complexity: one look-up for each home and aggregate that matters.
  public func value(
    of trait: EvaluationPlan.Trait, _ subject: ProfileSubject, now: Timestamp
  ) throws(StoreError) -> TraitResult {
    var evaluation = Evaluation(trait.program, operands(subject, now: now), now: now)
    return try evaluation.result()
  }
}
