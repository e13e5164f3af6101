// The change feed: whole, in order, from any cursor on, the same however it is cut.

import Audiences
import Bytes
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ChangeFeedTests {
  private let directory = TemporaryDirectory()

  /// Orders of three people over ten days, a merge among them.
  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [],
        audiences: [
          ("buyers", #"performed("Order Completed")"#),
          ("recent", #"count("Order Completed", last 2d) >= 1"#),
        ]))
    func order(_ id: Int, _ identifiers: String) -> String {
      track("Order Completed", id: "m\(id)", identifiers, at: "2026-03-\(10 + id)T10:00:00.000Z")
    }
    try store.take([
      order(0, #""userId":"a""#), order(1, #""anonymousId":"x""#), order(4, #""userId":"b""#),
      order(8, #""userId":"a","anonymousId":"x""#),
    ])
    _ = try store.tick(to: instant("2026-03-25T00:00:00Z"))
    return store
  }

  @Test func everyCutGivesTheSameChanges() throws {
    let store = try makeStore()
    let snapshot = try store.snapshot()
    let all = try store.changes()
    #expect(all.count > 8 && all.contains { if case .merged = $0.kind { true } else { false } })
    for limit in 1...all.count + 1 {
      var cursor = FeedCursor.start
      var found: [RecordedMembershipChange] = []
      while true {
        let page = try snapshot.changes(after: cursor, limit: limit)
        found += page.changes
        #expect(page.next >= cursor)
        cursor = page.next
        if page.changes.isEmpty { break }
      }
      #expect(found == all)
      #expect(cursor.sequence == snapshot.lastSequence)
    }
    for change in all {
      let rest = try snapshot.changes(after: change.cursor, limit: 1000).changes
      #expect(rest == all.filter { $0.cursor > change.cursor })
    }
    let ofOne = try snapshot.changes(after: .start, limit: 1000, audience: "recent").changes
    #expect(ofOne == all.filter { $0.audience == "recent" } && !ofOne.isEmpty)
    try store.close()
  }

  @Test func changesCarryTheInstantFromWhichTheyHold() throws {
    let store = try makeStore()
    let exits = try store.snapshot().changes(after: .start, limit: 1000, audience: "recent")
      .changes.filter { $0.kind == .exited }
    #expect(
      exits.map(\.effective) == [12, 13, 16, 20].map { instant("2026-03-\($0)T10:00:00.000Z") })
    #expect(exits.allSatisfy { $0.cause == .timer })
    try store.close()
  }

  @Test func cursorsReadAsTheyAreWritten() {
    for text in ["0", "12", "12.0", "12.345"] {
      #expect(FeedCursor(text)?.description == text)
    }
    for text in [
      "", ".", "1.", ".1", "-1", "1.-1", "a", "1.2.3", "99999999999999999999", "1.4294967296",
      "1.4294967295", "1.99999999999999999999",
    ] {
      #expect(FeedCursor(text) == nil, "\(text)")
    }
    let ordered = ["0", "12.0", "12.1", "12", "13.0"].compactMap { FeedCursor($0) }
    #expect(ordered == ordered.sorted())
  }

  @Test func everyCursorThereIsCanBeReadBack() throws {
    for index in [nil, 0, FeedCursor.indexMax] as [Int?] {
      let sequence = SequenceNumber(7)
      let cursor = try #require(
        index.map { FeedCursor(sequence: sequence, index: $0) } ?? FeedCursor(sequence: sequence))
      #expect(FeedCursor(cursor.description) == cursor)
      var writer = ByteWriter()
      cursor.encode(into: &writer)
      let bytes = writer.bytes
      var reader = ByteReader(bytes.span.bytes)
      #expect(try FeedCursor(&reader) == cursor)
    }
    for index in [-1, .min, FeedCursor.indexMax + 1, .max] {
      #expect(FeedCursor(sequence: SequenceNumber(7), index: index) == nil)
    }
  }

  @Test func aCursorBelowTheHorizonIsGone() throws {
    func code(_ cursor: String, horizon: UInt64) -> StoreError.Code? {
      do throws(StoreError) {
        try FeedCursor(cursor)?.check(
          horizon: SequenceNumber(horizon), last: SequenceNumber(20))
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code("4.1", horizon: 5) == .gone)
    #expect(code("0", horizon: 5) == .gone)
    #expect(code("5", horizon: 5) == nil)
    #expect(code("0", horizon: 0) == nil)
    #expect(code("20", horizon: 5) == nil)
    #expect(code("21", horizon: 5) == .outOfOrder)
  }
}
