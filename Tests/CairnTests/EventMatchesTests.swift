// What the parsing thread says of events is what their plans say, however many aggregates they matter to.

import Audiences
import Bytes
import Cairn
import Events
import Profiles
import Storage
import Testing
@testable import Engine

@Suite struct EventMatchesTests {
  private static let longText = String(repeating: "y", count: 300)

  /// Events that only count, for which lists are shared, and others, with names that many traits are about.
  private static let lines: [String] = (0..<200).map { index in
    let text = index % 3 == 0 ? "\(index % 7)" + longText : "s\(index % 5)"
    return track(
      ["Counted", "Summed", "Listed", "Unknown"][index % 4], id: "m\(index)",
      #""userId":"u\#(index % 11)""#, properties: #""s":"\#(text)","v":\#(index),"w":"\#(index)""#)
  }

  private static let traits: [(String, String)] =
    (1...40).map { ("c\($0)", "count(\"Counted\", last \($0)d)") }
    + (1...20).map { ("s\($0)", "sum(\"Summed\", properties.v, last \($0)d)") }
    + (1...20).map { ("l\($0)", "unique_list(\"Listed\", properties.s, last \($0)d)") }
    + (1...5).map { ("w\($0)", "unique_count(\"Listed\", properties.w, last \($0)d)") }
    + [
      ("f", "first(\"Listed\", properties.s)"), ("every", "count(*)"),
      ("some", "unique_list(\"Listed\" where properties.v > 100, properties.s)"),
    ]

  @Test(arguments: [1, 7, 50, 1 << 18]) func areWhatPlansSay(insertionsMax: Int) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: Self.traits))
    let parser = EventParser(
      symbols: store.symbols, seed: store.directory.manifest.seed, source: SourceID(1),
      identifiers: store.fold.rules.identifiers, keepsTimes: true, wallClock: { .latest })
    var batch = EventBatch()
    let text = Array((Self.lines.joined(separator: "\n") + "\n").utf8)
    parser.parse(text.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    let plan = store.fold.plan
    var matches = EventMatches(plan: plan, insertionsMax: insertionsMax)
    matches.add(batch.rows.indices, of: batch)
    #expect((matches.rows.count == batch.rows.count) == (insertionsMax == 1 << 18))
    var total = 0
    // And back to the first, as after a batch that was given up.
    for index in Array(batch.rows.indices) + [0] {
      if !matches.rows.contains(index) { matches.move(to: index, of: batch) }
      var expected: [CellInsertion] = []
      try plan.match(batch.event(at: index), into: &expected)
      #expect(matches[index].map(\.slot) == expected.map(\.slot), "row \(index)")
      #expect(values(Array(matches[index])) == values(expected), "row \(index)")
      total += expected.count
    }
    #expect(total > 3000)
    try store.close()
  }

  /// What cells take in: short texts as any others.
  private func values(_ insertions: [CellInsertion]) -> [CellAmount] {
    let (time, sequence) = (Timestamp(milliseconds: 0), SequenceNumber(1))
    return insertions.map { CellEvent(time: time, sequence: sequence, amount: $0.amount).amount }
  }
}
