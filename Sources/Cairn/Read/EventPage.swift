// The events of a profile, a page at a time, newest first.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// A place among the events of a profile: after one of them, which are newest first.
public struct EventCursor: Equatable, Sendable, CustomStringConvertible {
  /// The event's own time.
  public var time: Timestamp
  /// The event's record.
  public var sequence: SequenceNumber

  /// The place after an event.
  public init(after event: EventAddress) {
    time = event.time
    sequence = event.sequence
  }

  /// Reads the text form; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let time = Int64(parts[0]), let sequence = UInt64(parts[1]),
      !text.contains("+")
    else { return nil }
    self.time = Timestamp(milliseconds: time)
    self.sequence = SequenceNumber(sequence)
  }

  /// The time in milliseconds since 1970 and the record: `1772359200000.42`.
  public var description: String { "\(time.milliseconds).\(sequence.value)" }
}

/// Which events of a profile are wanted.
public struct EventQuery: Sendable {
  /// Only events after this place; nil from the newest on.
  public var after: EventCursor?
  /// Only events at this instant or later.
  public var from: Timestamp?
  /// Only events before this instant.
  public var to: Timestamp?
  /// Only events of these names; empty for all.
  public var names: [String] = []
  /// The most events.
  public var limit: Int

  /// All events, at most `limit` at a time.
  public init(limit: Int) { self.limit = limit }

  /// Whether an event is wanted as far as its address tells.
  func includes(_ address: EventAddress) -> Bool {
    if let after, (address.time, address.sequence) >= (after.time, after.sequence) { return false }
    if let from, address.time < from { return false }
    if let to, address.time >= to { return false }
    return true
  }
}

/// Some events of a profile.
public struct EventPage: Sendable {
  /// The events, newest first.
  public var events: [ProfilePage.Event] = []
  /// Where to continue; nil if there are no more.
  public var next: EventCursor?

  /// The most events that are read for one page, also if fewer of them are wanted.
  public static let eventsReadMax = 10_000
}

extension Snapshot {
  /// How many events are read at once where not all are wanted.
  private static var partEvents: Int { 512 }

  /// The events of a profile that a query wants; of an account, among those that count for it.
  ///
  /// A page may have fewer events than the limit while there are more.
  ///
  /// - Complexity: O(n log n) for n events of the profile or of the account's members, and for each event read the
  ///   decoding of its block of the log.
  public func events(
    of profile: ProfileOrdinal, _ query: EventQuery
  ) throws(StoreError) -> EventPage {
    let subject = try profiles.subject(profile)
    var addresses = try self.addresses(of: subject).filter(query.includes)
    addresses.sort { $0.isNewer(than: $1) }
    let account = subject.kind == .account ? try accountValue(of: subject) : nil
    let isPlain = account == nil && query.names.isEmpty
    let wanted = query.names.map { Array($0.utf8) }
    var page = EventPage()
    var index = 0
    while index < min(addresses.count, EventPage.eventsReadMax), page.events.count < query.limit {
      let rest = query.limit - page.events.count
      let count = isPlain ? rest : Swift.max(rest, Self.partEvents)
      let part = addresses[index..<min(index + count, addresses.count)]
      let found = try entries(at: part, ofAccount: account, named: wanted)
      for address in part {
        index += 1
        guard let event = found[address.sequence] else { continue }
        page.events.append(event)
        if page.events.count == query.limit { break }
      }
    }
    if index > 0, index < addresses.count {
      page.next = EventCursor(after: addresses[index - 1])
    }
    return page
  }

  /// Those events at some addresses that are wanted.
  private func entries(
    at addresses: ArraySlice<EventAddress>, ofAccount account: [UInt8]?, named wanted: [[UInt8]]
  ) throws(StoreError) -> [SequenceNumber: ProfilePage.Event] {
    var found: [SequenceNumber: ProfilePage.Event] = [:]
    var identifiers = FoundIdentifiers()
    let sources = sourceNames
    let cursor = LogCursor()
    // In log order, so that neighbours share a decoded block.
    for address in addresses.sorted(by: { $0.sequence < $1.sequence }) {
      try log.withRecord(at: address.sequence, cursor) { (record) throws(StoreError) in
        do throws(DecodeError) {
          let event = try EventView(record.payload)
          if let account, try !counts(event, forAccount: account, &identifiers) { return }
          if !wanted.isEmpty, try !hasName(event, among: wanted) { return }
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
        found[address.sequence] = .init(
          entry: try entry(ofEvent: record), source: sources[record.source] ?? "")
      }
    }
    return found
  }

  private func hasName(
    _ event: borrowing EventView, among wanted: [[UInt8]]
  ) throws(DecodeError) -> Bool {
    try event.withName(names) { name in
      wanted.contains { name.elementsEqual($0.span.bytes) }
    } ?? false
  }
}
