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
  /// The file or the address that it is delivered to.
  public var to: String
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

  /// All destinations that have been defined.
  private func destinationsSoFar() throws(StoreError) -> [PastDestination] {
    guard scalars.destinationCount > 0 else { return [] }
    var found: [PastDestination] = []
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      guard record.kind == RecordKind.destination.rawValue,
        case .destination(let destination) = try Input(record)
      else { return }
      if let defined = destination.defined {
        found.append(
          PastDestination(
            number: destination.number, defined: defined, definedBy: record.sequence))
      } else if let place = found.firstIndex(where: { $0.number == destination.number }) {
        found[place].isRemoved = true
      }
    }
    return found
  }
}
