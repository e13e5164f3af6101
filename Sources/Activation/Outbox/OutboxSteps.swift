// What outboxes and the thread that writes exchange: requests to be handed out, outcomes to be recorded, and what came
// of it.

import Bytes
import Engine
import Profiles
import Storage

/// A request that is to be handed out.
package struct HandOut: Sendable {
  /// The request's number in its outbox; 0 for progress without one.
  package var id: UInt64
  /// The orders by hand that the outbox knows of.
  package var orderCount: UInt32
  /// The changes, with their profiles.
  package var items: [OutboxItem]
  /// What is recorded if all of them may go.
  package var record: HandOutRecord
}

/// A request that may be sent.
package struct OutboxSending: Sendable {
  /// The request's number in its outbox.
  package var id: UInt64
  /// Its name.
  package var name: RequestName
  /// The changes.
  package var items: [OutboxItem]
  /// How often deliveries were replayed.
  package var replayCount: UInt32
}

/// What an outbox wants to be recorded.
package enum OutboxStep: Sendable {
  case handOut(HandOut)
  case settle(SettlementRecord, [UInt64])

  /// The destination's number.
  package var number: UInt32 {
    switch self {
    case .handOut(let handOut): handOut.record.number
    case .settle(let record, _): record.number
    }
  }
}

/// What came of a step.
package enum OutboxReply: Sendable {
  /// A request is handed out; the changes that may go, or nil if something was ordered by hand meanwhile.
  case handedOut(number: UInt32, id: UInt64, [FeedCursor]?)
  /// Outcomes are recorded.
  case settled(number: UInt32, [UInt64])
}

extension Store {
  /// Hands out changes to be sent: decides which of them may go, and records it.
  ///
  /// To be called with a batch in hand; they may be sent once that is durable.
  ///
  /// - Returns: The changes that may go; nil, with nothing recorded, if the destination is gone or something has been
  ///   ordered by hand that the outbox does not know of.
  package func handOut(_ handOut: HandOut) throws(StoreError) -> [FeedCursor]? {
    guard let state = destinationStates.first(where: { $0.number == handOut.record.number }),
      state.outbox?.orderCount == handOut.orderCount
    else { return nil }
    var record = handOut.record
    if !state.destination.consents.isEmpty, !handOut.items.isEmpty {
      record.withheld = try withheld(of: handOut.items, from: state.destination)
      record.items.remove(record.withheld.map(\.change))
    }
    try append(.handedOut(record))
    return record.items
  }

  /// The messages that persons do not permit to be sent: entries without consent, and exits after them.
  ///
  /// - Complexity: O(items), and as `ConsentCheck`.
  private func withheld(
    of items: [OutboxItem], from destination: Destination
  ) throws(StoreError) -> [WithheldMessage] {
    let snapshot = snapshotInHand()
    let consent = try ConsentCheck(destination, in: snapshot)
    var withheld: [WithheldMessage] = []
    /// The profiles whose entry of this request is withheld, so that the receiver has none of it.
    var muted: Set<ProfileID> = []
    for item in items where item.isEntry || item.isMuted || muted.contains(item.profile) {
      var lacking: UInt64 = 0
      if item.isEntry {
        lacking = consent.lacking(of: try snapshot.profiles.profile(id: item.profile))
        if lacking == 0 { continue }
        if !item.wasSent { muted.insert(item.profile) }
      }
      for audience in item.audiences {
        withheld.append(
          WithheldMessage(change: item.address, audience: audience, lacking: lacking))
      }
    }
    return withheld
  }

  /// Takes steps of outboxes into the batch in hand.
  package func take(_ steps: [OutboxStep]) throws(StoreError) -> [OutboxReply] {
    var replies: [OutboxReply] = []
    for step in steps {
      switch step {
      case .handOut(let handOut):
        replies.append(
          .handedOut(
            number: handOut.record.number, id: handOut.id, try self.handOut(handOut)))
      case .settle(let record, let ids):
        try append(.settled(record))
        replies.append(.settled(number: record.number, ids))
      }
    }
    return replies
  }
}
