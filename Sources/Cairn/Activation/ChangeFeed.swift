// The change feed: memberships as they changed, in the order of the log, from a cursor on.

import Bytes
import Profiles
import Storage

/// Part of the change feed.
public struct ChangeFeedPage: Sendable {
  /// The changes, in order.
  public var changes: [RecordedMembershipChange] = []
  /// Where to go on: the last of the changes, or the end of the log if there are no more.
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
  /// - Throws: `StoreError` with code `.gone` for a cursor before what has been erased or rolled up, or
  ///   before the identity rules in force were applied to a store with events; `.outOfOrder` for one beyond the end of the log.
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

  /// Refuses a cursor that the feed does not reach.
  ///
  /// - Parameter beginsWithMembers: Whether the beginning means the members as of the identity rules in
  ///   force, which makes up for the changes before them.
  func check(_ cursor: FeedCursor, beginsWithMembers: Bool = false) throws(StoreError) {
    let rules =
      beginsWithMembers && cursor == .start ? SequenceNumber(0) : try membershipHistoryStart()
    try cursor.check(horizon: horizon, last: lastSequence, rules: rules)
  }
}

extension FeedCursor {
  /// Refuses a cursor below the horizon, before the identity rules in force, or beyond the end of the
  /// log.
  ///
  /// - Parameter rules: The record of rules that were applied to a store with events.
  func check(
    horizon: SequenceNumber, last: SequenceNumber, rules: SequenceNumber = SequenceNumber(0)
  ) throws(StoreError) {
    guard sequence <= last else {
      throw StoreError(
        .outOfOrder,
        "the cursor \(self) lies beyond the last record \(last.value); it is of another store, or "
          + "of a later state of this one")
    }
    guard sequence >= horizon else {
      throw StoreError(
        .gone,
        "the changes after \(self) are gone: records up to \(horizon.value) have been erased or "
          + "rolled up; take the members as they are now and go on from \(last.value)")
    }
    guard sequence >= rules else {
      throw StoreError(
        .gone,
        "the changes after \(self) are gone: the identity rules of record \(rules.value) have made "
          + "other people of the same events; begin after \(rules.value), which is the start of what "
          + "is there, or after \(last.value), which is now, with the members as they were then; "
          + "remove a destination and add it again")
    }
  }
}
