// How far the deliveries to a webhook are, as folded from their records.

import Bytes

/// A request that has been handed out and has no outcome yet.
package struct OpenRequest: Equatable, Sendable {
  /// Its changes, in order.
  package var items: [FeedCursor]
  /// How often it has been handed out; 0 for a half of one that was split.
  package var attempts: UInt32
  /// When its changes were handed out first.
  package var since: Timestamp
}

/// Deliveries to a webhook.
///
/// Encoding: the open requests as a counted list (changes, attempts as a varint, instant as zigzag), the list of
/// changes that are held back; as varints the counts of dead letters and of those that are to be sent again, and how
/// often something was ordered by hand and replayed; the instant of the last delivery as zigzag.
package struct OutboxState: Equatable, Sendable {
  /// The requests that are open.
  package var requests: [OpenRequest] = []
  /// Changes up to the cursor that wait for an earlier change of their profiles, ascending.
  package var held: [FeedCursor] = []
  /// How many changes are dead letters.
  package var deadCount: UInt64 = 0
  /// How many dead letters are to be sent again and have not been handed out.
  package var requeuedCount: UInt64 = 0
  /// How often something was ordered by hand: what was read before is out of date.
  package var orderCount: UInt32 = 0
  /// How often deliveries were replayed, which makes the keys of requests others.
  package var replayCount: UInt32 = 0
  /// When the receiver last took something.
  package var deliveredAt = Timestamp.earliest

  init() {}

  init(_ reader: inout ByteReader) throws(DecodeError) {
    for _ in 0..<(try reader.count()) {
      requests.append(
        OpenRequest(
          items: try FeedCursor.list(&reader), attempts: try reader.varint32(),
          since: Timestamp(milliseconds: try reader.zigzag())))
    }
    held = try FeedCursor.list(&reader)
    deadCount = try reader.varint()
    requeuedCount = try reader.varint()
    orderCount = try reader.varint32()
    replayCount = try reader.varint32()
    deliveredAt = Timestamp(milliseconds: try reader.zigzag())
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(requests.count))
    for request in requests {
      FeedCursor.encode(request.items, into: &writer)
      writer.varint(UInt64(request.attempts))
      writer.zigzag(request.since.milliseconds)
    }
    FeedCursor.encode(held, into: &writer)
    writer.varint(deadCount)
    writer.varint(requeuedCount)
    writer.varint(UInt64(orderCount))
    writer.varint(UInt64(replayCount))
    writer.zigzag(deliveredAt.milliseconds)
  }

  /// Changes that have been looked at and have no outcome, without those to be sent again.
  package var openCount: Int { requests.reduce(held.count) { $0 + $1.items.count } }

  private func index(of name: RequestName) -> Int? {
    requests.firstIndex { $0.items.first == name.first && $0.items.last == name.last }
  }

  /// Folds what was handed out.
  mutating func fold(_ record: HandOutRecord) {
    if !held.isEmpty { held.remove(record.items + record.withheld.map(\.change)) }
    if !record.held.isEmpty { held = (held + record.held).sorted() }
    guard let former = record.former else {
      guard !record.items.isEmpty else { return }
      requests.append(OpenRequest(items: record.items, attempts: 1, since: record.at))
      return
    }
    guard let index = index(of: former) else { return }
    guard !record.items.isEmpty else {
      requests.remove(at: index)
      return
    }
    requests[index].items = record.items
    requests[index].attempts &+= 1
  }

  /// Folds that a receiver has taken a request; false if it is not open.
  mutating func foldDelivery(of name: RequestName, at instant: Timestamp) -> Bool {
    guard let index = index(of: name) else { return false }
    requests.remove(at: index)
    deliveredAt = max(deliveredAt, instant)
    return true
  }

  /// Folds that the halves of a request go on by themselves.
  mutating func foldSplit(of name: RequestName) {
    guard let index = index(of: name), requests[index].items.count > 1 else { return }
    let whole = requests[index]
    let middle = whole.items.count / 2
    requests[index] = OpenRequest(
      items: Array(whole.items[..<middle]), attempts: 0, since: whole.since)
    requests.insert(
      OpenRequest(items: Array(whole.items[middle...]), attempts: 0, since: whole.since),
      at: index + 1)
  }

  /// Forgets changes that have become dead letters.
  mutating func remove(_ items: [FeedCursor]) {
    held.remove(items)
    for index in requests.indices { requests[index].items.remove(items) }
    requests.removeAll { $0.items.isEmpty }
  }

  /// Forgets everything after a cursor, which is read again.
  mutating func remove(after cursor: FeedCursor) {
    held.removeAll { $0 > cursor }
    for index in requests.indices { requests[index].items.removeAll { $0 > cursor } }
    requests.removeAll { $0.items.isEmpty }
  }
}

extension DestinationState {
  /// Folds what was handed out.
  package mutating func fold(_ record: HandOutRecord) {
    outbox?.fold(record)
    cursor = max(cursor, record.through)
    withheld &+= UInt64(record.withheld.count)
  }

  /// Folds an outcome, without the dead letters.
  package mutating func fold(_ result: SettlementRecord.Result, at instant: Timestamp) {
    switch result {
    case .delivered(let name, let count):
      if outbox?.foldDelivery(of: name, at: instant) ?? false { messages &+= count }
    case .split(let name): outbox?.foldSplit(of: name)
    case .dead(let items, _, _): outbox?.remove(items)
    }
  }
}

extension [FeedCursor] {
  /// Removes places.
  package mutating func remove(_ others: [FeedCursor]) {
    guard !isEmpty, !others.isEmpty else { return }
    let gone = Set(others)
    removeAll(where: gone.contains)
  }
}
