// Exports and reports on small stores, to the byte.

import Bytes
import Cairn
import Profiles
import Storage
import Testing
@testable import Engine

@Suite struct ReadingTests {
  /// A store of its own whose time follows the events.
  private func store(
    _ directory: TemporaryDirectory, _ lines: [String],
    traits: [(String, String)] = [], audiences: [(String, String)] = []
  ) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: traits, audiences: audiences))
    try ingest(lines, into: store)
    return store
  }

  private func ingest(_ lines: [String], into store: Store, source: String = "default") throws {
    var options = IngestOptions.past()
    options.source = source
    let text = lines.joined(separator: "\n") + "\n"
    let summary = try store.ingest(lines: Array(text.utf8), options: options)
    #expect(summary.verdicts.quarantined == 0)
  }

  private func order(_ id: Int, _ user: String, _ properties: String) -> String {
    #"{"type":"track","event":"Order","messageId":"\#(id)","userId":"\#(user)","#
      + #""timestamp":"2024-01-0\#(id)T00:00:00.000Z","properties":\#(properties)}"#
  }

  private func export(
    _ snapshot: Snapshot, _ subject: ExportSubject, _ format: ExportFormat
  ) throws -> [String] {
    var bytes: [UInt8] = []
    _ = try snapshot.export(subject, as: format) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map(String.init)
  }

  @Test func traitsNeverCollideAndSumsKeepTheirType() throws {
    let directory = TemporaryDirectory()
    let store = try store(
      directory,
      [
        order(1, "a", #"{"n":2,"revenue":88.5,"currency":"USD"}"#),
        order(2, "a", #"{"n":3,"revenue":1.5,"currency":"EUR"}"#),
        order(3, "a", #"{"revenue":0.5,"currency":"USD"}"#),
        order(4, "b", #"{"n":"many","revenue":7}"#), order(5, "c", "{}"),
      ],
      traits: [
        ("first_seen", #"count("Order")"#), ("identifiers", #"sum("Order", properties.n)"#),
        ("audiences", #"sum("Order", properties.revenue, currency: properties.currency)"#),
      ], audiences: [("buyers", #"count("Order") >= 1"#)])
    let snapshot = try store.snapshot()
    let rows = try export(snapshot, .profiles, .ndjson).map { row in
      row.split(separator: #","identifiers":"#, maxSplits: 1).last.map(String.init) ?? ""
    }
    #expect(
      rows == [
        #"["user_id:a"],"traits.first_seen":3,"traits.identifiers":{"total":5},"#
          + #""traits.audiences":{"EUR":1.5,"USD":89},"audiences":["buyers"]}"#,
        #"["user_id:b"],"traits.first_seen":1,"traits.identifiers":{"skipped":1},"#
          + #""traits.audiences":{"total":7},"audiences":["buyers"]}"#,
        #"["user_id:c"],"traits.first_seen":1,"traits.identifiers":{},"#
          + #""traits.audiences":{},"audiences":["buyers"]}"#,
      ])
    let table = try export(snapshot, .profiles, .csv)
    #expect(
      table[0] == "profile_id,first_seen,last_seen,event_count,identifiers,traits.first_seen,"
        + "traits.identifiers,traits.audiences,audiences")
    #expect(table[1].hasSuffix(#",3,user_id:a,3,5,"1.5 EUR, 89 USD",buyers"#))
    try store.close()
  }

  @Test(arguments: [
    (TraitValue.sum([], skipped: 0), "{}"),
    (.sum([("", FixedDecimal(5))], skipped: 0), #"{"total":5}"#),
    (.sum([("", nil)], skipped: 2), #"{"total":null,"skipped":2}"#),
    (.sum([], skipped: 3), #"{"skipped":3}"#),
    (
      .sum([("", FixedDecimal(1)), ("EUR", nil), ("USD", FixedDecimal(2))], skipped: 0),
      #"{"total":1,"EUR":null,"USD":2}"#
    ),
    (.count(0), "0"),
    (.selection(nil, at: nil), "null"),
    (.selection(.string(Array("a\"\n".utf8)), at: nil), #""a\"\n""#),
    (.selection(.json(Array("[1,null]".utf8)), at: nil), "[1,null]"),
    (.selection(.number(Array("1e400".utf8)), at: nil), "1e400"),
    (.amounts([], skipped: 0), "{}"),
    (.moment(Timestamp(milliseconds: 0)), #""1970-01-01T00:00:00.000Z""#),
    (.moment(nil), "null"),
    (.truth(true), "true"),
    (.score(9.5), "9.5"),
    (
      .list([.string(Array("a".utf8)), .number(Array("7".utf8))], isTruncated: false),
      #"{"values":["a",7],"truncated":false}"#
    ),
    (
      .categories([(.bool(true), 2), (.string(Array("b".utf8)), 1)], isTruncated: true),
      #"{"counts":[{"value":true,"count":2},{"value":"b","count":1}],"truncated":true}"#
    ),
  ])
  func valuesAsJSON(value: TraitValue, expected: String) {
    var writer = ByteWriter()
    value.writeJSON(to: &writer)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }

  @Test func aSnapshotKeepsTheNamesOfItsTime() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory, [order(1, "a", #"{"early":{"key":1}}"#)])
    let before = try store.snapshot()
    try ingest([order(2, "a", #"{"late":{"key":2}}"#)], into: store)
    #expect(try export(before, .events, .ndjson).count == 1)
    let events = try export(store.snapshot(), .events, .ndjson)
    #expect(events.count == 2)
    #expect(events[0].hasSuffix(#""event":"# + order(1, "a", #"{"early":{"key":1}}"#) + "}"))
    #expect(events[1].hasSuffix(#""event":"# + order(2, "a", #"{"late":{"key":2}}"#) + "}"))
    try store.close()
  }

  @Test func linksAreFoundWhenAskedFor() throws {
    let directory = TemporaryDirectory()
    func visit(_ id: Int, _ members: String) -> String {
      #"{"type":"page","messageId":"\#(id)",\#(members),"timestamp":"2024-01-01"}"#
    }
    let store = try store(
      directory,
      [
        visit(1, #""anonymousId":"x""#), visit(2, #""userId":"u","anonymousId":"y""#),
        visit(3, #""userId":"u","anonymousId":"x","properties":{"email":"e@x"}"#),
        visit(4, #""anonymousId":"z","properties":{"email":"e@x"}"#),
      ])
    let snapshot = try store.snapshot()
    let identifier = try #require(Identifier("user_id:u"))
    let profile = try #require(try snapshot.profile(of: identifier))
    let links = try snapshot.report(profile).links.map {
      "\($0.first.value)-\($0.second.value) \($0.evidence.sequence.value)"
    }
    let offset = Int(snapshot.lastSequence.value) - 4
    #expect(
      links
        == [("x-u", 3), ("u-y", 2), ("u-e@x", 3), ("e@x-z", 4)].map {
          "\($0.0) \($0.1 + offset)"
        })
    let brief = try snapshot.report(profile, includesLinks: false)
    #expect(brief.links.isEmpty)
    #expect(brief.identifiers.count == 5)
    try store.close()
  }

  @Test func composedAndDecomposedTextsDiffer() throws {
    let composed = "caf\u{E9}"
    let decomposed = "cafe\u{301}"
    let directory = TemporaryDirectory()
    let store = try store(directory, [])
    try ingest([order(1, "a", "{}")], into: store, source: composed)
    try ingest([order(1, "a", "{}")], into: store, source: decomposed)
    let stats = try store.snapshot().stats()
    #expect(stats.events == 2, "duplicates are judged within a source")
    #expect(stats.sources.count == 3)
    func trait(_ word: String) -> [DefinitionText] {
      definitions(traits: [("n", #"count("Order" where properties.place = "\#(word)")"#)])
    }
    #expect(try store.apply(trait(composed)).added == ["n"])
    #expect(try store.apply(trait(composed)).unchanged == 1)
    #expect(try store.apply(trait(decomposed)).changed == ["n"])
    try store.close()
  }
}
