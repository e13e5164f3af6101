// The values of traits and rules for one profile. The writer and snapshots use the same code, so an
// answer cannot depend on the reader.

import Bytes
import Profiles
import Storage

/// A person or an account, and where its events are folded.
public struct ProfileSubject {
  /// The profile.
  public var profile: ProfileOrdinal
  /// What it is.
  public var kind: EntityKind
  /// Its identifiers; none if it is `large`.
  public var homes: [IdentifierOrdinal]
  /// What the writer keeps of it, if it has many.
  var large: LargeProfile?

  /// Whose events its own rules are over.
  var scope: OperandScope { kind == .account ? .account : .person }

  /// Names a profile.
  public init(_ profile: ProfileOrdinal, _ kind: EntityKind, homes: [IdentifierOrdinal]) {
    self.profile = profile
    self.kind = kind
    self.homes = homes
  }
}

extension ProfileState {
  /// What is read of a profile to evaluate definitions for it.
  public func subject(_ profile: ProfileOrdinal) throws(StoreError) -> ProfileSubject {
    var subject = ProfileSubject(profile, .person, homes: [])
    try read(profile, into: &subject)
    return subject
  }

  /// Makes `subject` another profile, in the memory that it has.
  func read(_ profile: ProfileOrdinal, into subject: inout ProfileSubject) throws(StoreError) {
    subject.profile = profile
    subject.homes.removeAll(keepingCapacity: true)
    subject.large = nil
    let isWhole = try profileRow(profile) { (row) throws(DecodeError) in
      subject.kind = row.kind
      return row.identifiers(ifFewInto: &subject.homes)
    }
    if isWhole { return }
    subject.large = try largeProfile(profile)
    if subject.large == nil { subject.homes = try identifiers(of: profile) }
  }
}

/// Evaluates traits and rules over the tables of the writer or of a snapshot.
public struct ProfileValues<State: ProfileState> {
  let state: State
  let plan: EvaluationPlan
  private let answers: AccountAnswers?

  /// Reads fold state from `state` by the slots of `plan`.
  ///
  /// - Parameter answers: What accounts have answered already, if all evaluations are for one instant.
  public init(_ state: State, plan: EvaluationPlan, answers: AccountAnswers? = nil) {
    self.state = state
    self.plan = plan
    self.answers = answers
  }

  func evaluation(
    of program: BoundProgram, _ subject: ProfileSubject, now: Timestamp
  ) throws(StoreError) -> Evaluation<ProfileOperands<State>> {
    let operands = try ProfileOperands(
      subject, for: [program], from: state, plan: plan, now: now, answers: answers)
    return Evaluation(program, operands, now: now)
  }

  /// Whether an audience's rule holds for a profile, as of `now`, and the first instant after that at
  /// which this can change without a new event.
  ///
  /// - Complexity: one lookup per home; for an account, two per home of a member as well.
  @specialized(where State == ProfileSnapshot)
  public func judge(
    _ audience: EvaluationPlan.Audience, _ subject: ProfileSubject, now: Timestamp
  ) throws(StoreError) -> (isTrue: Bool, nextChange: Timestamp?) {
    var evaluation = try evaluation(of: audience.rule, subject, now: now)
    let isTrue = try evaluation.isTrue()
    return (isTrue, evaluation.nextChange)
  }

  /// The values of several traits, as of `now`, in their order.
  ///
  /// - Complexity: one lookup per home; for an account, two per home of a member as well.
  @specialized(where State == ProfileSnapshot)
  public func values(
    of traits: [EvaluationPlan.Trait], _ subject: ProfileSubject, now: Timestamp
  ) throws(StoreError) -> [TraitResult] {
    guard let first = traits.first else { return [] }
    let operands = try ProfileOperands(
      subject, for: traits.map(\.program), from: state, plan: plan, now: now)
    var evaluation = Evaluation(first.program, operands, now: now)
    var results: [TraitResult] = []
    results.reserveCapacity(traits.count)
    for trait in traits {
      evaluation.begin(trait.program)
      results.append(try evaluation.result())
    }
    return results
  }
}
