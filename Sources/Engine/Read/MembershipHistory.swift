// The history of memberships: every change as it was recorded with the input that caused it, in the
// order in which they were decided. What destinations and auditors follow.

import Audiences
import Bytes
import Profiles
import Roaring
import Storage

/// One recorded change of one profile's membership.
public struct RecordedMembershipChange: Equatable, Sendable {
  /// What happened.
  public enum Kind: Equatable, Sendable {
    /// The profile entered.
    case entered
    /// The profile exited.
    case exited
    /// The membership ended because the profile was absorbed by the one with this id.
    case merged(into: ProfileID)
  }

  /// The record that it is recorded with.
  public var sequence: SequenceNumber
  /// Its place among the decisions taken on that record, from 0.
  public var index: Int
  /// The audience's name, also if the audience has been removed since.
  public var audience: String
  /// The profile's ordinal; for one that no longer exists a number beyond all ordinals of the snapshot.
  public var profile: ProfileOrdinal
  /// The profile's id as it was then; it resolves forever unless a refold made other profiles of its events.
  public var id: ProfileID
  /// What happened.
  public var kind: Kind
  /// The exact instant from which it holds.
  public var effective: Timestamp
  /// Why it happened.
  public var cause: MembershipCause

  package init(
    sequence: SequenceNumber, index: Int, audience: String, profile: ProfileOrdinal, id: ProfileID,
    kind: Kind, effective: Timestamp, cause: MembershipCause
  ) {
    self.sequence = sequence
    self.index = index
    self.audience = audience
    self.profile = profile
    self.id = id
    self.kind = kind
    self.effective = effective
    self.cause = cause
  }
}

extension Snapshot {
  /// Visits the changes of membership recorded with the records from `first` on, in the order of
  /// their addresses (sequence, index).
  ///
  /// Begins after the horizon: of what was changed before it, some is gone. Changes that have come due
  /// since the last input are not among them: they are recorded with the next one.
  ///
  /// - Parameters:
  ///   - first: The record to begin at; the first one of the log unless given.
  ///   - last: The record to end with; the last one of the snapshot unless given.
  /// - Complexity: O(log from `first` on).
  public func visitMembershipChanges(
    from first: SequenceNumber = SequenceNumber(1), through last: SequenceNumber? = nil,
    _ body: (RecordedMembershipChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    try visitMembershipChanges(from: first, through: last, of: RecordedProfiles(self), body)
  }

  /// As above, with a numbering of profiles that other passes share.
  package func visitMembershipChanges(
    from first: SequenceNumber = SequenceNumber(1), through last: SequenceNumber? = nil,
    of profiles: RecordedProfiles,
    _ body: (RecordedMembershipChange) throws(StoreError) -> Void
  ) throws(StoreError) {
    let first = max(first, SequenceNumber(horizon.value + 1))
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
      guard !decided.isEmpty else { return }
      let era = profiles.era(of: record.sequence)
      for (index, change) in decided {
        // What a refold brings: who goes is numbered as before it, who comes as after it.
        let next = change.cause.isOfRefold ? era + 1 : era
        let profile = try profiles.profile(change.profile, in: change.kind == .entered ? next : era)
        var kind = RecordedMembershipChange.Kind.entered
        switch change.kind {
        case .entered: break
        case .exited: kind = .exited
        case .merged(let survivor):
          kind = .merged(into: try profiles.profile(survivor, in: next).id)
        }
        try body(
          RecordedMembershipChange(
            sequence: record.sequence, index: index, audience: names[change.audience] ?? "",
            profile: profile.number, id: profile.id, kind: kind, effective: change.effective,
            cause: change.cause))
      }
    }
  }

  /// The logical time at which a record was taken in.
  package func receivedAt(_ sequence: SequenceNumber) throws(StoreError) -> Timestamp {
    var result = logicalNow
    try log.scan(from: sequence, through: sequence) { (record) throws(StoreError) in
      result = record.receivedAt
    }
    return result
  }

  /// The members of audiences before some of the recorded changes.
  ///
  /// Entries and exits of one profile alternate, so every change undone turns its bit around.
  ///
  /// - Parameters:
  ///   - names: The audiences, present or past.
  ///   - first: The record from which on changes are looked at.
  ///   - profiles: What numbers the members.
  ///   - isUndone: Whether a change is one of those to undo.
  /// - Complexity: O(log from `first` on).
  package func members(
    of names: Set<String>, undoingFrom first: SequenceNumber, _ profiles: RecordedProfiles,
    where isUndone: (RecordedMembershipChange) -> Bool = { _ in true }
  ) throws(StoreError) -> [String: Bitmap] {
    var members: [String: Bitmap] = [:]
    for audience in plan.audiences where names.contains(audience.name) {
      members[audience.name] = try memberships.members(of: audience.number)
    }
    try visitMembershipChanges(from: first, of: profiles) { (change) throws(StoreError) in
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

  /// What is wrong with the recorded changes, which must add up to the present members; nil if they do, or
  /// if the beginning of the history is gone.
  ///
  /// - Complexity: O(log).
  func problemOfMembershipHistory() throws(StoreError) -> String? {
    guard horizon.value == 0 else { return nil }
    let first = try members(
      of: Set(audienceNames), undoingFrom: SequenceNumber(1), RecordedProfiles(self))
    guard let wrong = first.filter({ !$0.value.isEmpty }).keys.min() else { return nil }
    return "the recorded changes of audience \(wrong) do not add up to its members; rebuild with "
      + "`cairn rebuild`, and if that does not help, restore the store from a backup"
  }

  /// The id that a profile itself has.
  package func id(of profile: ProfileOrdinal) throws(StoreError) -> ProfileID {
    try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
  }

  /// The names of all audiences ever defined: an audience keeps its number while it is redefined, and
  /// gets another if it comes back after a removal.
  private func audienceNamesByNumber() -> [AudienceNumber: String] {
    var result: [AudienceNumber: String] = [:]
    var present: Set<String> = []
    for record in recordedDefinitions.lazy.flatMap(\.changes) where !record.kind.isTrait {
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
