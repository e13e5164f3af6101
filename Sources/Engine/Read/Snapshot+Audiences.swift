// The members of an audience at an instant. Whatever has come due since the last input is applied to the answer, so
// that a membership ends at its instant and not at the next input.

import Audiences
import Bytes
import Profiles
import Roaring
import Storage

extension Snapshot {
  /// The names of all audiences, in the order they were defined.
  public var audienceNames: [String] { plan.audiences.map(\.name) }

  package func named(_ name: String) throws(StoreError) -> EvaluationPlan.Audience {
    guard let audience = plan.audiences.first(where: { $0.name == name }) else {
      throw .notFound(
        "audience", name, among: audienceNames, ifNone: "define some with `cairn apply`")
    }
    return audience
  }

  /// The exact members of an audience at an instant at or after the logical now.
  ///
  /// - Complexity: O(members + timers that have come due since the last input).
  package func members(of audience: EvaluationPlan.Audience, at now: Timestamp) throws(StoreError)
    -> Bitmap
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
  package func settled(
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
