// The accounts of a store, a page at a time.

import Audiences
import Bytes
import Engine
import Profiles
import Storage

/// One account in a list.
public struct AccountListing: Sendable {
  /// Its stable id.
  public var id: ProfileID
  /// Its identifier.
  public var identifier: Identifier?
  /// The number of persons whose events counted for it.
  public var memberCount: Int
  /// The time of the earliest event that counts for it.
  public var firstSeen: Timestamp?
  /// The time of the latest.
  public var lastSeen: Timestamp?
  /// The audiences that it is in.
  public var audiences: [String]
}

extension Snapshot {
  /// Whether a profile is an account.
  public func isAccount(_ profile: ProfileOrdinal) throws(StoreError) -> Bool {
    try profiles.profileRow(profile) { (row) throws(DecodeError) in row.kind == .account }
  }

  /// Accounts in the order in which they were first seen.
  ///
  /// - Parameters:
  ///   - cursor: Where the list goes on: what the call before returned; 0 for the beginning.
  ///   - limit: The most accounts.
  /// - Returns: The accounts, and the cursor for the next call; nil if there are no more.
  /// - Complexity: O(profiles skipped + homes of the members of the accounts listed).
  public func accounts(
    after cursor: UInt32 = 0, limit: Int, at instant: Timestamp? = nil
  ) throws(StoreError) -> (accounts: [AccountListing], next: UInt32?) {
    let now = try checked(instant)
    var result: [AccountListing] = []
    var ordinal = cursor
    while ordinal < profiles.profileCount {
      let profile = ProfileOrdinal(ordinal)
      let isAccount = try profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.kind == .account && row.mergedInto == nil
      }
      if isAccount {
        guard result.count < limit else { return (result, ordinal) }
        result.append(try listing(profiles.subject(profile), at: now))
      }
      ordinal += 1
    }
    return (result, nil)
  }

  /// The group ids of the first accounts.
  ///
  /// - Complexity: O(profiles skipped).
  public func groupIDs(limit: Int) throws(StoreError) -> [String] {
    var result: [String] = []
    var ordinal: UInt32 = 0
    while ordinal < profiles.profileCount, result.count < limit {
      let profile = ProfileOrdinal(ordinal)
      ordinal += 1
      let isAccount = try profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.kind == .account && row.mergedInto == nil
      }
      if isAccount, let name = try firstIdentifier(of: profile) { result.append(name.value) }
    }
    return result
  }

  private func listing(
    _ subject: ProfileSubject, at now: Timestamp
  ) throws(StoreError) -> AccountListing {
    var report = try report(subject.profile, at: now, includesLinks: false)
    let memberCount = try addMembers(ofAccount: subject.profile, to: &report)
    return AccountListing(
      id: report.id, identifier: report.identifiers.first?.identifier, memberCount: memberCount,
      firstSeen: report.firstSeen, lastSeen: report.lastSeen,
      audiences: report.audiences.map(\.audience))
  }

  /// Widens the times of an account's report to those of its members' events that count for it.
  ///
  /// - Returns: The number of members.
  /// - Complexity: O(homes of the members).
  func addMembers(
    ofAccount account: ProfileOrdinal, to report: inout ProfileReport
  ) throws(StoreError) -> Int {
    var members: Set<ProfileOrdinal> = []
    for home in try profiles.memberHomes(ofAccount: account) {
      members.insert(try profiles.presentProfile(of: home))
      guard let times = try profiles.times(of: home, in: account) else { continue }
      report.firstSeen = min(report.firstSeen ?? times.lowerBound, times.lowerBound)
      report.lastSeen = max(report.lastSeen ?? times.upperBound, times.upperBound)
    }
    return members.count
  }
}
