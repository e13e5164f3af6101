// Keeps memberships true: after every event, merge, definition and passage of time it evaluates just
// the audiences whose truth can have changed, and says what came of it.

import Bytes
import Profiles
import Storage

/// Applies changes of truth to the membership tables, one profile and audience at a time.
public final class AudienceFold {
  let profiles: ProfileTables
  let tables: MembershipTables
  private var scratch = ByteWriter()
  private var values = SlotValues()
  private var rules: [BoundProgram] = []
  private var outcomes: [(isTrue: Bool, due: Timestamp?)] = []
  private var changes: [(audience: AudienceNumber, row: MembershipRow)] = []

  /// Works on `tables`, judging by the fold state in `profiles`.
  public init(profiles: ProfileTables, tables: MembershipTables) {
    self.profiles = profiles
    self.tables = tables
  }

  /// The moment and reason for which audiences are judged.
  public struct Occasion: Sendable {
    /// The record that the changes are recorded beside.
    public var sequence: SequenceNumber
    /// The logical now, which is also the changes' effective instant.
    public var now: Timestamp
    /// Why anything can have changed.
    public var cause: MembershipCause

    /// Names an occasion.
    public init(sequence: SequenceNumber, now: Timestamp, cause: MembershipCause) {
      self.sequence = sequence
      self.now = now
      self.cause = cause
    }
  }

  /// Judges audiences for one profile and arms their timers.
  ///
  /// - Parameters:
  ///   - judged: In the order of their numbers.
  ///   - answers: What accounts have answered already, if several persons are judged on the occasion.
  ///   - emit: Receives each change.
  /// - Complexity: one look-up a home, and one or two for all memberships.
  public func evaluate(
    _ judged: [EvaluationPlan.Audience], _ subject: ProfileSubject, plan: EvaluationPlan,
    on occasion: Occasion, answers: AccountAnswers? = nil, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    let profile = subject.profile
    try evaluate(judged, subject, plan, now: occasion.now, answers)
    changes.removeAll(keepingCapacity: true)
    if judged.count == 1 {
      let old = try tables.row(profile, judged[0].number)
      judge(0, judged[0].number, profile, old ?? MembershipRow(), on: occasion, emit: emit)
    } else {
      let found = try tables.rows.read(MembershipRows.key(profile)) {
        (bytes) throws(StoreError) in
        let rows = try MembershipRows(checking: bytes)
        for (index, audience) in judged.enumerated() {
          judge(
            index, audience.number, profile,
            try rows.row(of: audience.number) ?? MembershipRow(), on: occasion, emit: emit)
        }
      }
      if !found {
        for (index, audience) in judged.enumerated() {
          judge(index, audience.number, profile, MembershipRow(), on: occasion, emit: emit)
        }
      }
    }
    try tables.store(changes, of: profile, scratch: &scratch)
  }

  /// Evaluates the rules of audiences for one profile; `outcomes` holds what comes of it.
  private func evaluate(
    _ judged: [EvaluationPlan.Audience], _ subject: ProfileSubject, _ plan: EvaluationPlan,
    now: Timestamp, _ answers: AccountAnswers?
  ) throws(StoreError) {
    outcomes.removeAll(keepingCapacity: true)
    guard let first = judged.first else { return }
    rules.removeAll(keepingCapacity: true)
    for audience in judged { rules.append(audience.rule) }
    let operands = try ProfileOperands(
      subject, for: rules, from: profiles, plan: plan, now: now, into: &values, answers: answers)
    var evaluation = Evaluation(first.rule, operands, now: now)
    for (index, audience) in judged.enumerated() {
      if index > 0 { evaluation.begin(audience.rule) }
      let isTrue = try evaluation.isTrue()
      outcomes.append((isTrue, evaluation.nextChange))
    }
  }

  /// Applies the outcome of one audience; a row that is to be written goes to `changes`.
  private func judge(
    _ index: Int, _ audience: AudienceNumber, _ profile: ProfileOrdinal, _ old: MembershipRow,
    on occasion: Occasion, emit: (MembershipChange) -> Void
  ) {
    let (isTrue, due) = outcomes[index]
    var row = old
    if isTrue != row.isMember {
      row.isMember = isTrue
      row.cause = occasion.cause
      row.since = occasion.now
      row.sequence = occasion.sequence
      if isTrue {
        tables.insert(profile, into: audience)
      } else {
        tables.remove(profile, from: audience)
      }
      emit(
        MembershipChange(
          audience: audience, profile: profile, kind: isTrue ? .entered : .exited,
          effective: occasion.now, cause: occasion.cause))
    }
    if row.due != due {
      row.due = due
      if let due {
        tables.timers.push(
          TimerEntry(due: due, ordinal: profile.value, condition: audience.value))
      }
    }
    if row != old { changes.append((audience, row)) }
  }

  /// Ends the memberships of an absorbed profile as merged.
  public func absorb(
    _ absorbed: ProfileOrdinal, into survivor: ProfileOrdinal, on occasion: Occasion,
    emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    changes.removeAll(keepingCapacity: true)
    try tables.visitRows(of: absorbed) { (audience, row) throws(StoreError) in
      changes.append((audience, MembershipRow()))
      guard row.isMember else { return }
      tables.remove(absorbed, from: audience)
      emit(
        MembershipChange(
          audience: audience, profile: absorbed, kind: .merged(into: survivor),
          effective: occasion.now, cause: .merge))
    }
    try tables.store(changes, of: absorbed, scratch: &scratch)
  }

  /// Ends the membership of one profile in an audience that is no longer defined.
  public func dismiss(
    _ profile: ProfileOrdinal, from audience: AudienceNumber, on occasion: Occasion,
    emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    guard let row = try tables.row(profile, audience) else { return }
    if row.isMember {
      emit(
        MembershipChange(
          audience: audience, profile: profile, kind: .exited, effective: occasion.now,
          cause: occasion.cause))
    }
    try tables.store([(audience, MembershipRow())], of: profile, scratch: &scratch)
  }

  /// Takes the next timer due by `instant`, passing over stale ones.
  public func popDue(
    through instant: Timestamp
  ) throws(StoreError) -> (due: Timestamp, profile: ProfileOrdinal, audience: AudienceNumber)? {
    while let entry = try tables.timers.popDue(through: instant) {
      let profile = ProfileOrdinal(entry.ordinal)
      let audience = AudienceNumber(entry.condition)
      guard let row = try tables.row(profile, audience), row.due == entry.due else { continue }
      return (entry.due, profile, audience)
    }
    return nil
  }
}
