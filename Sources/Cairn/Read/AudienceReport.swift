// Audiences, as people and programs ask for them. Whatever has come due since the last input is applied
// to the answer, so that a membership ends at its instant and not at the next input.

import Audiences
import Bytes
import Profiles
import Roaring
import Storage

/// An audience and its size.
public struct AudienceReport: Sendable {
  /// The name.
  public var name: String
  /// The rule as it was written.
  public var rule: String
  /// The members at `asOf`.
  public var memberCount: Int
  /// The instant that the count is true for.
  public var asOf: Timestamp
}

/// One member of an audience.
public struct AudienceMember: Sendable {
  /// The profile.
  public var profile: ProfileOrdinal
  /// The profile's stable id.
  public var id: ProfileID
  /// Since when it has been in.
  public var since: Timestamp
  /// Why it came in.
  public var cause: MembershipCause
  /// Its identifiers, in the order they joined.
  public var identifiers: [Identifier]
}

extension Snapshot {
  /// The names of all audiences, in the order they were defined.
  public var audienceNames: [String] { plan.audiences.map(\.name) }

  /// An audience and its size, exactly.
  ///
  /// - Parameter instant: The instant to answer for; nil for `asOf`. Before the logical now the size is
  ///   that of the recorded changes, by the rule of then, as in `visitMembers(of:asOf:_:)`.
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is no such audience; `.gone` before the
  ///   horizon.
  public func audience(
    _ name: String, at instant: Timestamp? = nil
  ) throws(StoreError) -> AudienceReport {
    let now = instant ?? asOf
    let audience = try named(name)
    var count = 0
    if now < logicalNow {
      try visitMembers(of: name, asOf: now) { _ throws(StoreError) in count += 1 }
    } else {
      count = try members(of: audience, at: now).count
    }
    return AudienceReport(
      name: audience.name, rule: recordedDefinitions.text(ofAudience: name) ?? "",
      memberCount: count,
      asOf: now)
  }

  /// Visits the members of an audience, oldest profile first.
  public func visitMembers(
    of name: String, at instant: Timestamp? = nil,
    _ body: (AudienceMember) throws(StoreError) -> Void
  ) throws(StoreError) {
    let now = try checked(instant)
    let audience = try named(name)
    for ordinal in try members(of: audience, at: now).toArray() {
      let profile = ProfileOrdinal(ordinal)
      let subject = try profiles.subject(profile)
      let row = try memberships.row(profile, audience.number) ?? MembershipRow()
      let state = try settled(row, audience, subject, at: now)
      let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
      var identifiers: [Identifier] = []
      for home in subject.homes { identifiers.append(try identifier(home)) }
      try body(
        AudienceMember(
          profile: profile, id: id, since: state.since, cause: state.cause ?? .event,
          identifiers: identifiers))
    }
  }

  func named(_ name: String) throws(StoreError) -> EvaluationPlan.Audience {
    guard let audience = plan.audiences.first(where: { $0.name == name }) else {
      throw .notFound(
        "audience", name, among: audienceNames, ifNone: "define some with `cairn apply`")
    }
    return audience
  }

  /// The exact members of an audience at an instant at or after the logical now.
  ///
  /// - Complexity: O(members + timers that have come due since the last input).
  func members(of audience: EvaluationPlan.Audience, at now: Timestamp) throws(StoreError) -> Bitmap
  {
    var members = try memberships.members(of: audience.number)
    guard now > logicalNow else { return members }
    for timer in try memberships.timers(through: now)
    where timer.condition == audience.number.value {
      let profile = ProfileOrdinal(timer.ordinal)
      guard let row = try memberships.row(profile, audience.number), row.due == timer.due else {
        continue
      }
      if try settled(row, audience, profiles.subject(profile), at: now).isMember {
        members.add(timer.ordinal)
      } else {
        members.remove(timer.ordinal)
      }
    }
    return members
  }

  /// A membership after all its timers due by `now` have fired, each at its own instant.
  func settled(
    _ row: MembershipRow, _ audience: EvaluationPlan.Audience, _ subject: ProfileSubject,
    at now: Timestamp
  ) throws(StoreError) -> MembershipRow {
    let values = ProfileValues(profiles, plan: plan)
    var row = row
    while let due = row.due, due <= now {
      let (isTrue, next) = try values.judge(audience, subject, now: due)
      if isTrue != row.isMember {
        row.isMember = isTrue
        row.since = due
        row.cause = .timer
      }
      row.due = next
    }
    return row
  }
}
