// What is recorded about requests to a webhook: what is handed out before it is sent, what became of it, and what
// people decide by hand. Only addresses in the log, never whom or what a message is about.

import Bytes

/// The addresses of a request's first and last change, which name it among the open requests of a destination.
package struct RequestName: Hashable, Sendable {
  package var first: FeedCursor
  package var last: FeedCursor

  /// The name of a request of changes; nil for none.
  package init?(of items: [FeedCursor]) {
    guard let first = items.first, let last = items.last else { return nil }
    self.first = first
    self.last = last
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    first = try FeedCursor(&reader)
    last = try FeedCursor(&reader)
  }

  func encode(into writer: inout ByteWriter) {
    first.encode(into: &writer)
    last.encode(into: &writer)
  }
}

/// Changes are handed out: they may be sent once this is durable.
///
/// Encoding, after the outcome: the destination's number as a varint, the instant as zigzag, the list of the changes,
/// u8 whether it is another attempt and, if so, the name that the request had, the cursor up to which changes have
/// been looked at, the list of those before it that wait for an earlier change of their profiles, and a
/// counted list of the messages that
/// were withheld.
package struct HandOutRecord: Equatable, Sendable {
  package var number: UInt32
  package var at: Timestamp
  /// The changes of the request, in order.
  package var items: [FeedCursor]
  /// The request that this is another attempt of; nil for the first one.
  package var former: RequestName?
  /// Everything up to here is in a request, waits in `held`, or has no messages.
  package var through: FeedCursor
  /// Changes that have been skipped for now.
  package var held: [FeedCursor]
  /// Messages that are not sent, because the persons do not consent.
  package var withheld: [WithheldMessage] = []

  package init(
    number: UInt32, at: Timestamp, items: [FeedCursor], former: RequestName? = nil,
    through: FeedCursor, held: [FeedCursor] = []
  ) {
    self.number = number
    self.at = at
    self.items = items
    self.former = former
    self.through = through
    self.held = held
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    number = try reader.varint32()
    at = Timestamp(milliseconds: try reader.zigzag())
    items = try FeedCursor.list(&reader)
    switch try reader.u8() {
    case 0: former = nil
    case 1: former = try RequestName(&reader)
    default: throw reader.invalid()
    }
    through = try FeedCursor(&reader)
    held = try FeedCursor.list(&reader)
    for _ in 0..<(try reader.count()) { withheld.append(try WithheldMessage(&reader)) }
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(number))
    writer.zigzag(at.milliseconds)
    FeedCursor.encode(items, into: &writer)
    writer.u8(former == nil ? 0 : 1)
    former?.encode(into: &writer)
    through.encode(into: &writer)
    FeedCursor.encode(held, into: &writer)
    writer.varint(UInt64(withheld.count))
    for message in withheld { message.encode(into: &writer) }
  }
}

/// What became of requests that were handed out.
///
/// Encoding, after the outcome: the destination's number as a varint, the instant as zigzag, the number of results as
/// a varint, then each of them: kind u8 (1 delivered, 2 split, 3 given up); for the first two the name, for the first
/// also the count of messages as a varint; for the third the list of changes, the failure, and the attempts as a
/// varint.
package struct SettlementRecord: Equatable, Sendable {
  /// What became of a request, or of some of its changes.
  package enum Result: Equatable, Sendable {
    /// The receiver has taken it, with that many messages.
    case delivered(RequestName, messages: UInt64)
    /// Its halves are requests of their own from now on.
    case split(RequestName)
    /// Changes that become dead letters.
    case dead([FeedCursor], DeliveryFailure, attempts: UInt32)
  }

  package var number: UInt32
  package var at: Timestamp
  package var results: [Result]

  package init(number: UInt32, at: Timestamp, results: [Result]) {
    self.number = number
    self.at = at
    self.results = results
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    number = try reader.varint32()
    at = Timestamp(milliseconds: try reader.zigzag())
    results = []
    for _ in 0..<(try reader.count()) {
      switch try reader.u8() {
      case 1:
        results.append(
          .delivered(try RequestName(&reader), messages: try reader.varint()))
      case 2: results.append(.split(try RequestName(&reader)))
      case 3:
        results.append(
          .dead(
            try FeedCursor.list(&reader), try DeliveryFailure(&reader),
            attempts: try reader.varint32()))
      default: throw reader.invalid()
      }
    }
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(number))
    writer.zigzag(at.milliseconds)
    writer.varint(UInt64(results.count))
    for result in results {
      switch result {
      case .delivered(let name, let messages):
        writer.u8(1)
        name.encode(into: &writer)
        writer.varint(messages)
      case .split(let name):
        writer.u8(2)
        name.encode(into: &writer)
      case .dead(let items, let failure, let attempts):
        writer.u8(3)
        FeedCursor.encode(items, into: &writer)
        failure.encode(into: &writer)
        writer.varint(UInt64(attempts))
      }
    }
  }
}

/// What somebody decides about the deliveries of a destination.
///
/// Encoding, after the outcome: the destination's number as a varint, the action u8 (1 retry, 2 skip, 3 replay), then
/// the list of dead letters, for the third the cursor.
package struct DeliveryOrderRecord: Equatable, Sendable {
  /// What is decided.
  package enum Action: Equatable, Sendable {
    /// Dead letters are to be sent again.
    case retry([FeedCursor])
    /// Dead letters are given up.
    case skip([FeedCursor])
    /// Everything after a cursor is to be sent again.
    case replay(after: FeedCursor)
  }

  package var number: UInt32
  package var action: Action

  package init(number: UInt32, _ action: Action) {
    self.number = number
    self.action = action
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    number = try reader.varint32()
    switch try reader.u8() {
    case 1: action = .retry(try FeedCursor.list(&reader))
    case 2: action = .skip(try FeedCursor.list(&reader))
    case 3: action = .replay(after: try FeedCursor(&reader))
    default: throw reader.invalid()
    }
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(UInt64(number))
    switch action {
    case .retry(let items):
      writer.u8(1)
      FeedCursor.encode(items, into: &writer)
    case .skip(let items):
      writer.u8(2)
      FeedCursor.encode(items, into: &writer)
    case .replay(let cursor):
      writer.u8(3)
      cursor.encode(into: &writer)
    }
  }
}

extension FeedCursor {
  /// Reads a list: a varint count, then for each the distance of its record from the one before and its index plus
  /// one, as varints.
  static func list(_ reader: inout ByteReader) throws(DecodeError) -> [FeedCursor] {
    var list: [FeedCursor] = []
    var sequence: UInt64 = 0
    for _ in 0..<(try reader.count()) {
      sequence &+= try reader.varint()
      let next = try reader.varint32()
      guard next > 0,
        let cursor = FeedCursor(sequence: SequenceNumber(sequence), index: Int(next - 1))
      else { throw reader.invalid() }
      list.append(cursor)
    }
    return list
  }

  /// Appends a list of places of single changes, ascending.
  static func encode(_ list: [FeedCursor], into writer: inout ByteWriter) {
    writer.varint(UInt64(list.count))
    var sequence: UInt64 = 0
    for cursor in list {
      writer.varint(cursor.sequence.value &- sequence)
      writer.varint(UInt64(cursor.index ?? 0) + 1)
      sequence = cursor.sequence.value
    }
  }
}
