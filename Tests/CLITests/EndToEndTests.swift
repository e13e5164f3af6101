// The commands on a store, from outside: what is printed, what is refused, with which status.

import Cairn
import Foundation
import Testing

struct EndToEndTests {
  private static let orders = """
    {"type":"track","event":"Order Completed","messageId":"1","userId":"a","timestamp":"2024-01-01T00:00:00Z","properties":{"revenue":60.25,"currency":"USD"}}
    {"type":"track","event":"Order Completed","messageId":"2","userId":"a","timestamp":"2024-01-02T00:00:00Z","properties":{"revenue":60,"currency":"USD"}}
    {"type":"track","event":"Order Completed","messageId":"3","userId":"b\\u001b[2J","timestamp":"2024-01-03T00:00:00Z","properties":{"revenue":1,"currency":"USD"}}

    """
  private static let definitions = """
    traits:
      ltv: 'sum("Order Completed", properties.revenue, currency: properties.currency)'
    audiences:
      big: ltv > 100 USD
      recent: count("Order Completed", last 1d) >= 1
    """

  /// A store with three orders and two audiences.
  private func filled() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(Self.orders, to: "orders.ndjson")
    try run.write(Self.definitions, to: "definitions.yaml")
    #expect(try run.cairn("init", "shop").status == 0)
    #expect(try run.cairn("apply", "shop", "definitions.yaml").status == 0)
    let ingest = try run.cairn("ingest", "shop", "orders.ndjson", "--clock", "events")
    #expect(ingest.status == 0, "\(ingest.errors)")
    #expect(ingest.output.contains("accepted         3\n"))
    return run
  }

  @Test func ordersBecomeAnAudience() throws {
    let run = try filled()
    defer { run.remove() }
    let list = try run.cairn("audience", "list", "shop", "--json")
    #expect(
      list.output == """
        [{"audience":"big","members":1,"as_of":"2024-01-03T00:00:00.000Z"},\
        {"audience":"recent","members":1,"as_of":"2024-01-03T00:00:00.000Z"}]

        """)
    let profile = try run.cairn("profile", "show", "shop", "user_id:a", "--events", "1")
    #expect(profile.output.contains("ltv             120.25 USD\n"))
    #expect(profile.output.contains("track  Order Completed"))
    #expect(profile.output.components(separatedBy: "Order Completed").count == 2)
    let json = try run.cairn("profile", "show", "shop", "user_id:a", "--json")
    #expect(json.output.contains(#""traits":{"ltv":{"USD":120.25}}"#))
    let verify = try run.cairn("verify", "shop", "--replay")
    #expect(verify.status == 0)
    #expect(verify.output.contains("sound            yes\n"))
  }

  @Test func timeEndsAMembershipAndNeverGoesBack() throws {
    let run = try filled()
    defer { run.remove() }
    let tick = try run.cairn("tick", "shop", "--at", "2024-01-04T00:00:00Z")
    #expect(
      tick.output == "logical time is 2024-01-04 00:00:00Z\nmemberships: 1 exited\n")
    let back = try run.cairn("tick", "shop", "--at", "2024-01-01T00:00:00Z")
    #expect(back.status == 3)
    #expect(back.errors.hasPrefix("error: "))
    #expect(back.errors.filter { $0 == "\n" }.count == 1)
  }

  @Test func repeatingIsSafe() throws {
    let run = try filled()
    defer { run.remove() }
    let before = try run.cairn("verify", "shop", "--json").output
    let again = try run.cairn("ingest", "shop", "-", "--clock", "events", input: Self.orders)
    #expect(again.status == 0)
    #expect(again.output.contains("duplicate        3\n"))
    #expect(try run.cairn("verify", "shop", "--json").output == before)
  }

  @Test func badLinesAreToldAndKept() throws {
    let run = try filled()
    defer { run.remove() }
    let deep = String(repeating: "[", count: 100_000)
    let long = String(repeating: "x", count: 3 << 20)
    let input = "{\"type\":\n\(deep)\n\(long)\n\u{1B}]0;x\n"
    try run.write(input, to: "bad.ndjson")
    let outcome = try run.cairn("ingest", "shop", "bad.ndjson", "--rejected", "rejected.ndjson")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("quarantined      3\n"))
    #expect(outcome.output.contains("rejected         1\n"))
    #expect(!outcome.errors.contains("\u{1B}"))
    let rejected = try run.read("rejected.ndjson").split(separator: "\n")
    #expect(rejected.count == 4)
    #expect(rejected[2].hasPrefix(#"{"file":"bad.ndjson","line":3,"#))
    #expect(rejected[2].contains(#""verdict":"rejected""#))
  }

  @Test func theSummaryOfAnIngestIsThereAsJSON() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try run.write(Self.orders + "{\"type\":\n", to: "mixed.ndjson")
    #expect(try run.cairn("init", "shop").status == 0)
    let ingest = try run.cairn("ingest", "shop", "mixed.ndjson", "--clock", "events", "--json")
    #expect(ingest.status == 1)
    let bytes = Self.orders.utf8.count + 9
    #expect(
      ingest.output == """
        {"accepted":3,"duplicates":0,"conflicts":0,"quarantined":1,"rejected":0,"without_erased_values":0,"omitted":0,"bytes":\(bytes),\
        "reasons":[{"verdict":"quarantined","code":"invalid_json","lines":1}],"memberships":{"entered":0,"exited":0,"merged":0},\
        "times":{"earliest":"2024-01-01T00:00:00.000Z","latest":"2024-01-03T00:00:00.000Z",\
        "undated":0,"unreadable":0,"corrected":0,"clamped":0,"late":0,"historical":0,"out_of_order":0}}

        """)
  }

  @Test func dataIsShownHarmless() throws {
    let run = try filled()
    defer { run.remove() }
    let table = try run.cairn("audience", "members", "shop", "recent")
    #expect(!table.output.contains("\u{1B}"))
    #expect(table.output.contains(#"user_id:b\u{1B}[2J"#))
    let json = try run.cairn("audience", "members", "shop", "recent", "--json")
    #expect(!json.output.contains("\u{1B}"))
    #expect(json.output.contains(#"user_id:b\u001b[2J"#))
  }

  @Test func exportsReachAFile() throws {
    let run = try filled()
    defer { run.remove() }
    let export = try run.cairn(
      "export", "shop", "identifiers", "--format", "csv", "--output", "ids.csv")
    #expect(export.output == "wrote 2 rows to ids.csv\n")
    let lines = try run.read("ids.csv").split(whereSeparator: \.isNewline)
    #expect(lines.first == "type,value,profile_id")
    #expect(lines.count == 3)
    let missing = try run.cairn("export", "shop", "audience", "nobody", "--format", "csv")
    #expect(missing.status == 1)
    #expect(missing.output.isEmpty)
  }

  @Test func refusalsAreOneLineAndStatusThree() throws {
    let run = try filled()
    defer { run.remove() }
    try run.write("", to: "empty")
    let refused: [[String]] = [
      ["init", "shop"], ["stats", "nothing"], ["stats", "empty"],
      ["ingest", "shop", "nothing.ndjson"], ["apply", "shop", "nothing.yaml"],
      ["export", "shop", "profiles", "--format", "csv", "--output", "no/where.csv"],
    ]
    for arguments in refused {
      let outcome = try run.cairn(arguments)
      #expect(outcome.status == 3, "\(arguments)")
      #expect(outcome.errors.hasPrefix("error: "), "\(arguments)")
      #expect(outcome.errors.filter { $0 == "\n" }.count == 1, "\(arguments): \(outcome.errors)")
    }
  }

  @Test func aWrongDefinitionNamesItsPlace() throws {
    let run = try filled()
    defer { run.remove() }
    try run.write("traits:\n  n: count(\n", to: "wrong.yaml")
    let outcome = try run.cairn("apply", "shop", "wrong.yaml")
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("error: wrong.yaml:2:"))
    let unknown = try run.cairn("profile", "show", "shop", "user_id:nobody")
    #expect(unknown.status == 1)
    #expect(!unknown.errors.contains("nobody"))
  }
}
