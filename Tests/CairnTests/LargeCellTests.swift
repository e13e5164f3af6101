// A home with so many events in a window that a cell outgrows the row of its home: its neighbours and
// it itself answer as before, wherever they stand.

import Audiences
import Bytes
import Cairn
import Storage
import Testing
@testable import Engine

@Suite struct LargeCellTests {
  private static let traits = [
    ("total", #"count("Viewed")"#),
    ("recent", #"count("Viewed", last 30d)"#),
    ("spent", #"sum("Viewed", properties.revenue, last 30d)"#),
    ("latest", #"last("Viewed", properties.revenue)"#),
  ]
  private static let events = 1000

  /// One event a minute, the revenue its number.
  private static let lines = (0..<events).map { index in
    track(
      "Viewed", id: "m\(index)", #""userId":"u1""#,
      at: (instant("2026-03-01T00:00:00.000Z") + Milliseconds(Int64(index) * 60_000)).description,
      properties: #""revenue":\#(index)"#)
  }

  private func expectTheAnswers(_ store: Store) throws {
    let report = try #require(try store.report("user_id:u1"))
    let sum = FixedDecimal(Int64(Self.events * (Self.events - 1) / 2))
    #expect(report.trait("total") == .count(UInt64(Self.events)))
    #expect(report.trait("recent") == .count(UInt64(Self.events)))
    #expect(report.trait("spent") == .sum([("", sum)], skipped: 0))
    #expect(report.trait("latest")?.description == "999")
  }

  @Test func aCellThatOutgrowsItsRowKeepsItsEvents() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: Self.traits))
    try store.take(Self.lines, batch: 7)
    try expectTheAnswers(store)
    let hash = try store.snapshot().stateHash()
    try store.close()

    let again = try Store.open(at: directory.store, options: .repeatable())
    try expectTheAnswers(again)
    #expect(try again.snapshot().stateHash() == hash)
    try again.rebuildDerived()
    try expectTheAnswers(again)
    #expect(try again.snapshot().stateHash() == hash)
    // Half of the window has gone: the entries before it are given up in their own row.
    _ = try again.tick(to: instant("2026-03-31T08:20:00.000Z"))
    #expect(try again.report("user_id:u1")?.trait("recent") == .count(499))
    try again.close()
  }
}
