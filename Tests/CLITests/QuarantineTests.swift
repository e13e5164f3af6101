// Verdicts in a file, and the quarantine, from outside.

import Foundation
import Testing

struct QuarantineTests {
  private static let lines = """
    {"type":"track","event":"E","messageId":"1","userId":"a","timestamp":"2024-01-01T00:00:00Z"}
    {"type":"track","event":"E","messageId":"1","userId":"a","timestamp":"2024-01-01T00:00:00Z"}
    {"type":"track","event":"E","messageId":"1","userId":"b","timestamp":"2024-01-01T00:00:00Z"}
    {"type":"group","messageId":"2","userId":"a"}
    {"type":"track","event":"E","messageId":"3","userId":"a","timestamp":"soon"}

    """

  @Test func everyLineHasItsVerdict() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try run.write(Self.lines, to: "in.ndjson")
    #expect(try run.cairn("init", "shop").status == 0)
    let ingest = try run.cairn("ingest", "shop", "in.ndjson", "--verdicts", "verdicts.ndjson")
    #expect(ingest.status == 1)
    #expect(ingest.errors.contains("in.ndjson:5: accepted: the time cannot be read"))
    #expect(ingest.output.contains("\nunreadable       1  they count from their receipt\n"))
    // The line of an unreadable time counts from its receipt, whenever that is.
    let written = try run.read("verdicts.ndjson")
      .replacing(#/"time":"2[^"]*","clock":"unparseable"/#, with: #""clock":"unparseable""#)
    #expect(
      written == """
        {"file":"in.ndjson","line":1,"offset":0,"verdict":"accepted","sequence":2,"time":"2024-01-01T00:00:00.000Z","clock":"ok","late":true,"out_of_order":false}
        {"file":"in.ndjson","line":2,"offset":93,"verdict":"duplicate","duplicate_of":2,"same_content":true}
        {"file":"in.ndjson","line":3,"offset":186,"verdict":"duplicate","duplicate_of":2,"same_content":false}
        {"file":"in.ndjson","line":4,"offset":279,"verdict":"quarantined","sequence":3,"code":"missing_group_id","field":"groupId","message":"groupId is missing; a group event must name the account"}
        {"file":"in.ndjson","line":5,"offset":325,"verdict":"accepted","sequence":4,"clock":"unparseable","late":false,"out_of_order":false}

        """)
    let list = try run.cairn("quarantine", "list", "shop", "--code", "missing_group_id", "--json")
    #expect(list.output.contains(#""record":3"#) && list.output.contains(#""bytes":45"#))
    let none = try run.cairn("quarantine", "list", "shop", "--source", "defualt", "--json")
    #expect(none.status == 1 && none.errors.contains("did you mean 'default'?"))
    let code = try run.cairn("quarantine", "list", "shop", "--code", "missing_grup_id")
    #expect(code.status == 2 && code.errors.contains("did you mean 'missing_group_id'?"))
    let shown = try run.cairn("quarantine", "show", "shop", "3")
    #expect(shown.output.contains(#"{"type":"group","messageId":"2","userId":"a"}"#))
    #expect(try run.cairn("quarantine", "show", "shop", "2").status == 1)
    let redrive = try run.cairn("quarantine", "redrive", "shop", "--verdicts", "again.ndjson")
    #expect(redrive.status == 1)
    #expect(redrive.output.contains("still quarantined  1\n"))
    #expect(try run.read("again.ndjson").hasPrefix(#"{"record":3,"verdict":"quarantined""#))
    let profile = try run.cairn("profile", "show", "shop", "user_id:a", "--events", "9", "--json")
    #expect(profile.output.contains(#""clock":"unparseable","late":false"#))
  }
}
