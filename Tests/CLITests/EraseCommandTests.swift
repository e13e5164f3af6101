// `cairn erase` from outside: nothing without --yes, a receipt, and the verdict of who comes back. And what
// `cairn identity apply` tells.

import Foundation
import Testing

struct EraseCommandTests {
  private static let events = """
    {"type":"track","event":"Seen","messageId":"1","userId":"jane","anonymousId":"d1","timestamp":"2024-01-01T00:00:00Z"}
    {"type":"track","event":"Seen","messageId":"2","anonymousId":"d1","timestamp":"2024-01-01T01:00:00Z"}
    {"type":"track","event":"Seen","messageId":"3","userId":"bob","anonymousId":"d2","timestamp":"2024-01-02T00:00:00Z"}
    {"type":"track","event":"Seen","messageId":"4","userId":"bob","anonymousId":"d3","timestamp":"2024-01-02T00:00:00Z"}

    """

  private func filled() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(Self.events, to: "events.ndjson")
    try run.write("audiences:\n  seen: 'performed(\"Seen\")'\n", to: "d.yaml")
    _ = try run.cairn("init", "shop")
    #expect(try run.cairn("apply", "shop", "d.yaml").status == 0)
    #expect(try run.cairn("ingest", "shop", "events.ndjson", "--clock", "events").status == 0)
    return run
  }

  @Test func nothingIsErasedWithoutYes() throws {
    let run = try filled()
    defer { run.remove() }
    let outcome = try run.cairn("erase", "shop", "anonymous_id:d1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output == """
        persons                    1
        events                     2
        events of others reduced   0
        quarantined lines          0
        quarantined lines reduced  0
        records blanked            2

        would be erased
        user_id:jane
        anonymous_id:d1
        nothing has been erased; add --yes to erase them, which cannot be undone

        """)
    #expect(
      try run.cairn("erase", "shop", "user_id:bob", "--alone", "--json").output
        == #"{"persons":1,"events":2,"events_of_others_reduced":0,"quarantined_lines":0,"#
        + #""quarantined_lines_reduced":0,"records_blanked":2,"#
        + #""identifiers":["user_id:bob"]}"# + "\n")
    #expect(try run.cairn("erasures", "shop", "--json").output == "[]\n")
    #expect(try run.cairn("profile", "show", "shop", "user_id:jane").status == 0)
  }

  @Test func theErasedAreGoneAndStayOut() throws {
    let run = try filled()
    defer { run.remove() }
    let outcome = try run.cairn("erase", "shop", "user_id:jane", "--yes", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(#""persons":1,"identifier_count":2,"events":2"#))
    #expect(outcome.output.contains(#""records_blanked":2"#))
    let list = try run.cairn("erasures", "shop", "--json").output
    #expect(list.contains(#""identifier_count":2,"events":2"#))
    #expect(list.contains(#""records_blanked":2"#))
    let twice = try run.cairn("erase", "shop", "user_id:jane", "--yes", "--json").output
    #expect(twice.hasPrefix(#"{"persons":0,"identifier_count":0,"events":0,"#))
    #expect(try run.cairn("erase", "shop", "user_id:jane").output.contains("erased before"))
    #expect(!list.contains("jane"))
    let shown = try run.cairn("profile", "show", "shop", "user_id:jane")
    #expect(shown.status != 0)
    let again = try run.cairn(
      "ingest", "shop", "events.ndjson", "--clock", "events", "--verdicts", "v.ndjson")
    #expect(again.status == 1)
    let verdicts = try run.read("v.ndjson")
    #expect(verdicts.split(separator: "\n").count { $0.contains("erased_identifier") } == 2)
    #expect(verdicts.split(separator: "\n").count { $0.contains(#""verdict":"duplicate""#) } == 2)
    #expect(try run.cairn("verify", "shop", "--replay").status == 0)
  }

  @Test func otherRulesTellWhoEntersAndLeaves() throws {
    let run = try filled()
    defer { run.remove() }
    try run.write(
      "identifiers:\n  - user_id: {limit: 1}\n  - anonymous_id: {limit: 1}\n", to: "rules.yaml")
    let applied = try run.cairn("identity", "apply", "shop", "rules.yaml")
    #expect(applied.status == 0, "\(applied.errors)")
    #expect(
      applied.output
        == "applied: 2 profiles before, 2 now; memberships: 0 entered, 0 exited, 0 merged\n")
    try run.write(
      "identifiers:\n  - anonymous_id\n", to: "rules.yaml")
    #expect(
      try run.cairn("identity", "apply", "shop", "rules.yaml").output
        == "applied: 2 profiles before, 3 now; memberships: 1 entered, 0 exited, 0 merged\n")
    let changes = try run.cairn("changes", "shop", "--after", "0").output
    #expect(changes.contains("rules") && changes.contains("entered"))
    #expect(
      try run.cairn("identity", "apply", "shop", "rules.yaml").output
        == "unchanged: these rules are in force already\n")
  }
}
