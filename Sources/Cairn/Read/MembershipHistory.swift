// The history of memberships: every change as it was recorded beside the input that brought it about,
// in the order in which they were decided. What destinations and auditors follow.

import Audiences
import Bytes
import Profiles
import Roaring
import Storage

/// One recorded change of one profile's membership.
public struct RecordedMembershipChange: Equatable, Sendable {
  /// What happened.
  public enum Kind: Equatable, Sendable {
    /// The profile came in.
    case entered
    /// The profile went out.
    case exited
    /// The membership ended because the profile was absorbed by the one with this id.
    case merged(into: ProfileID)
  }

  /// The record that it stands beside.
  public var sequence: SequenceNumber
  /// Its place among the decisions taken on that record, from 0.
  public var index: Int
  /// The audience's name, also if the audience has been removed since.
  public var audience: String
  /// The profile.
  public var profile: ProfileOrdinal
  /// The profile's id as it was then; it resolves for ever.
  public var id: ProfileID
  /// What happened.
  public var kind: Kind
  /// The exact instant from which it holds.
  public var effective: Timestamp
  /// Why it happened.
  public var cause: MembershipCause
}

extension Snapshot {
  /// Visits the changes of membership recorded beside the records from `first` on, in the order of
  /// their addresses (sequence, index).
  ///
  /// Begins after the identity rules in force were applied: earlier changes are about profiles as other
  /// rules made them. Changes that have come due since the last input are not among them: they are
  /// recorded beside the next one.
  ///
  /// - Parameters:
  ///   - first: The record to begin at; the first one of the log unless given.
  ///   - last: The record to end with; the last one of the snapshot unless given.
  /// - Complexity: O(log from `first` on).
  public func visitMembershipChanges(
    from first: SequenceNumber = SequenceNumber(1), through last: SequenceNumber? = nil,
    _ body: (RecordedMembershipChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    // What was decided by other identity rules is about other profiles.
    let first = max(first, SequenceNumber(scalars.identityRulesAt.value + 1))
    let last = min(last ?? lastSequence, lastSequence)
    guard first <= last else { return }
    let names = audienceNamesByNumber()
    var decided: [(index: Int, change: MembershipChange)] = []
    try log.scan(from: first, through: last) { (record) throws(StoreError) in
      decided.removeAll(keepingCapacity: true)
      do throws(DecodeError) {
        try Decision.visitAll(record.decisions) { (index, decision) throws(DecodeError) in
          if case .membership(let change) = decision { decided.append((index, change)) }
        }
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      for (index, change) in decided {
        try body(
          RecordedMembershipChange(
            sequence: record.sequence, index: index, audience: names[change.audience] ?? "",
            profile: change.profile, id: try profileID(of: change.profile),
            kind: try kind(of: change), effective: change.effective, cause: change.cause))
      }
    }
  }

  /// The record that the history of memberships begins after, other than with nothing: that of the
  /// identity rules in force, unless they were applied before there was any event; else 0.
  ///
  /// - Complexity: O(records before the first event).
  func membershipHistoryStart() throws(StoreError) -> SequenceNumber {
    let rules = scalars.identityRulesAt
    var first: UInt64 = 1
    while first < rules.value {
      let last = min(rules.value, first + 63)
      var hasEvents = false
      try log.scan(from: SequenceNumber(first), through: SequenceNumber(last)) {
        (record) throws(StoreError) in
        if record.kind == RecordKind.event.rawValue { hasEvents = true }
      }
      if hasEvents { return rules }
      first = last + 1
    }
    return SequenceNumber(0)
  }

  /// The logical time at which a record was taken in.
  func receivedAt(_ sequence: SequenceNumber) throws(StoreError) -> Timestamp {
    var result = logicalNow
    try log.scan(from: sequence, through: sequence) { (record) throws(StoreError) in
      result = record.receivedAt
    }
    return result
  }

  /// Who was in audiences before some of the recorded changes.
  ///
  /// Entries and exits of one profile alternate, so every change undone turns its bit around.
  ///
  /// - Parameters:
  ///   - names: The audiences, present or past.
  ///   - first: The record from which on changes are looked at.
  ///   - isUndone: Whether a change is one of those to undo.
  /// - Complexity: O(log from `first` on).
  func members(
    of names: Set<String>, undoingFrom first: SequenceNumber,
    where isUndone: (RecordedMembershipChange) -> Bool = { _ in true }
  ) throws(StoreError) -> [String: Bitmap] {
    var members: [String: Bitmap] = [:]
    for audience in plan.audiences where names.contains(audience.name) {
      members[audience.name] = try memberships.members(of: audience.number)
    }
    try visitMembershipChanges(from: first) { (change) throws(StoreError) in
      guard names.contains(change.audience), isUndone(change) else { return }
      let profile = change.profile.value
      if members[change.audience, default: Bitmap()].contains(profile) {
        members[change.audience, default: Bitmap()].remove(profile)
      } else {
        members[change.audience, default: Bitmap()].add(profile)
      }
    }
    return members
  }

  private func kind(
    of change: MembershipChange
  ) throws(StoreError) -> RecordedMembershipChange.Kind {
    switch change.kind {
    case .entered: .entered
    case .exited: .exited
    case .merged(let survivor): .merged(into: try profileID(of: survivor))
    }
  }

  func profileID(of profile: ProfileOrdinal) throws(StoreError) -> ProfileID {
    try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
  }

  /// The names of all audiences ever defined: an audience keeps its number while it is redefined, and
  /// gets another if it comes back after a removal.
  private func audienceNamesByNumber() -> [AudienceNumber: String] {
    var result: [AudienceNumber: String] = [:]
    var present: Set<String> = []
    for record in scalars.definitions.lazy.flatMap(\.changes) where !record.kind.isTrait {
      switch record.action {
      case .remove: present.remove(record.name)
      case .define:
        guard present.insert(record.name).inserted else { continue }
        result[AudienceNumber(UInt32(result.count))] = record.name
      }
    }
    return result
  }
}
