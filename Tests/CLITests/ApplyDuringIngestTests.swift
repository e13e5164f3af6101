// `cairn ingest --apply`, and what `cairn apply` says of itself to people and to scripts.

import Bytes
import Foundation
import Testing

@testable import Cairn
@testable import CairnCLI
@testable import Engine

struct ApplyDuringIngestTests {
  private static let yaml = """
    traits:
      orders: count("Order Completed")
    audiences:
      buyers: orders >= 2
    """

  private static func orders(_ range: Range<Int>) -> String {
    range.map {
      #"{"type":"track","event":"Order Completed","messageId":"m\#($0)","userId":"u\#($0 % 3)","#
        + #""timestamp":"2026-03-01T10:00:00.000Z"}"# + "\n"
    }.joined()
  }

  private func run() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(Self.yaml, to: "definitions.yaml")
    try run.write(Self.orders(0..<6), to: "early.ndjson")
    try run.write(Self.orders(6..<9), to: "late.ndjson")
    #expect(try run.cairn("init", "shop").status == 0)
    #expect(try run.cairn("ingest", "shop", "early.ndjson", "--clock", "events").status == 0)
    return run
  }

  @Test func definitionsAreInForceAfterAnIngestThatAppliesThem() throws {
    let run = try run()
    defer { run.remove() }
    let outcome = try run.cairn(
      "ingest", "shop", "late.ndjson", "--clock", "events", "--apply", "definitions.yaml")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("added: orders, buyers\nmemberships: 3 entered\n"))
    #expect(outcome.output.contains("definitions: in force since record "))
    let members = try run.cairn("audience", "members", "shop", "buyers")
    #expect(members.output.contains("u0") && members.output.contains("u2"))
    let verify = try run.cairn("verify", "shop", "--replay")
    #expect(verify.status == 0, "\(verify.output)")
    // What holds already is not applied again.
    let again = try run.cairn(
      "ingest", "shop", "late.ndjson", "--clock", "events", "--apply", "definitions.yaml")
    #expect(again.output.contains("definitions: nothing to do\n"))
  }

  @Test func scriptsLearnTheRecord() throws {
    let run = try run()
    defer { run.remove() }
    let outcome = try run.cairn("apply", "shop", "definitions.yaml", "--json")
    // A source, the clock and six events come before it.
    #expect(
      outcome.output == """
        {"added":["orders","buyers"],"changed":[],"removed":[],"kept":[],"unchanged":0,"history_since":null,"warnings":[],"record":9,\
        "memberships":{"entered":3,"exited":0,"merged":0}}

        """)
    let ingest = try run.cairn(
      "ingest", "shop", "late.ndjson", "--clock", "events", "--apply", "definitions.yaml",
      "--json")
    #expect(
      ingest.output.hasSuffix(
        #""definitions":{"added":[],"changed":[],"removed":[],"kept":[],"unchanged":2,"history_since":null,"warnings":[],"#
          + #""record":null,"memberships":{"entered":0,"exited":0,"merged":0}}}"# + "\n"))
  }

  @Test func wrongDefinitionsTakeNothingIn() throws {
    let run = try run()
    defer { run.remove() }
    try run.write("traits:\n  orders: cuont(*)\n", to: "wrong.yaml")
    let outcome = try run.cairn("ingest", "shop", "late.ndjson", "--apply", "wrong.yaml")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("wrong.yaml:2:11:"))
    #expect(try run.cairn("stats", "shop").output.contains("6"))
  }

  @Test func sinceWhenDefinitionsCountIsTold() {
    var changes = DefinitionChanges()
    changes.added = ["orders"]
    #expect(changes.appliedText == "added: orders\n")
    changes.historySince = Timestamp("2026-03-06T10:00:00.000Z")
    let told =
      "history: since 2026-03-06 10:00:00Z; earlier records have been rolled up\n"
    #expect(changes.appliedText == "added: orders\n" + told)
    var json = JSONBuilder()
    changes.writeApplied(to: &json)
    #expect(json.text.contains(#""history_since":"2026-03-06T10:00:00.000Z""#))
  }

  @Test func progressNamesRecordsAndShare() {
    var progress = BackfillProgress(LogProgress(records: 120_345, recordsTotal: 300_000))
    var state: ApplyState { ApplyState(progress: progress, elapsed: Milliseconds(1200)) }
    #expect(state.summary == "120,345 of 300,000 records of the history (40%), 1.2 s")
    #expect(state.line(columns: 120).hasPrefix("[################------------------------] 120"))
    progress.log.records = 300_000
    #expect(state.summary == "300,000 of 300,000 records of the history (100%), 1.2 s")
    progress.profilesTotal = 8_000
    progress.profiles = 2_000
    #expect(state.summary == "2,000 of 8,000 profiles evaluated (25%), 1.2 s")
    #expect(state.line(columns: 120).hasPrefix("[##########-"))
    progress = BackfillProgress(LogProgress())
    #expect(state.line(columns: 100).hasPrefix("0 of 0"))
  }
}
