// `cairn tail`: its lines, and that it goes through the server that has the store.

import Foundation
import Testing

@testable import CairnCLI

struct TailCommandTests {
  private static let event =
    #"{"verdict":"accepted","sequence":7,"source":"web","received_at":"2026-03-01T10:00:01.500Z","#
    + #""time":"2026-03-01T10:00:00.000Z","type":"track","event":"Order\tDone","#
    + #""identifier":"user_id:u1","profile_id":"00","traits":{"ltv":{"EUR":33.5},"orders":2,"#
    + #""skus":{"values":["a"],"truncated":false},"last_Seen":"x"},"#
    + #""account":{"identifier":"group_id:acme","profile_id":"01","traits":{"seats":3}},"#
    + #""identity":[{"decision":"attached","identifiers":["email:a@b.c"],"because":null},"#
    + #"{"decision":"linked","identifiers":["user_id:u1","email:a@b.c"],"because":null},"#
    + #"{"decision":"refused","identifiers":["anonymous_id:a"],"type":"anonymous_id","#
    + #""because":"limit of 1 anonymous_id ever"}],"#
    + #""audiences":[{"change":"entered","audience":"buyers","entity":"person"},"#
    + #"{"change":"exited","audience":"idle","entity":"account"}]}"#

  @Test func lineSaysWhatChanged() throws {
    let text = try TailCommand.text(of: Array(Self.event.utf8), isColoured: false)
    #expect(
      String(decoding: text, as: UTF8.self)
        == #"2026-03-01 10:00:00Z  web  Order\tDone  user_id:u1  linked user_id:u1 and email:a@b.c"#
        + "  refused anonymous_id:a (limit of 1 anonymous_id ever)  +buyers  -idle (account)"
        + "  last_Seen=x  ltv=33.5 EUR  orders=2  skus  group_id:acme seats=3")
    let coloured = String(
      decoding: try TailCommand.text(of: Array(Self.event.utf8), isColoured: true), as: UTF8.self)
    #expect(coloured.contains("\u{1B}[32m+buyers\u{1B}[0m  \u{1B}[31m-idle (account)\u{1B}[0m"))
  }

  @Test func lineOfTheQuarantineSaysTheProblem() throws {
    let line =
      #"{"verdict":"quarantined","sequence":7,"code":"invalid_json","message":"the line is not JSON","#
      + #""source":"web","time":"2026-03-01T10:00:00.250Z","type":null,"event":null,"#
      + #""identifier":null,"traits":{},"account":null,"identity":[],"audiences":[]}"#
    let text = try TailCommand.text(of: Array(line.utf8), isColoured: false)
    #expect(
      String(decoding: text, as: UTF8.self)
        == "2026-03-01 10:00:00.250Z  web  quarantined invalid_json  the line is not JSON")
  }

  @Test func tailGoesThroughTheServer() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    let refused = try run.cairn("tail", "s")
    #expect(refused.status == 3 && refused.errors.contains("no server has the store s open"))
    let server = try RunningServer(run)
    try run.write(
      #"{"type":"track","event":"In","userId":"u1","timestamp":"2026-03-01T10:00:00Z"}"# + "\n{}\n",
      to: "e.ndjson")
    #expect(try run.cairn("ingest", "s", "e.ndjson", "--source", "web", "-q").status == 1)
    for (arguments, signal) in [("--after 0", "INT"), ("--after 0 --json", "INT")] {
      let outcome = try run.shell(
        """
        mkfifo p
        "$CAIRN" tail s \(arguments) > p &
        { read -r first; read -r second; kill -\(signal) $!; echo "$first"; echo "$second"; } < p
        wait $!
        echo "status $?"
        rm p
        """)
      let lines = outcome.output.split(separator: "\n")
      try #require(lines.count == 3, "\(outcome.output)\(outcome.errors)")
      if arguments.hasSuffix("--json") {
        #expect(lines[0].hasPrefix(#"{"verdict":"accepted","sequence":"#))
        #expect(lines[1].hasPrefix(#"{"verdict":"quarantined","sequence":"#))
      } else {
        #expect(lines[0] == "2026-03-01 10:00:00Z  web  In  user_id:u1  new profile")
        #expect(lines[1].contains("Z  web  quarantined missing_type  "))
      }
      #expect(lines[2] == "status 0")
    }
    let named = try run.cairn("tail", "s", "--after", "99")
    #expect(named.status == 3 && named.errors.contains("beyond the last one"))
    let wrong = try run.cairn("tail", "s", "--where", #"event = "In" and tipe = "page""#)
    #expect(wrong.status == 2 && wrong.errors.contains("column 18: an event has no field 'tipe'"))
    let filtered = try run.shell(
      """
      mkfifo p
      "$CAIRN" tail s --after 0 --where 'properties.n > 1 and event = "In"' > p &
      printf '%s\\n' '{"type":"track","event":"In","userId":"u2","properties":{"n":2}}' > e.ndjson
      "$CAIRN" ingest s e.ndjson --source web -q
      { read -r first; kill -INT $!; echo "$first"; } < p
      """)
    #expect(
      filtered.output.contains("  web  In  user_id:u2  "), "\(filtered.output)\(filtered.errors)")
    #expect(server.stop() == 0)
  }
}
