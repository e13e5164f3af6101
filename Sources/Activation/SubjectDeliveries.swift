// The messages to one destination about some persons, made again, and joined with what the deliveries recorded.

import Bytes
import Engine
import Profiles
import Storage

/// A destination as it was defined.
struct PastDestination {
  var number: UInt32
  var defined: DestinationRecord.Definition
  var definedBy: SequenceNumber
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
            destination: destination.name,
            to: destination.path ?? destination.webhook?.url ?? "", change: cursor,
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
    var chunk = waiting
    waiting.removeAll(keepingCapacity: true)
    var places: [FeedCursor: [Int]] = [:]
    for (place, message) in chunk.enumerated() { places[message.change, default: []].append(place) }
    var next = 0
    try snapshot.log.scan(
      from: max(first.change.sequence, SequenceNumber(1)), through: snapshot.lastSequence
    ) { (record) throws(StoreError) in
      guard record.kind == RecordKind.delivery.rawValue,
        case .delivery(let delivery) = try Input(record)
      else { return }
      switch delivery {
      case .appended(let appended) where appended.number == past.number:
        let withheld = index(appended.withheld)
        while next < chunk.count, chunk[next].change <= appended.cursor {
          decide(&chunk[next], outcome(of: chunk[next], withheld) ?? .sent, by: record)
          next += 1
        }
      case .handedOut(let handedOut) where handedOut.number == past.number:
        // What has been handed out once was sent, or may have been.
        for change in handedOut.items {
          for place in places[change] ?? [] where chunk[place].outcome != .sent {
            decide(&chunk[place], .sent, by: record)
          }
        }
        let withheld = index(handedOut.withheld)
        for change in Set(handedOut.withheld.map(\.change)) {
          for place in places[change] ?? [] where chunk[place].outcome != .sent {
            guard let outcome = outcome(of: chunk[place], withheld) else { continue }
            decide(&chunk[place], outcome, by: record)
          }
        }
      default: return
      }
    }
    // What a destination had not been sent when it was removed never will be.
    for message in chunk where !past.isRemoved || message.outcome != .pending { try body(message) }
  }

  private func decide(
    _ message: inout SubjectDelivery, _ outcome: SubjectDelivery.Outcome,
    by record: borrowing RecordView
  ) {
    message.decidedAt = record.receivedAt
    message.sequence = record.sequence
    message.outcome = outcome
  }

  private func index(_ withheld: [WithheldMessage]) -> [Address: WithheldMessage] {
    Dictionary(
      withheld.map { (Address(change: $0.change, audience: $0.audience), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// What one message is about.
  private struct Address: Hashable {
    var change: FeedCursor
    var audience: Int
  }

  /// What withholding a message means; nil if it was not withheld.
  private func outcome(
    of message: SubjectDelivery, _ withheld: [Address: WithheldMessage]
  ) -> SubjectDelivery.Outcome? {
    let destination = past.defined.destination
    let place = destination.place(ofAudience: message.audience)
    return withheld[Address(change: message.change, audience: place)]
      .map { .withheld($0.categories(of: destination)) }
  }
}
