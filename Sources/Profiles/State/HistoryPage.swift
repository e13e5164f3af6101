// The keys of `homeHistory`, and the way from them to frames.

import Bytes
import Storage

/// A part of one home's events: the 1,024 of them from `number` × 1,024 on, in log order.
///
/// Small enough that no value of the table grows without bound, and large enough that the latest
/// hundred events of a home stand in one or two.
public struct HistoryPage: Hashable, Sendable {
  /// The home.
  public var home: IdentifierOrdinal
  /// The place among the pages of the home, from 0.
  public var number: UInt64

  /// Events in a page.
  public static let events: UInt64 = 1024

  /// The page of a home that holds its event at `index`, counted from 0 in log order.
  public init(_ home: IdentifierOrdinal, eventAt index: UInt64) {
    self.home = home
    number = index / Self.events
  }

  init(_ key: TableKey) throws(StoreError) {
    guard let home = UInt32(exactly: key.high) else {
      throw .derivedMismatch("homeHistory", "a key names no home")
    }
    self.home = IdentifierOrdinal(home)
    number = key.low
  }

  /// The key in `homeHistory`.
  public var key: TableKey { TableKey(eventsOf: home, page: number) }
}

extension ProfileSnapshot {
  /// Visits the frames of one page of a home's history in log order, without decompressing them.
  public func visitHistory(
    of page: HistoryPage, _ body: (borrowing HistoryFrame) throws(StoreError) -> Void
  ) throws(StoreError) {
    try homeHistory.visit(page.key) { (bytes) throws(StoreError) in
      try Self.visitFrames(bytes, body)
    }
  }

  /// Visits every frame of every page, the pages in no useful order.
  public func visitHistory(
    _ body: (HistoryPage, borrowing HistoryFrame) throws(StoreError) -> Void
  ) throws(StoreError) {
    try homeHistory.forEach { (key, bytes) throws(StoreError) in
      let page = try HistoryPage(key)
      try Self.visitFrames(bytes) { (frame) throws(StoreError) in try body(page, frame) }
    }
  }

  /// Visits the address of every event of every home, with the page of the home's history that the
  /// event belongs to; the homes in no useful order, the events of one in log order.
  ///
  /// - Complexity: O(events); one reading of the table of addresses.
  public func visitEventPages(
    _ body: (HistoryPage, EventAddress) throws(StoreError) -> Void
  ) throws(StoreError) {
    try homeEvents.forEach { (key, bytes) throws(StoreError) in
      guard let home = UInt32(exactly: key.high), key.low <= UInt64(UInt32.max) else {
        throw .derivedMismatch("homeEvents", "a key names no home")
      }
      var index = key.low * ProfileTables.eventsPerPage
      var reader = ByteReader(bytes)
      while !reader.isAtEnd {
        let address: EventAddress
        do throws(DecodeError) { address = try EventAddress(&reader) } catch {
          throw .derivedMismatch("homeEvents", "an address does not decode")
        }
        try body(HistoryPage(IdentifierOrdinal(home), eventAt: index), address)
        index += 1
      }
    }
  }

  private static func visitFrames(
    _ bytes: RawSpan, _ body: (borrowing HistoryFrame) throws(StoreError) -> Void
  ) throws(StoreError) {
    var reader = ByteReader(bytes)
    while !reader.isAtEnd {
      let frame: HistoryFrame
      do throws(DecodeError) { frame = try HistoryFrame(&reader) } catch {
        throw .derivedMismatch("homeHistory", "a frame does not decode")
      }
      try body(frame)
    }
  }
}
