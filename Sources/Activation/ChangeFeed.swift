// The change feed: changes of memberships, in log order, after a cursor.

import Audiences
import Bytes
import Engine
import Profiles
import Storage

/// Part of the change feed.
public struct ChangeFeedPage: Sendable {
  /// The changes, in order.
  public var changes: [RecordedMembershipChange] = []
  /// Where to continue: the last of the changes, or the end of the log if there are no more.
  public var next: FeedCursor
}

extension RecordedMembershipChange {
  /// Its place in the feed.
  public var cursor: FeedCursor { FeedCursor(self) }
}

extension Snapshot {
  /// Records that are looked through at once while looking for changes.
  private static var windowRecords: UInt64 { 65_536 }

  /// The changes after a cursor.
  ///
  /// - Parameters:
  ///   - audience: Only changes of audiences of this name, present or past.
  /// - Throws: `StoreError` with code `.gone` for a cursor before what has been erased or rolled up;
  ///   `.outOfOrder` for one beyond the end of the log.
  /// - Complexity: O(log from the cursor to the last change given).
  public func changes(
    after cursor: FeedCursor, limit: Int, audience: String? = nil
  ) throws(StoreError) -> ChangeFeedPage {
    try check(cursor)
    var page = ChangeFeedPage(next: cursor)
    var first = max(cursor.sequence, SequenceNumber(1))
    while first <= lastSequence, page.changes.count < limit {
      let last = SequenceNumber(min(lastSequence.value, first.value + Self.windowRecords - 1))
      try visitMembershipChanges(from: first, through: last) { (change) throws(StoreError) in
        guard page.changes.count < limit, !cursor.covers(change.sequence, change.index),
          audience == nil || change.audience == audience
        else { return }
        page.changes.append(change)
      }
      first = SequenceNumber(last.value + 1)
    }
    page.next =
      page.changes.count == limit
      ? page.changes.last?.cursor ?? cursor : FeedCursor(sequence: lastSequence)
    return page
  }

  /// What the profile of a change stands for: itself or, if it no longer exists, what its audience is about.
  ///
  /// Complexity: O(1).
  public func entity(of change: RecordedMembershipChange) throws(StoreError) -> EntityKind {
    if change.profile.value < profiles.profileCount {
      return try profiles.profileRow(change.profile) { (row) throws(DecodeError) in row.kind }
    }
    return plan.audiences.first { $0.name == change.audience }?.entity ?? .person
  }

  /// Refuses a cursor that the feed does not reach.
  ///
  /// - Parameter beginsWithMembers: Whether the beginning means the members as of the horizon, which makes
  ///   up for the changes before it.
  func check(_ cursor: FeedCursor, beginsWithMembers: Bool = false) throws(StoreError) {
    let isBeginning = beginsWithMembers && cursor == .start
    try cursor.check(horizon: isBeginning ? SequenceNumber(0) : horizon, last: lastSequence)
  }
}

extension FeedCursor {
  /// Refuses a cursor below the horizon or beyond the end of the log.
  func check(horizon: SequenceNumber, last: SequenceNumber) throws(StoreError) {
    guard sequence <= last else {
      throw StoreError(
        .outOfOrder,
        "the cursor \(self) is beyond the last record \(last.value); it belongs to another store, or "
          + "to a later state of this one")
    }
    guard sequence >= horizon else {
      throw StoreError(
        .gone,
        "the changes after \(self) are gone: records up to \(horizon.value) have been erased or "
          + "rolled up; read the current members and continue from \(last.value), or remove a "
          + "destination and add it again")
    }
  }
}
