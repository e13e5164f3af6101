// What destinations were sent about persons: the messages are made again, as the feed and the cursors of destinations
// have them, and the recorded outcomes say what became of each.

import Bytes
import Engine
import Profiles
import Storage

/// A change of membership of a person as a message to one destination.
public struct SubjectDelivery: Sendable {
  /// What became of a message.
  public enum Outcome: Equatable, Sendable {
    /// It was sent.
    case sent
    /// It was withheld: the categories that the person did not permit; none for an exit whose entry had been withheld.
    case withheld([String])
    /// It has not been delivered yet.
    case pending
  }

  /// The name of the destination.
  public var destination: String
  /// The file that it is delivered to.
  public var path: String
  /// The change, as the feed has it.
  public var change: FeedCursor
  /// The audience.
  public var audience: String
  /// Whether the profile entered.
  public var isEntry: Bool
  /// The instant from which that holds.
  public var effective: Timestamp
  /// The profile's id at the change.
  public var profileID: String
  /// What became of it.
  public var outcome = Outcome.pending
  /// When that was recorded; nil if it is pending.
  public var decidedAt: Timestamp?
  /// The record of the delivery.
  public var sequence: SequenceNumber?
}

extension Snapshot {
  /// Visits what destinations, those removed since included, were sent about some persons, by destination and in the
  /// order of the feed.
  ///
  /// Begins after the horizon: of earlier changes some are gone.
  ///
  /// - Complexity: O(log) for each destination, and once more for each 65,536 of the messages.
  public func visitDeliveries(
    of persons: [ProfileOrdinal], _ body: (SubjectDelivery) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard !persons.isEmpty else { return }
    for past in try destinationsSoFar() {
      var deliveries = SubjectDeliveries(past, in: self)
      try deliveries.run(Set(persons), body)
    }
  }

  /// All destinations that have been defined, with the cursors that they came to.
  private func destinationsSoFar() throws(StoreError) -> [PastDestination] {
    guard scalars.destinationCount > 0 else { return [] }
    var found: [PastDestination] = []
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      guard
        [RecordKind.destination.rawValue, RecordKind.delivery.rawValue].contains(record.kind)
      else { return }
      switch try Input(record) {
      case .destination(let destination):
        if let defined = destination.defined {
          found.append(
            PastDestination(
              number: destination.number, defined: defined, definedBy: record.sequence,
              cursor: defined.start))
        } else if let place = found.firstIndex(where: { $0.number == destination.number }) {
          found[place].isRemoved = true
        }
      case .delivery(let delivery):
        if let place = found.firstIndex(where: { $0.number == delivery.number }) {
          found[place].cursor = max(found[place].cursor, delivery.cursor)
        }
      default: break
      }
    }
    return found
  }
}

/// A destination as it was defined, and how far it came.
private struct PastDestination {
  var number: UInt32
  var defined: DestinationRecord.Definition
  var definedBy: SequenceNumber
  var cursor: FeedCursor
  var isRemoved = false
}

/// The messages to one destination about some persons, some at a time.
private struct SubjectDeliveries {
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
