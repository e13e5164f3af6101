// A reader's view of the members of audiences: immutable, shareable between threads, without locks.

import Bytes
import Profiles
import Roaring
import Storage

/// The memberships as they were when the snapshot was taken.
public final class MembershipSnapshot: Sendable {
  /// Profile -> its rows, in the order of the audiences' numbers.
  public let rows: RowSnapshot
  let members: TableSnapshot
  let timers: TimerSnapshot
  let deltas: [AudienceNumber: MembershipDelta]

  init(
    rows: RowSnapshot, members: TableSnapshot, timers: TimerSnapshot,
    deltas: [AudienceNumber: MembershipDelta]
  ) {
    self.rows = rows
    self.members = members
    self.timers = timers
    self.deltas = deltas
  }

  /// The members of an audience at the snapshot's logical now.
  ///
  /// - Complexity: O(members).
  public func members(of audience: AudienceNumber) throws(StoreError) -> Bitmap {
    try joinedMembers(of: audience, base: members, delta: deltas[audience])
  }

  /// Visits every waiting timer, stale ones included, in the order they come due.
  public func visitTimers(_ body: (TimerEntry) throws(StoreError) -> Void) throws(StoreError) {
    try timers.forEachDue(through: Timestamp(milliseconds: .max), body)
  }

  /// The (profile, audience) pairs whose truth can change by `instant`, in the order they come due.
  ///
  /// Includes stale entries: compare with `row(_:_:).due` before believing one.
  public func timers(through instant: Timestamp) throws(StoreError) -> [TimerEntry] {
    try timers.due(through: instant)
  }
}

/// The sealed base of an audience's members with its delta applied.
func joinedMembers(
  of audience: AudienceNumber, base: some TableReading, delta: MembershipDelta?
) throws(StoreError) -> Bitmap {
  let key = MembershipTables.membersKey(audience)
  let sealed = try base.withValue(key) { (bytes) throws(StoreError) in
    do { return try Bitmap(validating: bytes) } catch {
      throw StoreError.derivedMismatch("members", "a bitmap is not in the portable format")
    }
  }
  guard let delta else { return sealed ?? Bitmap() }
  return (sealed ?? Bitmap()).union(delta.added).subtracting(delta.removed)
}
