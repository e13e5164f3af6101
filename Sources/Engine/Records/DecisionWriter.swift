// The decisions of one record as they are taken, in their order. When an audience is defined or many
// windows end at one instant, thousands of changes differ in nothing but the profile: those stand as
// one group, at a byte or two each.

import Audiences
import Bytes
import Profiles

/// Collects the encoded decisions of the record in hand.
///
/// A group is tag 19 (entered) or 20 (exited), varint audience, zigzag effective instant, u8 cause,
/// u32 count, then the profile ordinals, each as a zigzag difference from the one before. Every member
/// of a group counts as one decision of the record.
struct DecisionWriter {
  static let groupEnteredTag: UInt8 = 19
  static let groupExitedTag: UInt8 = 20

  private var writer = ByteWriter(capacity: 1024)
  private var last: MembershipChange?
  /// Where the last change starts: it may turn out to be the first of a group.
  private var lastStart = 0
  private var groupCount: UInt32 = 0
  private var groupCountOffset = 0

  /// What has been written.
  var bytes: [UInt8] { writer.bytes }

  mutating func removeAll() {
    writer.removeAll()
    last = nil
    groupCount = 0
  }

  mutating func append(_ decision: IdentityDecision) {
    decision.encode(into: &writer)
    last = nil
    groupCount = 0
  }

  mutating func append(_ profiles: FormerProfiles) {
    profiles.encode(into: &writer)
    last = nil
    groupCount = 0
  }

  mutating func append(_ change: MembershipChange) {
    defer { last = change }
    guard let previous = last, previous.differsOnlyInProfile(from: change) else {
      lastStart = writer.count
      groupCount = 0
      change.encode(into: &writer)
      return
    }
    if groupCount == 0 {
      writer.truncate(to: lastStart)
      beginGroup(previous)
    }
    groupCount += 1
    writer.replaceU32(groupCount, at: groupCountOffset)
    writer.zigzag(Int64(change.profile.value) - Int64(previous.profile.value))
  }

  /// Appends what another writer has.
  mutating func append(_ other: DecisionWriter) {
    writer.append(other.bytes)
    last = nil
    groupCount = 0
  }

  private mutating func beginGroup(_ first: MembershipChange) {
    writer.u8(first.kind == .entered ? Self.groupEnteredTag : Self.groupExitedTag)
    writer.varint(UInt64(first.audience.value))
    writer.zigzag(first.effective.milliseconds)
    writer.u8(first.cause.rawValue)
    groupCountOffset = writer.count
    groupCount = 1
    writer.u32(groupCount)
    writer.zigzag(Int64(first.profile.value))
  }
}

extension MembershipChange {
  /// Whether both can stand in one group.
  fileprivate func differsOnlyInProfile(from other: MembershipChange) -> Bool {
    guard kind == .entered || kind == .exited else { return false }
    return kind == other.kind && audience == other.audience && effective == other.effective
      && cause == other.cause
  }

  /// Decodes the group that follows `tag`, or returns false if the tag is not a group's.
  static func visitGroup(
    tag: UInt8, _ reader: inout ByteReader,
    _ body: (MembershipChange) throws(DecodeError) -> Void
  ) throws(DecodeError) -> Bool {
    guard tag == DecisionWriter.groupEnteredTag || tag == DecisionWriter.groupExitedTag else {
      return false
    }
    let audience = AudienceNumber(try reader.varint32())
    let effective = Timestamp(milliseconds: try reader.zigzag())
    guard let cause = MembershipCause(rawValue: try reader.u8()) else { throw reader.invalid() }
    var ordinal: Int64 = 0
    for _ in 0..<(try reader.u32()) {
      let (sum, overflow) = ordinal.addingReportingOverflow(try reader.zigzag())
      guard !overflow, let profile = UInt32(exactly: sum) else { throw reader.invalid() }
      ordinal = sum
      try body(
        MembershipChange(
          audience: audience, profile: ProfileOrdinal(profile),
          kind: tag == DecisionWriter.groupEnteredTag ? .entered : .exited, effective: effective,
          cause: cause))
    }
    return true
  }
}
