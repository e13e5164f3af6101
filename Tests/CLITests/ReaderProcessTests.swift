// Processes that read while another one ingests.

import Foundation
import Testing

@testable import CairnCLI

struct ReaderProcessTests {
  private static let eventCount = 6_000
  private static let definitions = """
    traits:
      ltv: 'sum("Order", properties.revenue)'
    audiences:
      big: ltv > 100
      recent: count("Order", last 1d) >= 2
    """

  private static func line(_ index: Int) -> String {
    let minute = index / 6
    let time = String(
      format: "2024-05-%02dT%02d:%02d:00Z", 1 + minute / 1440, minute / 60 % 24, minute % 60)
    return #"{"type":"track","event":"Order","messageId":"m\#(index)","userId":"u\#(index % 301)","#
      + #""anonymousId":"a\#(index % 211)","timestamp":"\#(time)","#
      + #""properties":{"revenue":\#(index % 50)}}"# + "\n"
  }

  /// What `cairn verify --json` found.
  private struct Found: Hashable {
    var records: Int
    var hash: String

    init(_ outcome: CommandLineRun.Outcome) throws {
      let match = try #require(
        outcome.output.firstMatch(of: #/"records":([0-9]+).*"state_hash":"([0-9a-f]+)"/#))
      records = try #require(Int(match.1))
      hash = String(match.2)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
  }

  @Test func readersSeeWhatTheWriterHadAtThatRecord() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    let lines = (0..<Self.eventCount).map(Self.line)
    try run.write(lines.joined(), to: "events.ndjson")
    try run.write(Self.definitions, to: "definitions.yaml")
    #expect(try run.cairn("init", "shop").status == 0)
    #expect(try run.cairn("apply", "shop", "definitions.yaml").status == 0)
    #expect(try run.shell("cp -a shop cut").status == 0)
    let ingest = try run.start(
      "ingest", "shop", "events.ndjson", "--clock", "events", "--batch", "40", "-q")
    var seen: Set<Found> = []
    repeat {
      let reading = try run.cairn("verify", "shop", "--json", "--verbose")
      #expect(reading.errors.hasPrefix("shop: read-only: "), "\(reading.errors)")
      seen.insert(try Found(reading))
    } while ingest.isRunning
    ingest.waitUntilExit()
    #expect(ingest.terminationStatus == 0)
    let last = try Found(run.cairn("verify", "shop", "--json", "--replay"))
    // Before the events are the definitions, the source and the clock.
    let first = last.records - lines.count
    let inBetween = seen.filter { first < $0.records && $0.records < last.records }
    print("readers saw \(seen.map(\.records).sorted())")
    #expect(inBetween.count > 1)
    // The same input, cut where each reader saw the end; in other commits.
    var taken = 0
    for found in inBetween.sorted(by: { $0.records < $1.records }) {
      try run.write(lines[taken..<(found.records - first)].joined(), to: "part.ndjson")
      taken = found.records - first
      let part = try run.cairn("ingest", "cut", "part.ndjson", "--clock", "events", "-q")
      #expect(part.status == 0, "\(part.errors)")
      #expect(try Found(run.cairn("verify", "cut", "--json")) == found)
    }
  }
}
