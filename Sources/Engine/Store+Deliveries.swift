// Records about deliveries: several of them become durable in one commit, alone or with the events of an ingest.

import Bytes
import Storage

extension Store {
  /// Appends records about deliveries to the batch in hand, which the caller has reserved space for and commits.
  package func append(_ input: DeliveryInput) throws(StoreError) {
    try append(
      .delivery(input), receivedAt: logicalNow, in: FoldContext(log: directory.log.view()))
  }

  /// Runs `body`, which appends records about deliveries, and commits them.
  ///
  /// - Throws: What `body` throws, or as `commit`; the state is then that of the last commit.
  package func committing<R>(
    _ body: (Store) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    try transaction { () throws(StoreError) in
      try prepare(for: 0)
      let result = try body(self)
      try commit()
      return result
    }
  }

  /// The destinations and their progress, up to the last record in hand.
  package var destinationStates: [DestinationState] { fold.state.scalars.destinations }

  /// The state that the next record finds, whose last records may not be durable: for decisions on that record.
  package func snapshotInHand() -> Snapshot {
    earlySnapshot(through: SequenceNumber(batch.nextSequence.value - 1))
  }

  /// The destinations that are webhooks.
  package var webhookCount: Int { destinationStates.count { $0.outbox != nil } }
}
