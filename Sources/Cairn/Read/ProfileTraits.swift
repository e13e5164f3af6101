// What is computed about one profile, and nothing else: the question that is asked most often, so it reads the cells
// of the profile and no event.

import Audiences
import Bytes
import Engine
import Profiles
import Storage

/// The computed traits of a person or an account.
public struct ProfileTraits: Sendable {
  /// The stable id.
  public var id: ProfileID
  /// The instant that the values are for.
  public var asOf: Timestamp
  /// All traits, in the order they were defined.
  public var entries: [ProfileReport.TraitEntry]
}

extension Snapshot {
  /// The computed traits of a profile.
  ///
  /// - Parameter instant: The instant to answer for, `logicalNow` or later; nil for `asOf`.
  /// - Complexity: one lookup per home; for an account, two per home of a member as well.
  public func traits(
    of profile: ProfileOrdinal, at instant: Timestamp? = nil
  ) throws(StoreError) -> ProfileTraits {
    let now = try checked(instant)
    let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
    return ProfileTraits(
      id: id, asOf: now, entries: try traitEntries(of: profiles.subject(profile), at: now))
  }

  /// The audiences that a profile is in.
  ///
  /// - Parameter instant: As for `traits(of:at:)`.
  public func audiences(
    of profile: ProfileOrdinal, at instant: Timestamp? = nil
  ) throws(StoreError) -> [ProfileReport.MembershipEntry] {
    let now = try checked(instant)
    return try membershipEntries(of: profiles.subject(profile), at: now)
  }

  /// The traits that were sent about a profile, and whether there were more events than are read for them.
  ///
  /// - Complexity: as `page`.
  public func knownTraits(
    of profile: ProfileOrdinal
  ) throws(StoreError) -> (traits: [KnownTrait], isPartial: Bool) {
    let history = try history(of: profiles.subject(profile))
    return (history.knownTraits, history.isPartial)
  }
}
