// The messages to one destination about some persons, made again, and joined with what the deliveries recorded.

import Bytes
import Engine
import Profiles
import Storage

/// A destination as it was defined, and how far it came.
struct PastDestination {
  var number: UInt32
  var defined: DestinationRecord.Definition
  var definedBy: SequenceNumber
  var cursor: FeedCursor
  var isRemoved = false
}

/// The messages to one destination about some persons, some at a time.
struct SubjectDeliveries {
  private static let chunkMax = 65_536

  private let past: PastDestination
  private let snapshot: Snapshot
  private var waiting: [SubjectDelivery] = []

  init(_ past: PastDestination, in snapshot: Snapshot) {
    self.past = past
    self.snapshot = snapshot
  }

  /// Where the messages begin that can still be made.
  ///
  /// From the beginning means the members as of the horizon, unless the destination had been sent more than those.
  private var start: FeedCursor {
    let start = past.defined.start
    let horizon = FeedCursor(sequence: snapshot.horizon)
    if start == .start, past.definedBy > snapshot.horizon { return start }
    return max(start, horizon)
  }

  mutating func run(
    _ persons: Set<ProfileOrdinal>, _ body: (SubjectDelivery) throws(StoreError) -> Void
  ) throws(StoreError) {
    let destination = past.defined.destination
    var pass = try DeliveryPass(
      snapshot, DestinationState(past.number, past.defined, at: start), of: persons)
    var deliveries = self
    try pass.run { (messages, cursor) throws(StoreError) in
      for message in messages where message.subject == .person {
        deliveries.waiting.append(
          SubjectDelivery(
            destination: destination.name, path: destination.path, change: cursor,
            audience: message.audience, isEntry: message.isEntry, effective: message.effective,
            profileID: message.profileID))
      }
      if deliveries.waiting.count >= Self.chunkMax { try deliveries.finish(body) }
    }
    try deliveries.finish(body)
    self = deliveries
  }

  /// Finds what became of the messages in hand, and passes them on.
  private mutating func finish(
    _ body: (SubjectDelivery) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard let first = waiting.first else { return }
    var next = 0
    let chunk = waiting
    waiting.removeAll(keepingCapacity: true)
    try snapshot.log.scan(
      from: max(first.change.sequence, SequenceNumber(1)), through: snapshot.lastSequence
    ) { (record) throws(StoreError) in
      guard next < chunk.count, record.kind == RecordKind.delivery.rawValue,
        case .delivery(let delivery) = try Input(record), delivery.number == past.number,
        delivery.cursor >= chunk[next].change
      else { return }
      let withheld = Dictionary(
        delivery.withheld.map { (Address(change: $0.change, audience: $0.audience), $0) },
        uniquingKeysWith: { first, _ in first })
      while next < chunk.count, chunk[next].change <= delivery.cursor {
        var message = chunk[next]
        message.decidedAt = record.receivedAt
        message.sequence = record.sequence
        message.outcome = outcome(of: message, withheld)
        try body(message)
        next += 1
      }
    }
    // What a destination had not been sent when it was removed never will be.
    guard !past.isRemoved else { return }
    for message in chunk[next...] { try body(message) }
  }

  /// What one message is about.
  private struct Address: Hashable {
    var change: FeedCursor
    var audience: Int
  }

  private func outcome(
    of message: SubjectDelivery, _ withheld: [Address: WithheldMessage]
  ) -> SubjectDelivery.Outcome {
    let destination = past.defined.destination
    let place = destination.audiences.firstIndex { $0.hasSameBytes(as: message.audience) } ?? 0
    guard let found = withheld[Address(change: message.change, audience: place)] else {
      return .sent
    }
    return .withheld(found.categories(of: destination))
  }
}
