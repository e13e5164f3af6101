// Dead letters by hand: which there are, what they say, and what becomes of them.

import Bytes
import Engine
import Storage

/// Which dead letters are meant.
public struct DeadLetterFilter: Sendable {
  /// The destination; all if nil.
  public var destination: String?
  /// Why they were given up; all if nil.
  public var failure: DeliveryFailure?
  /// Where their changes stand in the log; all if empty.
  public var addresses: [FeedCursor]

  /// A filter; all dead letters unless it says more.
  public init(
    destination: String? = nil, failure: DeliveryFailure? = nil, addresses: [FeedCursor] = []
  ) {
    self.destination = destination
    self.failure = failure
    self.addresses = addresses
  }

  func matches(_ letter: DeadLetter) -> Bool {
    (failure.map { $0 == letter.failure } ?? true)
      && (addresses.isEmpty || addresses.contains(letter.address))
  }
}

extension Snapshot {
  /// The dead letters of a filter, by destination, in the order of the log, with those that are to be sent again.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for a name that no webhook has, and for an address without a dead
  ///   letter.
  /// - Complexity: O(dead letters of all destinations).
  public func deadLetters(
    _ filter: DeadLetterFilter = DeadLetterFilter()
  ) throws(StoreError) -> [(destination: String, letter: DeadLetter)] {
    var found: [(destination: String, letter: DeadLetter)] = []
    for state in try webhooks(named: filter.destination) {
      for letter in try deadLetters(of: state.number) where filter.matches(letter) {
        found.append((state.destination.name, letter))
      }
    }
    if filter.failure == nil,
      let missing = filter.addresses.first(where: { address in
        !found.contains { $0.letter.address == address }
      })
    {
      throw StoreError(
        .noSuchRecord,
        "there is no dead letter of change \(missing); see 'cairn delivery list'")
    }
    return found
  }

  /// The messages of a dead letter as JSON objects with commas between them, made again from the log; nil if its change
  /// has been erased since, or there is no such dead letter.
  ///
  /// - Complexity: O(log from the change on).
  public func messages(
    at address: FeedCursor, to name: String
  ) throws(StoreError) -> [UInt8]? {
    guard let state = try webhooks(named: name).first else { return nil }
    let letters = try deadLetters(of: state.number)
    guard let letter = letters.first(where: { $0.address == address }), !isGone(letter) else {
      return nil
    }
    var found: OutboxItem?
    let question = FeedQuestion(
      number: state.number, destination: state.destination, after: address.before,
      cursor: FeedCursor(sequence: lastSequence), wanted: [address], profiles: [])
    try read(question) { chunk in
      found = found ?? chunk.items.first
      return found == nil && chunk.through < address
    }
    return found?.json
  }

  /// How many messages a replay after a cursor would send, as of now.
  ///
  /// - Throws: `StoreError` with code `.gone` if what follows the cursor has been erased or rolled up.
  /// - Complexity: O(log after the cursor).
  public func replayCount(
    to name: String, after cursor: FeedCursor
  ) throws(StoreError) -> Int {
    guard let state = try webhooks(named: name).first else { return 0 }
    var count = 0
    var pass = try DeliveryPass(
      self,
      DestinationState(number: state.number, destination: state.destination, cursor: cursor))
    try pass.run { (messages, place) throws(StoreError) in
      if place <= state.cursor { count += messages.count }
    }
    return count
  }

  /// The webhooks, or the one of a name.
  fileprivate func webhooks(named name: String?) throws(StoreError) -> [DestinationState] {
    let all = scalars.destinations.filter { $0.outbox != nil }
    guard let name else { return all }
    let found = all.filter { $0.destination.name.hasSameBytes(as: name) }
    guard found.isEmpty else { return found }
    throw .notFound(
      "webhook", name, among: all.map(\.destination.name),
      ifNone: "add one with `cairn destination add --webhook`")
  }
}

extension Store {
  /// What somebody decides about dead letters.
  public enum DeadLetterAction: String, Sendable {
    /// They are sent again, in requests of their own.
    case retry
    /// They are given up for good.
    case skip
  }

  /// The most dead letters that one record is about.
  private static let lettersPerRecord = 10_000

  /// Has dead letters sent again, or gives them up.
  ///
  /// - Returns: How many.
  /// - Throws: As `Snapshot.deadLetters`.
  public func settleDeadLetters(
    _ filter: DeadLetterFilter, _ action: DeadLetterAction
  ) throws(StoreError) -> Int {
    let snapshot = try snapshot()
    let letters = try snapshot.deadLetters(filter).filter { !$0.letter.isRequeued }
    guard !letters.isEmpty else { return 0 }
    try committing { (store) throws(StoreError) in
      for (number, letters) in Dictionary(grouping: letters.map(\.letter), by: \.number)
        .sorted(by: { $0.key < $1.key })
      {
        let addresses = letters.map(\.address)
        for start in stride(from: 0, to: addresses.count, by: Self.lettersPerRecord) {
          let part = Array(addresses[start...].prefix(Self.lettersPerRecord))
          try store.append(
            .ordered(
              DeliveryOrderRecord(number: number, action == .retry ? .retry(part) : .skip(part))))
        }
      }
    }
    return letters.count
  }

  /// Has everything after a cursor sent again to a webhook, under new keys; its dead letters after the cursor are
  /// forgotten.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for a name that no webhook has; `.gone` or `.outOfOrder` for the
  ///   cursor.
  public func replay(to name: String, after cursor: FeedCursor) throws(StoreError) {
    let snapshot = try snapshot()
    guard let state = try snapshot.webhooks(named: name).first else { return }
    try snapshot.check(cursor, beginsWithMembers: true)
    try committing { (store) throws(StoreError) in
      try store.append(.ordered(DeliveryOrderRecord(number: state.number, .replay(after: cursor))))
    }
  }
}
