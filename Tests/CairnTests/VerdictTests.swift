// Each line has a verdict: duplicates within and across sources, lines that are quarantined, a file that
// is sent again.

import Bytes
import Cairn
import Events
import Foundation
import Storage
import Testing
@testable import Engine

@Suite struct VerdictTests {
  private let user = #""userId":"u1""#
  private let time = "2026-03-01T10:00:00.000Z"

  @Test(arguments: [1, 7, 1000])
  func duplicatesAreJudgedPerSource(batch: Int) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: [("seen", "count(*)")]))
    let line = track("Seen", id: "m1", user, at: time)
    let other = track("Seen", id: "m1", user, at: time, properties: #""page":"home""#)
    let web = try store.take([line, line, other], source: "web", batch: batch)
    // Before them: the definition, the source, the clock.
    let first = SequenceNumber(4)
    #expect(
      web == [
        .accepted(first), .duplicate(of: first, isSame: true),
        .duplicate(of: first, isSame: false),
      ])
    let shop = try store.take([line, line], source: "shop", batch: batch)
    #expect(
      shop == [
        .accepted(SequenceNumber(6)), .duplicate(of: SequenceNumber(6), isSame: true),
      ], "the same id in another source is another event")
    let again = try store.take([line], source: "web", batch: batch)
    #expect(again == [.duplicate(of: first, isSame: true)])
    let report = try #require(try store.report("user_id:u1"))
    #expect(report.eventCount == 2 && report.trait("seen") == .count(2))
    #expect(
      try !report.events.contains { String(decoding: try $0.json, as: UTF8.self).contains("home") })
    let stats = try store.snapshot().stats()
    #expect(stats.sources == ["web", "shop"] && stats.events == 2)
    try store.close()
  }

  /// Equal content is equal values: what only looks different is the same event.
  @Test func theOrderOfHeaderKeysIsNoDifference() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let verdicts = try store.take([
      #"{"type":"track","event":"Seen","messageId":"m1","userId":"u1","timestamp":"\#(time)"}"#,
      #"{ "messageId" : "m1", "timestamp":"\#(time)", "userId":"u1","event":"Seen","type":"track" }"#,
    ])
    #expect(
      verdicts == [
        .accepted(SequenceNumber(3)), .duplicate(of: SequenceNumber(3), isSame: true),
      ])
    try store.close()
  }

  /// A number is one id however it is written: at once, in the same batch, and after everything derived is made again.
  @Test(arguments: [1, 1000])
  func numbersAreOneMessageID(batch: Int) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let lines = ["1", "1.0", "1e0", #""1""#, #""1.0""#].map {
      #"{"type":"page","messageId":\#($0),"userId":"u1","timestamp":"\#(time)"}"#
    }
    let first = SequenceNumber(3)
    let known = Verdict.duplicate(of: first, isSame: false)
    let text = Verdict.accepted(SequenceNumber(4))
    #expect(
      try store.take(lines, batch: batch) == [.accepted(first), known, known, known, text])
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    #expect(
      try store.take([lines[2], lines[4]]) == [
        known, .duplicate(of: SequenceNumber(4), isSame: true),
      ])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whatIsNoEventIsKeptAndCounted() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [("seen", "count(*)")], audiences: [("everyone", "not performed(\"Never\")")]))
    let lines = [
      track("Seen", id: "m1", user, at: time),
      #"{"type":"track","event":"Seen","messageId":"m2","#,
      #"{"type":"track","event":"Seen","messageId":"m3","timestamp":"\#(time)"}"#,
      #"{"type":"track","event":"Seen","userId":"u1","timestamp":"\#(time)"}"#,
      #"{"type":"track","event":"Seen","messageId":"m5","userId":"u1","timestamp":"soon"}"#,
      #"["no","object"]"#,
      #"{"type":"track","event":"Seen","messageId":"m3","timestamp":"\#(time)"}"#,
      track("Seen", id: "m1", user, at: time),
    ]
    let first = try store.take(lines)
    var codes: [String] = []
    for verdict in first {
      switch verdict {
      case .accepted: codes.append("accepted")
      case .duplicate(_, let isSame): codes.append(isSame ? "duplicate" : "conflict")
      case .quarantined(_, let problem): codes.append(problem.name)
      case .rejected(let problem): codes.append("rejected \(problem.name)")
      }
    }
    #expect(
      codes == [
        "accepted", "invalid_json", "missing_identifier", "accepted", "unreadable_time",
        "not_an_object", "missing_identifier", "duplicate",
      ])
    let stats = try store.snapshot().stats()
    // As many as verdicts say so: equal lines are kept each.
    #expect(stats.quarantined == 5 && stats.events == 2 && stats.profiles == 1)
    #expect(try store.report("user_id:u1")?.trait("seen") == .count(2))
    let hash = try store.snapshot().stateHash()
    let records = store.lastSequence
    // The whole file again, cut into other batches: all of it is known, quarantined lines too.
    for batch in [1, 3, 1000] {
      let again = try store.take(lines, batch: batch)
      #expect(
        again.allSatisfy {
          switch $0 {
          case .duplicate(_, isSame: true): true
          // What is wrong is reported again, with the record that has the line already.
          case .quarantined(let known, _): known <= records
          default: false
          }
        })
    }
    #expect(store.lastSequence == records)
    #expect(try store.snapshot().stateHash() == hash)
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    let afterwards = try store.take(lines)
    #expect(store.lastSequence == records && afterwards.count == lines.count)
    try store.close()
  }

  @Test func moneyIsExactOverTenThousandCents() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let ltv = #"sum("Order Completed", properties.revenue, currency: properties.currency)"#
    _ = try store.apply(
      definitions(
        traits: [
          ("ltv", ltv), ("plain", #"sum("Order Completed", properties.revenue)"#),
        ],
        audiences: [
          ("exactly_100", "ltv = 100 USD"), ("more_than_100", "ltv > 100 USD"),
          ("euros", "ltv = 0.3 EUR"),
        ]))
    let cents = (0..<10_000).map { index in
      track(
        "Order Completed", id: "c\(index)", user, at: time,
        properties: #""revenue":0.01,"currency":"USD""#)
    }
    try store.take(cents, batch: 777)
    #expect(try store.users(in: "exactly_100") == ["u1"])
    #expect(try store.users(in: "more_than_100") == [])
    // 0.1 + 0.2, once as a number and once in quotes, is 0.3 and nothing else.
    try store.take([
      track(
        "Order Completed", id: "e1", user, at: time,
        properties: #""revenue":0.1,"currency":"EUR""#),
      track(
        "Order Completed", id: "e2", user, at: time,
        properties: #""revenue":"0.20","currency":"eur""#),
      track(
        "Order Completed", id: "s1", user, at: time,
        properties: #""revenue":0.0000000001,"currency":"USD""#),
      track(
        "Order Completed", id: "s2", user, at: time,
        properties: #""revenue":1e40,"currency":"USD""#),
    ])
    let report = try #require(try store.report("user_id:u1"))
    let tenths = FixedDecimal(mantissa: 300_000_000)
    #expect(
      report.trait("ltv")
        == .sum([("EUR", tenths), ("USD", FixedDecimal(100))], skipped: 1, rounded: 1))
    #expect(
      report.trait("plain")
        == .sum([("", FixedDecimal(mantissa: 100_300_000_000))], skipped: 1, rounded: 1))
    #expect(report.audienceNames == ["exactly_100", "euros"])
    // A refund takes the cent back.
    try store.take([
      track(
        "Order Completed", id: "r1", user, at: time,
        properties: #""revenue":-0.01,"currency":"USD""#)
    ])
    #expect(try store.users(in: "exactly_100") == [])
    try store.close()
  }

  /// A sum too large for a decimal is said to be, compares as nothing does, and comes right again.
  @Test func aSumTooLargeSaysSoUntilTheWindowMovesOn() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let sum = #"sum("Order Completed", properties.revenue, currency: "USD", last 30d)"#
    _ = try store.apply(
      definitions(
        traits: [("recent", sum)],
        audiences: [
          ("more", "recent > 1 USD"), ("less", "recent <= 1 USD"),
          ("not_more", "not recent > 1 USD"),
        ]))
    func order(_ id: String, _ time: String) -> String {
      track("Order Completed", id: id, user, at: time, properties: #""revenue":1e29"#)
    }
    try store.take([order("o1", "2026-03-01T10:00:00.000Z")])
    #expect(try store.report("user_id:u1")?.audienceNames == ["more"])
    try store.take([order("o2", "2026-03-02T10:00:00.000Z")])
    let report = try #require(try store.report("user_id:u1"))
    #expect(report.trait("recent") == .sum([("USD", nil)], skipped: 0))
    #expect(report.trait("recent")?.description == "overflow USD")
    #expect(report.audienceNames == ["not_more"])
    let later = try #require(try store.report("user_id:u1", at: "2026-03-31T10:00:00.000Z"))
    let one = FixedDecimal(mantissa: 100_000_000_000_000_000_000_000_000_000_000_000_000)
    #expect(later.trait("recent") == .sum([("USD", one)], skipped: 0))
    #expect(later.audienceNames == ["more"])
    let empty = try #require(try store.report("user_id:u1", at: "2026-04-01T10:00:00.000Z"))
    #expect(empty.trait("recent") == .sum([], skipped: 0))
    #expect(empty.audienceNames == ["less", "not_more"])
    try store.close()
  }

  /// A file is read in chunks by another thread; lines and offsets are those of the whole.
  @Test func aFileOfManyChunksIsTheSameInput() throws {
    let directory = TemporaryDirectory()
    var lines: [String] = []
    for index in 0..<12_000 {
      let padding = String(repeating: "x", count: index % 400)
      lines.append(
        index.isMultiple(of: 500)
          ? "{\"broken\": \(index)"
          : track(
            "Seen", id: "m\(index / 2)", #""userId":"u\#(index % 97)""#, at: time,
            properties: #""padding":"\#(padding)""#))
    }
    let bytes = Array(lines.joined(separator: "\n").utf8)
    #expect(bytes.count > 2 << 20)
    let file = directory.path + "/input"
    try Data(bytes).write(to: URL(filePath: file))
    let whole = try Store.create(at: directory.path + "/whole", options: .repeatable())
    let chunks = try Store.create(at: directory.path + "/chunks", options: .repeatable())
    var expected: [LineVerdict] = []
    _ = try whole.ingest(lines: bytes, options: .past(batch: 999)) { expected.append($0) }
    var found: [LineVerdict] = []
    let handle = try FileHandle(forReadingFrom: URL(filePath: file))
    let summary = try chunks.ingest(
      descriptor: handle.fileDescriptor, options: .past(batch: 1000)
    ) { found.append($0) }
    try handle.close()
    #expect(found == expected && found.count == lines.count)
    #expect(found.map(\.line) == Array(1...lines.count))
    #expect(summary.bytes == bytes.count && summary.verdicts.lines == lines.count)
    #expect(summary.verdicts.quarantined == 24)
    #expect(try chunks.snapshot().stateHash() == whole.snapshot().stateHash())
    try whole.close()
    try chunks.close()
  }
}
