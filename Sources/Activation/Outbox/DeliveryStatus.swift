// How a webhook is, for those who watch it.

import Bytes
import Engine
import Storage

/// How the destination of an outbox is.
package struct DeliveryStatus: Sendable {
  package var destination: Destination
  package var counts: OutboxCounts
  /// Changes that are known to wait or to be under way.
  package var pending: Int
  /// Dead letters that are kept.
  package var dead: Int
  /// When the receiver last took something.
  package var deliveredAt: Timestamp
  /// Why its changes cannot be read; nil if they can.
  package var readingFailure: StoreError?
  /// What has been read.
  package var readThrough: FeedCursor
  /// Whether something is being read, sent or recorded.
  package var isBusy: Bool

  /// Whether there is nothing to do at once about what was recorded up to a record.
  package func isSettled(through sequence: SequenceNumber?) -> Bool {
    !isBusy
      && (pending > 0 || readingFailure != nil
        || readThrough.sequence >= sequence ?? SequenceNumber(0))
  }
}
