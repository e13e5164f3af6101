// One request of an outbox, from the choice of its changes to the record of its outcome.

import Bytes
import Engine

/// A request that is open.
struct OutboxRequest: Sendable {
  /// How far it is.
  enum Phase: Equatable, Sendable {
    /// It can be handed out from an instant on.
    case due(Timestamp)
    /// It is to be recorded as handed out.
    case asked
    /// It is on its way.
    case sent
    /// It has an outcome.
    case answered(SettlementRecord.Result)
    /// Its outcome is being recorded.
    case recording(SettlementRecord.Result)
  }

  let id: UInt64
  /// Its changes, in order.
  var items: [OutboxItem]
  /// Its name among the recorded open requests; nil before it is one of them.
  var name: RequestName?
  var attempts = 0
  /// When its changes were handed out first.
  var since: Timestamp?
  var phase: Phase
  /// Whether it stands for changes that are not in the log any more.
  let isMissing: Bool
  /// How many changes it has once all have been read again.
  private var itemCount: Int

  /// A new request.
  init(id: UInt64, items: [OutboxItem]) {
    self.id = id
    self.items = items
    itemCount = items.count
    phase = .asked
    isMissing = false
  }

  /// A request that was open when the process ended: it may have been sent.
  init(id: UInt64, _ open: OpenRequest) {
    self.id = id
    items = []
    itemCount = open.items.count
    name = RequestName(of: open.items)
    attempts = Int(open.attempts)
    since = open.since
    phase = .due(.earliest)
    isMissing = false
  }

  /// A half of a request that was split.
  init(id: UInt64, items: [OutboxItem], halfOf whole: OutboxRequest) {
    self.id = id
    self.items = items
    itemCount = items.count
    since = whole.since
    phase = .due(.earliest)
    isMissing = false
    name = RequestName(of: addresses)
  }

  /// Changes that are not in the log any more.
  init(id: UInt64, missing: [FeedCursor]) {
    self.id = id
    items = []
    itemCount = 0
    phase = .answered(.dead(missing, .gone, attempts: 0))
    isMissing = true
  }

  /// The places of its changes.
  var addresses: [FeedCursor] { items.map(\.address) }

  /// Whether all its changes have been read.
  var isComplete: Bool { items.count == itemCount }

  /// When it is due; nil once it has been handed out.
  var dueAt: Timestamp? { if case .due(let instant) = phase { instant } else { nil } }

  /// Whether it is being handed out, sent or recorded.
  var isUnderWay: Bool { dueAt == nil }

  /// The messages of its changes.
  var messageCount: Int { items.reduce(0) { $0 + $1.messages } }

  /// What has not been read again is not in the log any more.
  mutating func dropMissing() {
    itemCount = items.count
    name = RequestName(of: addresses)
  }

  /// Changes are withheld.
  mutating func keep(_ allowed: [FeedCursor]) -> [OutboxItem] {
    let allowed = Set(allowed)
    let withheld = items.filter { !allowed.contains($0.address) }
    items.removeAll { !allowed.contains($0.address) }
    itemCount = items.count
    return withheld
  }

  /// The store could not record the step in hand, which is to be tried again.
  mutating func putBack() {
    switch phase {
    case .asked: phase = .due(.earliest)
    case .recording(let result): phase = .answered(result)
    case .due, .sent, .answered: break
    }
  }
}
