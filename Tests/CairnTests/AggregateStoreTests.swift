// Aggregates of every kind in a whole store: the same state however the events come, and calendars that
// end where the zone says, with the rules from the log.

import Audiences
import Bytes
import Cairn
import Profiles
import Storage
import StorageSimulation
import Testing
@testable import Engine

/// A trait of every kind, with windows of every form.
private let everyKind: [(String, String)] = {
  let kinds = [
    "count('A'", "exists('A'", "sum(*, properties.v, currency: properties.c", "avg(*, properties.v",
    "min(*, properties.v", "max(*, properties.v, currency: 'EUR'", "first('A', properties.k",
    "last(*, properties.k", "first_at('A'", "last_at('B', properties.k",
    "most_frequent(*, properties.k", "least_frequent('A', properties.k",
    "unique_list(*, properties.k, limit: 2", "unique_count(['A', 'B'], properties.k",
    "category_count(*, properties.k", "unmatched('A', 'B', by: properties.k",
    "sessions(*, gap: 2h", "sequence('A', 'B' without 'C', 'A', within 1d",
  ]
  let windows = [
    "", ", last 1d", ", 6h to 2d ago", ", between '2026-03-28' and '2026-03-30T12:00:00Z'",
    ", this day in 'Europe/Berlin'", ", last 2 days in 'America/New_York'",
  ]
  var traits = kinds.enumerated().flatMap { index, kind in
    windows.enumerated().map { ("t\(index)_\($0)", kind + $1 + ")") }
  }
  traits.append(("t_session", "sum(*, properties.v, latest session gap 2h)"))
  traits.append(("t_score", "score({'A': 10, 'B': -0.5}, half_life: 12h)"))
  return traits
}()

@Suite struct AggregateStoreTests {
  private func stream(_ seed: UInt64) -> [String] {
    var random = SeededRandom(seed)
    var time = instant("2026-03-27T00:00:00.000Z")
    return (0..<240).map { step in
      time = time + Milliseconds(Int64.random(in: 0...3_600_000, using: &random))
      let late = Milliseconds(
        random.chance(20) ? Int64.random(in: 0...100_000_000, using: &random) : 0)
      let person = Int.random(in: 0..<4, using: &random)
      let identifiers = random.pick([
        #""anonymousId":"a\#(person)""#, #""userId":"u\#(person)""#,
        #""userId":"u\#(person)","anonymousId":"a\#(person)""#,
      ])
      let key = random.pick([#""x""#, "7", "7.0", "true", #""y""#])
      let amount = random.pick(["1", "2.5", "-3", #""word""#, "null"])
      let currency = random.pick([#""USD""#, #""eur""#, "null"])
      return track(
        random.pick(["A", "A", "B", "C"]), id: "m\(step)", identifiers,
        at: (time - late).description,
        properties: #""k":\#(key),"v":\#(amount),"c":\#(currency)"#)
    }
  }

  @Test("every kind gives the same state in every batch size, after opening and rebuilding")
  func everyBatch() throws {
    for seed in UInt64(1)...2 {
      let lines = stream(seed)
      var expected: String?
      for (batch, definesLast) in [(1000, false), (1, false), (7, false), (50, true)] {
        let directory = TemporaryDirectory()
        var holder: Store? = try Store.create(at: directory.store, options: .repeatable())
        if !definesLast { _ = try holder?.apply(definitions(traits: everyKind)) }
        try holder?.take(lines, batch: batch)
        if definesLast { _ = try holder?.apply(definitions(traits: everyKind)) }
        let reports = try (0..<4).map { person in
          try holder?.report("user_id:u\(person)")?.traits.map { "\($0.name) \($0.value)" } ?? []
        }
        let text = reports.joined().joined(separator: "\n")
        #expect(text == expected ?? text, "seed \(seed) batch \(batch)")
        expected = text
        let hash = try holder?.snapshot().stateHash()
        try holder?.close()
        holder = try Store.open(at: directory.store, options: .repeatable())
        #expect(try holder?.snapshot().stateHash() == hash, "seed \(seed) batch \(batch)")
        let report = try #require(holder?.verify(replay: true))
        #expect(report.problems == [] && report.replayHash == hash, "seed \(seed) batch \(batch)")
        try holder?.rebuildDerived()
        #expect(try holder?.snapshot().stateHash() == hash, "seed \(seed) batch \(batch)")
        try holder?.close()
      }
      #expect(expected?.contains("t17_0 true") == true, "seed \(seed): a sequence happened")
    }
  }

  @Test("a membership by the calendar ends at midnight of its zone, where summer begins")
  func calendar() throws {
    let directory = TemporaryDirectory()
    var holder: Store? = try Store.create(at: directory.store, options: .repeatable())
    _ = try holder?.apply(
      definitions(audiences: [
        ("today", "performed('A', this day in 'Europe/Berlin')"),
        ("yesterday", "performed('A', last day in 'Europe/Berlin')"),
      ]))
    try holder?.take([
      track("A", id: "m1", #""userId":"u1""#, at: "2026-03-29T00:30:00.000Z")
    ])
    _ = try holder?.tick(to: instant("2026-04-05T00:00:00.000Z"))
    let changes = try #require(try holder?.changes())
    #expect(changes.map(\.kind) == [.entered, .exited, .entered, .exited])
    // The 29th of March has 23 hours in Berlin.
    #expect(
      changes.map(\.effective)
        == [
          "2026-03-29T00:30:00.000Z", "2026-03-29T22:00:00.000Z", "2026-03-29T22:00:00.000Z",
          "2026-03-30T22:00:00.000Z",
        ].map(instant))
    let hash = try holder?.snapshot().stateHash()
    try holder?.close()
    holder = nil
    holder = try Store.open(at: directory.store, options: .repeatable())
    let report = try #require(holder?.verify(replay: true))
    #expect(report.problems == [] && report.replayHash == hash)
    try holder?.close()
  }
}
