// Audiences, as people and programs ask for them.

import Audiences
import Bytes
import Engine
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
  /// The instant that the count answers for.
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
  /// An audience and its size, exactly.
  ///
  /// - Parameter instant: The instant to answer for; nil for `asOf`. Before the logical now the size is
  ///   that of the recorded changes, by the rule of that time, as in `visitMembers(of:asOf:_:)`.
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
      try body(member(ProfileOrdinal(ordinal), of: audience, at: now))
    }
  }

  /// A member of an audience.
  func member(
    _ profile: ProfileOrdinal, of audience: EvaluationPlan.Audience, at now: Timestamp
  ) throws(StoreError) -> AudienceMember {
    let subject = try profiles.subject(profile)
    let row = try memberships.row(profile, audience.number) ?? MembershipRow()
    let state = try settled(row, audience, subject, at: now)
    let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
    var identifiers: [Identifier] = []
    for home in subject.homes { identifiers.append(try identifier(home)) }
    return AudienceMember(
      profile: profile, id: id, since: state.since, cause: state.cause ?? .event,
      identifiers: identifiers)
  }
}
