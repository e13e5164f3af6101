// Logical time as an input.

import Audiences
import Bytes
import Storage

extension Store {
  /// When the next timer is due, whether or not it will change anything; nil if none waits.
  package var nextTimerDue: Timestamp? {
    get throws(StoreError) { try fold.state.memberships.timers.next?.due }
  }

  /// Makes the machine's clock move logical time from here on, as the first event of a source that lives by it would.
  package func followClock() throws(StoreError) {
    guard fold.state.scalars.clock != .system else { return }
    try record(.clock(.system))
  }

  /// Moves logical time forward to `instant`; every timer due by then fires at its own instant.
  ///
  /// A tick to the present logical now changes nothing and leaves no record.
  ///
  /// - Throws: `StoreError` with code `.outOfOrder` if `instant` lies before the logical now.
  /// - Returns: How many memberships changed.
  public func tick(to instant: Timestamp) throws(StoreError) -> MembershipCounts {
    guard instant >= logicalNow else {
      throw StoreError(
        .outOfOrder,
        "logical time is \(logicalNow) already and never goes back; give that instant or a later one"
      )
    }
    let before = fold.changes
    guard instant > logicalNow else { return MembershipCounts() }
    try record(.tick, receivedAt: instant)
    return fold.changes - before
  }
}
