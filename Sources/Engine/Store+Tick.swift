// Logical time as an input.

import Audiences
import Bytes
import Storage

extension Store {
  /// When the next timer is due, whether or not it will change anything; nil if none waits.
  package var nextTimerDue: Timestamp? {
    get throws(StoreError) { try fold.state.memberships.timers.next?.due }
  }

  /// Fires the timers that are due by the machine's clock, if time follows that: what is decided next then rests on a
  /// state that the log has.
  package func settleTimers() throws(StoreError) {
    let now = decisionInstant(options.environment.now())
    guard let due = try nextTimerDue, due <= now else { return }
    _ = try tick(to: max(now, logicalNow))
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
