// What a refold does to memberships: two states of one log side by side, whose ordinals have nothing to do
// with each other, so that profiles are compared by their ids.

import Audiences
import Bytes
import Events
import Profiles
import Roaring
import Storage

/// The changes of memberships when the log is folded to another state.
struct RefoldChanges {
  private let old: Fold
  private let new: Fold
  private let instant: Timestamp
  private let cause: MembershipCause

  init(from old: Fold, to new: Fold, at instant: Timestamp, because cause: MembershipCause) {
    self.old = old
    self.new = new
    self.instant = instant
    self.cause = cause
  }

  /// Passes the changes on, audience by audience: who goes, by the ordinals of the old state, then who comes,
  /// by those of the new.
  ///
  /// - Complexity: O(members) lookups.
  func visit(_ body: (MembershipChange) -> Void) throws(StoreError) {
    let before = old.state.memberships.snapshot()
    let after = new.state.memberships.snapshot()
    for audience in old.plan.audiences {
      var coming = try after.members(of: audience.number)
      for ordinal in try before.members(of: audience.number).toArray() {
        let profile = ProfileOrdinal(ordinal)
        let id = try old.state.profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
        let same = try new.state.profiles.ordinal(of: id)
        if let same, coming.remove(same.value) { continue }
        body(change(audience, profile, try kind(ofGoing: profile, nowAt: same)))
      }
      for ordinal in coming.toArray() { body(change(audience, ProfileOrdinal(ordinal), .entered)) }
    }
  }

  private func change(
    _ audience: EvaluationPlan.Audience, _ profile: ProfileOrdinal, _ kind: MembershipChange.Kind
  ) -> MembershipChange {
    MembershipChange(
      audience: audience.number, profile: profile, kind: kind, effective: instant, cause: cause)
  }

  /// How a membership ends: by merging if all that the profile was is part of one other now.
  private func kind(
    ofGoing profile: ProfileOrdinal, nowAt same: ProfileOrdinal?
  ) throws(StoreError) -> MembershipChange.Kind {
    if let same {
      let survivor = try new.state.profiles.survivor(of: same)
      return survivor == same ? .exited : .merged(into: survivor)
    }
    var heirs: Set<ProfileOrdinal> = []
    for home in try old.state.profiles.identifiers(of: profile) {
      let hash = try old.state.profiles.identifierRow(home) { (row) throws(DecodeError) in
        EventHash.identifier(IdentifierType(rawValue: row.type), row.value, seed: old.seed)
      }
      guard let ordinal = try new.state.profiles.identifierOrdinal(hash) else { return .exited }
      heirs.insert(try new.state.profiles.presentProfile(of: ordinal))
    }
    guard heirs.count == 1, let heir = heirs.first else { return .exited }
    return .merged(into: heir)
  }
}
