// Keeps memberships true: after every event, merge, definition and passage of time it evaluates just
// the audiences whose truth can have changed, and says what came of it.

import Bytes
import Profiles
import Storage

/// Applies changes of truth to the membership tables, one profile and audience at a time.
public struct AudienceFold {
  let profiles: ProfileTables
  let tables: MembershipTables
  private var scratch = ByteWriter()

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

  /// Judges one audience for one profile and arms its timer.
  ///
  /// - Parameter emit: Receives the change, if there is one.
  public mutating func evaluate(
    _ audience: EvaluationPlan.Audience, _ profile: ProfileOrdinal, homes: [IdentifierOrdinal],
    plan: EvaluationPlan, on occasion: Occasion, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    let values = ProfileValues(profiles, plan: plan)
    let (isTrue, due) = try values.judge(
      audience, ProfileSubject(profile, homes: homes), now: occasion.now)
    let old = try tables.row(profile, audience.number)
    var row = old ?? MembershipRow()
    if isTrue != row.isMember {
      row.isMember = isTrue
      row.cause = occasion.cause
      row.since = occasion.now
      row.sequence = occasion.sequence
      if isTrue {
        tables.insert(profile, into: audience.number)
      } else {
        tables.remove(profile, from: audience.number)
      }
      emit(
        MembershipChange(
          audience: audience.number, profile: profile, kind: isTrue ? .entered : .exited,
          effective: occasion.now, cause: occasion.cause))
    }
    if row.due != due {
      row.due = due
      if let due {
        tables.timers.push(
          TimerEntry(due: due, ordinal: profile.value, condition: audience.number.value))
      }
    }
    if row != (old ?? MembershipRow()) {
      tables.store(row, profile, audience.number, scratch: &scratch)
    }
  }

  /// Ends the memberships of an absorbed profile as merged.
  public mutating func absorb(
    _ absorbed: ProfileOrdinal, into survivor: ProfileOrdinal, plan: EvaluationPlan,
    on occasion: Occasion, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    for audience in plan.audiences {
      guard let row = try tables.row(absorbed, audience.number) else { continue }
      if row.isMember {
        tables.remove(absorbed, from: audience.number)
        emit(
          MembershipChange(
            audience: audience.number, profile: absorbed, kind: .merged(into: survivor),
            effective: occasion.now, cause: .merge))
      }
      tables.store(MembershipRow(), absorbed, audience.number, scratch: &scratch)
    }
  }

  /// Ends the membership of one profile in an audience that is no longer defined.
  public mutating func dismiss(
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
    tables.store(MembershipRow(), profile, audience, scratch: &scratch)
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
