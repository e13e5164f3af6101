// Why messages were not sent: the decisions about consent, as they were recorded with the deliveries.

import Bytes
import Engine
import Profiles
import Storage

/// The decision not to send a message.
public struct WithheldDecision: Equatable, Sendable {
  /// The record of the delivery.
  public var sequence: SequenceNumber
  /// When that was recorded.
  public var decidedAt: Timestamp
  /// The message.
  public var message: WithheldMessage
  /// The audience that it was about.
  public var audience: String
  /// The categories that were not permitted; none for the exit of a profile whose entry was withheld.
  public var categories: [String]
  /// The profile, by its id at the change; nil if the change can no longer be read.
  public var profile: ProfileID?
}

extension Snapshot {
  /// The messages that a destination was not sent, newest decision first.
  ///
  /// - Parameter limit: The most decisions.
  /// - Throws: `.noSuchRecord` if there is no destination of this name.
  /// - Complexity: O(log).
  public func withheld(
    from name: String, limit: Int = .max
  ) throws(StoreError) -> [WithheldDecision] {
    guard
      let state = scalars.destinations.first(where: { $0.destination.name.hasSameBytes(as: name) })
    else {
      throw .notFound(
        "destination", name, among: scalars.destinations.map(\.destination.name),
        ifNone: "add one with `cairn destination add`")
    }
    guard state.withheld > 0 else { return [] }
    var decisions: [WithheldDecision] = []
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      guard record.kind == RecordKind.delivery.rawValue,
        case .delivery(let delivery) = try Input(record), delivery.number == state.number
      else { return }
      for message in delivery.withheld {
        decisions.append(
          WithheldDecision(
            sequence: record.sequence, decidedAt: record.receivedAt, message: message,
            audience: state.destination.audiences.indices.contains(message.audience)
              ? state.destination.audiences[message.audience] : "",
            categories: message.categories(of: state.destination)))
      }
      if decisions.count > 2 * limit { decisions.removeFirst(decisions.count - limit) }
    }
    decisions = decisions.suffix(limit).reversed()
    try addProfiles(to: &decisions)
    return decisions
  }

  /// Adds the profiles, as far as the changes can be read.
  private func addProfiles(to decisions: inout [WithheldDecision]) throws(StoreError) {
    guard let first = decisions.map(\.message.change.sequence).min(),
      let last = decisions.map(\.message.change.sequence).max()
    else { return }
    var places: [FeedCursor: [Int]] = [:]
    for (place, decision) in decisions.enumerated() {
      places[decision.message.change, default: []].append(place)
    }
    try visitMembershipChanges(from: first, through: last) { (change) throws(StoreError) in
      for place in places[change.cursor] ?? [] { decisions[place].profile = change.id }
    }
  }
}
