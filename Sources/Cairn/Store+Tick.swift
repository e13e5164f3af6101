// Logical time as an input.

import Bytes
import Storage

extension Store {
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
    try transaction { () throws(StoreError) in
      try prepare(for: 0)
      let empty: [UInt8] = []
      _ = try beginRecord(
        .tick, receivedAt: instant, source: SourceID(0), payload: empty.span.bytes)
      endRecord()
      try commit()
    }
    return fold.changes - before
  }
}
