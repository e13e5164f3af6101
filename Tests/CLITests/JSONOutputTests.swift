// What every command prints with --json, against the schemas in docs/schemas.

import ArgumentParser
import Foundation
import Testing

@testable import CairnCLI

struct JSONOutputTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/schemas")

  private static let events = #"""
    {"type":"identify","messageId":"i1","userId":"u1","anonymousId":"a1","traits":{"email":"a@example.com"},"timestamp":"2026-03-01T09:00:00Z"}
    {"type":"track","event":"Order Completed","messageId":"1","userId":"u1","properties":{"revenue":33.5,"currency":"EUR"},"timestamp":"2026-03-01T10:00:00Z"}
    {"type":"track","event":"Order Completed","messageId":"2","userId":"u2","properties":{"revenue":10.25,"currency":"EUR"},"timestamp":"2026-03-01T11:00:00Z"}
    {"type":"track","event":"Order Completed","messageId":"3","timestamp":"2026-03-01T11:00:00Z"}
    {"type":"group","messageId":"g","userId":"u1","groupId":"acme","timestamp":"2026-03-01T11:30:00Z"}
    not json

    """#

  private static let definitions = """
    traits:
      orders: count("Order Completed")
      ltv: 'sum("Order Completed", properties.revenue, currency: properties.currency)'
    audiences:
      buyers: count("Order Completed", last 30d) >= 1
      big: ltv > 20 EUR
    accounts:
      audiences:
        ordering: any member(count("Order Completed") >= 1)
    consent:
      advertising: latest

    """

  /// Commands in an order in which each finds something to say.
  private static let runs = [
    "init s", "plan s d.yaml", "apply s d.yaml", "ingest s in.nd --clock events",
    "ingest s in.nd --preview", "tick s --at 2026-03-02", "quarantine list s",
    "quarantine show s 7", "quarantine redrive s", "quarantine drop s --code invalid_json",
    "quarantine drop s --code invalid_json --yes", "tracking show s", "tracking check s plan.yaml",
    "tracking apply s plan.yaml", "tracking show s", "profile show s user_id:u1 --events 9",
    "profile find s --prefix email:a --limit 1", "profile find s --rule orders>=0 --limit 1",
    "account show s acme --events 9", "account list s",
    "profile explain s user_id:u1 anonymous_id:a1", "profile explain s user_id:u1 user_id:u2",
    "profile explain s user_id:u1 user_id:nobody",
    "profile split s anonymous_id:a1", "profile explain s user_id:u1 anonymous_id:a1",
    "profile merge s user_id:u1 anonymous_id:a1", "identity show s",
    "identity preview s rules.yaml", "identity apply s rules.yaml", "identity apply s rules.yaml",
    "identity health s", "audience list s", "audience show s big", "audience members s big",
    "audience explain s buyers user_id:u1", "audience explain s ordering group_id:acme",
    "audience preview s orders>0",
    #"audience preview s member("ordering") --accounts"#,
    "audience diff s big buyers", "trait list s", "trait explain s ltv",
    "trait explain s ltv user_id:u1", "changes s --after 0",
    "destination add s crm --file crm --audience big --consent advertising",
    "consent set s user_id:u1 advertising=yes --time 2026-03-02T00:00:01Z",
    "consent set s user_id:u1 advertising=no --time 2026-03-02T00:00:02Z",
    "deliver s", "consent list s", "consent show s user_id:u1",
    "consent at s user_id:u1 2026-03-02T00:00:00Z", "consent withheld s crm",
    "source add s app", "source rotate s app", "source list s", "key add s --read", "key list s",
    "key revoke s KEY", "source add s web", "source revoke s KEY",
    "destination list s", "deliver s",
    "destination add s hook --webhook http://127.0.0.1:PORT/ --secret-env PATH --audience big --batch 1",
    "deliver s", "destination list s", "delivery list s", "delivery show s hook CHANGE",
    "delivery retry s", "delivery retry s --yes", "delivery list s", "deliver s",
    "delivery skip s --status 400", "delivery skip s --yes", "delivery replay s hook --after 0",
    "delivery replay s hook --after 0 --yes", "destination remove s hook",
    "destination remove s crm", "subject export s user_id:u2 --output copy", "erase s user_id:u2",
    "erase s user_id:u2 --yes", "erasures s", "compact s", "stats s", "verify s",
    "verify s --replay", "rebuild s", "export s identifiers --format csv --output x",
    "export s audience big --format meta --output y", "generate --events 3 --output g",
  ]

  @Test func everyOutputIsAsItsSchemaSays() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try run.write(Self.events, to: "in.nd")
    try run.write(Self.definitions, to: "d.yaml")
    try run.write("identifiers:\n  - user_id\n  - email: {limit: 1, per: day}\n", to: "rules.yaml")
    try run.write(
      "events:\n  Order Completed:\n    properties: {revenue: {maximum: 20}}\n", to: "plan.yaml")
    var seen: Set<String> = []
    var key = ""
    var change = ""
    let receiver = try RunningReceiver()
    for line in Self.runs {
      // The key that was made last stands for KEY, the change that was listed last for CHANGE.
      let given = ["KEY": key, "CHANGE": change]
      let words = line.split(separator: " ").map { word in
        given[String(word)] ?? String(word).replacing("PORT", with: String(receiver.port))
      }
      let name = try #require(CommandRoute(words, storeVariable: nil).schemaName)
      seen.insert(name)
      let outcome = try run.cairn(words + ["--json", "-q"].prefix(Self.isQuiet(words) ? 2 : 1))
      try #require(outcome.status <= 1, "\(line): \(outcome.errors)")
      #expect(
        outcome.output.hasSuffix("\n") && !outcome.output.dropLast().contains("\n"), "\(line)")
      if let made = outcome.output.firstMatch(of: /"key_name":"([a-z0-9]+)","key"/) {
        key = String(made.1)
      }
      if let listed = outcome.output.firstMatch(of: /"change":"([0-9.]+)"/) {
        change = String(listed.1)
      }
      let check = try SchemaCheck(Self.folder.appending(path: "\(name).json"))
      let problems = try check.problems(of: outcome.output)
      #expect(problems.isEmpty, "\(line): \(problems.joined(separator: ", "))")
    }
    #expect(seen == Set(Self.commands), "commands without a run here, or without --json")
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files) == Set(Self.commands.map { "\($0).json" }))
  }

  @Test func theCheckFindsWhatDiffers() throws {
    let check = try SchemaCheck(Self.folder.appending(path: "verify.json"))
    let sound =
      #"{"records":1,"events":0,"derived_entries":0,"state_hash":"","sound":true,"problems":[]}"#
    #expect(try check.problems(of: sound) == [])
    for (part, other) in [
      ("true", "1"), ("\"records\":1", "\"records\":-1"), ("\"events\":0,", ""), ("[]", "[1]"),
      ("\"events\":0", "\"events\":\"0\""), ("\"events\":0", "\"events\":0.5"),
      ("\"events\":0", "\"events\":0,\"news\":0"), ("\"events\":0", "\"events\":true"),
    ] {
      #expect(try check.problems(of: sound.replacing(part, with: other)).count == 1, "\(other)")
    }
    let tick = try SchemaCheck(Self.folder.appending(path: "tick.json"))
    let text =
      #"{"as_of":"2026-03-01 10:00:00Z","memberships":{"entered":0,"exited":0,"merged":0}}"#
    #expect(try tick.problems(of: text).count == 1)
  }

  /// Whether a command takes `--quiet`, which leaves JSON alone.
  private static func isQuiet(_ words: [String]) -> Bool {
    (try? CairnCommand.parseAsRoot(words + ["-q"])) != nil
  }

  /// Every command that prints JSON, under the name of its schema: all but those that run until they are stopped.
  private static let commands = leaves(CairnCommand.self, []).filter {
    !["serve", "tail"].contains($0)
  }

  private static func leaves(
    _ command: any ParsableCommand.Type, _ parents: [String]
  ) -> [String] {
    let subcommands = command.configuration.subcommands
    let path = command == CairnCommand.self ? [] : parents + [command._commandName]
    return subcommands.isEmpty
      ? [path.joined(separator: "-")] : subcommands.flatMap { leaves($0, path) }
  }
}

extension CommandRoute {
  /// The name of the file with the schema of the command's output.
  fileprivate var schemaName: String? {
    path.count > 1 ? path.dropFirst().map { $0._commandName }.joined(separator: "-") : nil
  }
}
