// The members of an audience a part at a time, however many there are.

import Audiences
import Bytes
import Engine
import Profiles
import Roaring
import Storage

/// The members that an audience has at one instant, oldest profile first, read as they are asked for.
///
/// A value of its own for each reader; what it reads never changes.
public struct MemberList: Sendable {
  /// The state that it reads.
  public let snapshot: Snapshot
  /// The instant that it answers for.
  public let asOf: Timestamp
  private let audience: EvaluationPlan.Audience
  private let members: Bitmap
  private var last: UInt32?

  init(
    _ snapshot: Snapshot, _ audience: EvaluationPlan.Audience, after last: UInt32?,
    at asOf: Timestamp
  ) throws(StoreError) {
    self.snapshot = snapshot
    self.audience = audience
    self.asOf = asOf
    self.last = last
    members = try snapshot.members(of: audience, at: asOf)
  }

  /// How many members there are, those before the place where it began among them.
  public var count: Int { members.count }

  /// The next members; none at the end.
  ///
  /// - Complexity: O(containers of the bitmap), and a few lookups for each member.
  public mutating func next(max count: Int) throws(StoreError) -> [AudienceMember] {
    var result: [AudienceMember] = []
    for ordinal in members.values(after: last, max: count) {
      result.append(try snapshot.member(ProfileOrdinal(ordinal), of: audience, at: asOf))
      last = ordinal
    }
    return result
  }
}

extension Snapshot {
  /// The members of an audience, to be read a part at a time.
  ///
  /// - Parameters:
  ///   - id: The member to begin after, by its id at the time; nil from the first one on.
  ///   - instant: The instant to answer for, `logicalNow` or later; nil for `asOf`.
  /// - Throws: `StoreError` with code `.noSuchRecord` for an audience or a profile that does not exist.
  public func memberList(
    of name: String, after id: ProfileID? = nil, at instant: Timestamp? = nil
  ) throws(StoreError) -> MemberList {
    let now = try checked(instant)
    let audience = try named(name)
    var last: UInt32?
    if let id {
      // Of the profile itself and not of what it was merged into, which may come earlier.
      guard let ordinal = try profiles.ordinal(of: id) else {
        throw StoreError(
          .noSuchRecord, "no profile has the id to continue after; begin again without it")
      }
      last = ordinal.value
    }
    return try MemberList(self, audience, after: last, at: now)
  }
}
