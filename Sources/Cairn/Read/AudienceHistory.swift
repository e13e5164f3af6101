// The members of an audience at an earlier time, from the recorded changes: by the rule in force
// and the events known at that time.

import Audiences
import Bytes
import Engine
import Profiles
import Roaring
import Storage

extension Snapshot {
  /// Visits the members that an audience had at an instant, oldest profile first, those that no longer exist after
  /// the others.
  ///
  /// Up to the logical now they are those of the recorded changes; from there on, timers that come due
  /// are applied to the present ones. Profiles are those of the time, by the identity rules of the time;
  /// identifiers of one that no longer exists are not known. Profiles that were members at the horizon
  /// count as members since then, as far as the history is known.
  ///
  /// - Throws: `StoreError` with code `.gone` for an instant before the horizon; `.noSuchRecord`
  ///   for an audience that never existed.
  /// - Complexity: O(log) for an earlier instant.
  public func visitMembers(
    of name: String, asOf instant: Timestamp,
    _ body: (AudienceMember) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard instant < logicalNow else {
      try visitMembers(of: name, at: instant, body)
      return
    }
    let recorded = RecordedProfiles(self)
    var members = try firstMembers(of: name, recorded, knownAt: instant)
    var isKnown = audienceNames.contains(name)
    // Changes are recorded in the order of their effective instants.
    try visitMembershipChanges(of: recorded) { (change) throws(StoreError) in
      guard change.audience == name else { return }
      isKnown = true
      guard change.effective <= instant else { return }
      switch change.kind {
      case .entered: members[change.profile.value] = (change.effective, change.cause)
      case .exited, .merged: members[change.profile.value] = nil
      }
    }
    if !isKnown { _ = try named(name) }
    for (ordinal, entry) in members.sorted(by: { $0.key < $1.key }) {
      // What the profile has become since is shown under the id that it had.
      let profile = ProfileOrdinal(ordinal)
      let present = try recorded.survivor(of: profile)
      try body(
        AudienceMember(
          profile: profile, id: try recorded.id(of: profile), since: entry.since,
          cause: entry.cause, identifiers: try present.map(identifiers) ?? []))
    }
  }

  /// The members of an audience at the horizon.
  private func firstMembers(
    of name: String, _ recorded: RecordedProfiles, knownAt instant: Timestamp
  ) throws(StoreError) -> [UInt32: (since: Timestamp, cause: MembershipCause)] {
    guard horizon.value > 0 else { return [:] }
    let start = try receivedAt(horizon)
    guard instant >= start else {
      throw StoreError(
        .gone,
        "the members before record \(horizon.value) are gone: records up to it have been erased or rolled "
          + "up; ask for \(start) or later")
    }
    var result: [UInt32: (since: Timestamp, cause: MembershipCause)] = [:]
    let members = try self.members(of: [name], undoingFrom: horizon, recorded)
    for ordinal in members[name]?.toArray() ?? [] { result[ordinal] = (start, .definition) }
    return result
  }
}

extension Snapshot {
  /// Whether there is an audience of a name, or has been one.
  ///
  /// - Complexity: O(definitions so far).
  public func hasHadAudience(named name: String) -> Bool {
    recordedDefinitions.contains { record in
      record.changes.contains { $0.name == name && !$0.kind.isTrait }
    }
  }

  /// The identifier that a profile had first; nil for one that was absorbed.
  public func firstIdentifier(of profile: ProfileOrdinal) throws(StoreError) -> Identifier? {
    try identifiers(of: profile).first
  }
}

/// Two audiences side by side.
public struct AudienceOverlap: Sendable {
  /// Their names.
  public var names: (first: String, second: String)
  /// The members of each.
  public var sizes: (first: Int, second: Int)
  /// How many are in both.
  public var both: Int
  /// Some of those that are in the first only.
  public var onlyFirst: [ProfileID] = []
  /// Some of those that are in the second only.
  public var onlySecond: [ProfileID] = []
  /// The instant that it answers for.
  public var asOf: Timestamp

  /// How many are in either.
  public var either: Int { sizes.first + sizes.second - both }

  /// Those in both by those in either; 1 for two empty audiences.
  public var jaccard: Double { either == 0 ? 1 : Double(both) / Double(either) }
}

extension Snapshot {
  /// How two audiences overlap, exactly.
  ///
  /// - Parameter sampleMax: The most profiles to name for each side.
  /// - Throws: `StoreError` with code `.outOfOrder` for an audience of persons and one of accounts.
  /// - Complexity: O(members of both).
  public func overlap(
    _ first: String, _ second: String, at instant: Timestamp? = nil, sampleMax: Int = 10
  ) throws(StoreError) -> AudienceOverlap {
    let now = try checked(instant)
    let (one, other) = (try named(first), try named(second))
    guard one.entity == other.entity else {
      let isAccount = one.entity == .account
      let (accounts, persons) = isAccount ? (first, second) : (second, first)
      throw StoreError(
        .outOfOrder,
        "'\(persons)' is an audience of persons and '\(accounts)' one of accounts, so there are no members "
          + "to compare; name two audiences of the same kind")
    }
    let a = try members(of: one, at: now)
    let b = try members(of: other, at: now)
    let both = a.intersection(b)
    var result = AudienceOverlap(
      names: (first, second), sizes: (a.count, b.count), both: both.count, asOf: now)
    for (members, isFirst) in [(a.subtracting(b), true), (b.subtracting(a), false)] {
      for ordinal in members.toArray().prefix(sampleMax) {
        let id = try profiles.profileRow(ProfileOrdinal(ordinal)) { (row) throws(DecodeError) in
          row.id
        }
        if isFirst { result.onlyFirst.append(id) } else { result.onlySecond.append(id) }
      }
    }
    return result
  }
}
