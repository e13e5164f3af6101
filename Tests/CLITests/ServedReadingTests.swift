// Reading commands say the same, byte for byte, through a server and on the store's files.

import Foundation
import Testing

@Suite struct ServedReadingTests {
  /// A store `s` with a bit of everything, in which nothing happens by time alone.
  private static func made() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(
      """
      traits:
        orders: count("Order Completed")
        spent: sum("Order Completed", properties.total)
      audiences:
        buyers: orders >= 1
        big: spent > 20
      accounts:
        traits:
          demos: count("Demo")
        audiences:
          shown: demos >= 1

      """, to: "definitions.yaml")
    try run.write(
      """
      events:
        Order Completed:
          properties:
            properties:
              properties: {total: {type: number}}

      """, to: "plan.yaml")
    var lines = [
      #"{"type":"identify","userId":"u1","anonymousId":"a1","messageId":"i1","traits":{"email":"ada@example.com","plan":"pro","phone":"+49 30 901820","firstName":"Ada","age":36},"timestamp":"1997-01-01T00:00:00Z"}"#,
      #"{"type":"identify","userId":"u2","messageId":"i2","traits":{"email":"bob@example.com","plan":"free \u0007bell"},"timestamp":"1997-01-02T00:00:00Z"}"#,
      #"{"type":"group","userId":"u1","groupId":"acme","messageId":"g1","traits":{"name":"Acme"},"timestamp":"1997-01-03T00:00:00Z"}"#,
      #"{"type":"group","userId":"u2","groupId":"bolt","messageId":"g2","timestamp":"1997-01-03T00:00:00Z"}"#,
      #"{"type":"track","event":"Demo","userId":"u1","context":{"groupId":"acme"},"messageId":"d1","timestamp":"1997-01-04T00:00:00Z"}"#,
      #"{"type":"track","event":"Order Completed","messageId":"nobody","timestamp":"1997-01-05T00:00:00Z"}"#,
      #"not JSON"#,
      #"{"type":"identify","userId":"gone","messageId":"i3","traits":{"email":"gone@example.com"},"timestamp":"1997-01-05T00:00:00Z"}"#,
    ]
    lines += (1...9).map {
      #"{"type":"track","event":"Order Completed","userId":"u\#($0 % 3 + 1)","messageId":"o\#($0)","properties":{"total":\#($0).5},"timestamp":"1997-02-0\#($0)T00:00:00Z"}"#
    }
    try run.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    for words in [
      "init s", "apply s definitions.yaml", "ingest s events.ndjson --clock events -q",
      "destination add s crm --audience buyers --file crm.ndjson",
      "erase s email:gone@example.com --yes", "tracking apply s plan.yaml",
    ] {
      let outcome = try run.cairn(words.split(separator: " ").map(String.init))
      #expect([0, 1].contains(outcome.status), "\(words): \(outcome.errors)")
    }
    return run
  }

  /// Every reading command, well used and not; each is also asked for JSON.
  private static let commands: [[String]] =
    [
      ["profile", "show", "s", "user_id:u1", "--events", "5", "--accounts", "3"],
      ["profile", "show", "s", "user_id:nobody"], ["profile", "show", "s", "none:x"],
      ["profile", "find", "s", "--prefix", "email:a"],
      ["profile", "find", "s", "--trait", "plan=pro", "--rule", "orders >= 1", "--limit", "1"],
      ["profile", "find", "s", "--rule", #"performed("Nothing")"#],
      ["profile", "find", "s", "--rule", "spentt > 1"],
      ["profile", "explain", "s", "user_id:u1", "anonymous_id:a1"],
      ["profile", "explain", "s", "user_id:u1", "user_id:nobody"],
      ["account", "show", "s", "acme", "--members", "2", "--events", "3"],
      ["account", "show", "s", "acmee"], ["account", "show", "s", "profile_id:00"],
      ["account", "list", "s"], ["account", "list", "s", "--limit", "1"],
      ["trait", "list", "s"], ["trait", "explain", "s", "spent"],
      ["trait", "explain", "s", "spent", "user_id:u2", "--events", "2"],
      ["trait", "explain", "s", "spend"], ["audience", "list", "s"],
      ["audience", "show", "s", "buyers"], ["audience", "show", "s", "buyer"],
      ["audience", "members", "s", "buyers"],
      ["audience", "members", "s", "buyers", "--limit", "1"],
      ["audience", "members", "s", "buyers", "--as-of", "1997-02-02"],
      ["audience", "members", "s", "buyers", "--as-of", "1996-01-01"],
      ["audience", "members", "s", "none"], ["audience", "explain", "s", "big", "user_id:u1"],
      ["audience", "preview", "s", "spent > 10", "--sample", "2"],
      ["audience", "preview", "s", #"spent > 10 and performed("Nothing")"#],
      ["audience", "preview", "s", "spent >"],
      ["audience", "preview", "s", "demos > 0", "--accounts"],
      ["audience", "diff", "s", "buyers", "big"], ["changes", "s", "--after", "0"],
      ["changes", "s", "--after", "900"], ["changes", "s", "--after", "30", "--limit", "1"],
      ["changes", "s", "--after", "30", "--audience", "bigg"],
      ["erasures", "s"], ["quarantine", "list", "s"], ["quarantine", "list", "s", "--limit", "1"],
      ["quarantine", "show", "s", "999"], ["destination", "list", "s"], ["identity", "show", "s"],
      ["identity", "health", "s"], ["tracking", "show", "s"],
      ["export", "s", "audience", "none", "--format", "csv"],
      ["export", "s", "audience", "buyers", "--format", "google"],
      ["export", "s", "audience", "buyers", "--format", "meta", "--suppress", "big"],
      ["export", "s", "audience", "buyers", "--format", "csv", "--output", "-"],
      [
        "export", "s", "profiles", "--format", "csv", "--output", "/dev/stdout", "--as-of",
        "2001-01-01",
      ],
      ["export", "s", "profiles", "--format", "csv", "--output", "out"],
      ["export", "s", "events", "--format", "ndjson", "--output", "out", "-q"],
      ["export", "s", "profiles", "--format", "csv", "--output", "none/out"],
    ]
    + ["profiles", "accounts", "identifiers", "events"].flatMap { subject in
      ["csv", "ndjson"].map { ["export", "s", subject, "--format", $0] }
    }

  @Test func bothWaysGiveTheSameBytes() throws {
    let run = try Self.made()
    defer { run.remove() }
    #expect(try run.shell("mkdir other && cp -R s other/s").status == 0)
    let server = try RunningServer(run, "--log-level", "debug")
    func both(_ words: [String]) throws -> (CommandLineRun.Outcome, CommandLineRun.Outcome) {
      let quoted = words.map { "'\($0)'" }.joined(separator: " ")
      func result(in folder: String) throws -> CommandLineRun.Outcome {
        // A command that is not understood leaves no file, so the one of the command before must not be there.
        let file = "if [ -e out ]; then cat out; stat -c %a out; rm out; fi"
        return try run.shell("cd \(folder); \"$CAIRN\" \(quoted); s=$?; \(file); exit $s")
      }
      return (try result(in: "."), try result(in: "other"))
    }
    let lines = try run.cairn("quarantine", "list", "s", "--json").output
    let record = try #require(lines.firstMatch(of: /"record":(\d+)/)?.1)
    let quarantined = [
      ["quarantine", "show", "s", String(record)],
      ["quarantine", "show", "s", String(record), "--raw"],
    ]
    for words in [["stats", "s"]] + Self.commands + quarantined {
      for words in [words, words + ["--json"]] {
        let (served, read) = try both(words + ["--verbose"])
        #expect(served.status == read.status, "\(words): \(served.errors) \(read.errors)")
        // The memory is that of the process.
        let memory = /("memory_bytes":|memory +)[0-9.,]+[a-zA-Z]*/
        let outputs = [served, read].map { $0.output.replacing(memory, with: "memory") }
        #expect(outputs[0] == outputs[1], "\(words)")
        let (way, otherWay) = (/s: through the server on .*\/s\/socket\n/, /s: read-only: .*\n/)
        #expect(
          served.errors.replacing(way, with: "") == read.errors.replacing(otherWay, with: ""),
          "\(words)")
        // What is wrong with the command line or the output is found before.
        #expect(
          served.status > 1 || served.errors.contains(way) && read.errors.contains(otherWay),
          "\(words): \(served.errors)")
      }
    }
    #expect(server.stop() == 0)
    let log = try server.readErrors()
    #expect(!log.contains("u1") && !log.contains("spent") && !log.contains("example.com"), "\(log)")
  }

  @Test func whatWasAcknowledgedIsRead() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    let server = try RunningServer(run)
    for count in 1...20 {
      try run.write(
        #"{"type":"track","event":"Seen","userId":"u","messageId":"\#(count)"}"# + "\n", to: "e")
      #expect(try run.cairn("ingest", "s", "e").status == 0)
      let shown = try run.cairn("profile", "show", "s", "user_id:u", "--json", "--verbose")
      #expect(shown.output.contains(#""events":\#(count),"first_seen"#), "\(shown.output)")
      let path = run.folder.resolvingSymlinksInPath().path + "/s/socket"
      #expect(shown.errors == "s: through the server on \(path)\n")
    }
    #expect(server.stop() == 0)
    let shown = try run.cairn("profile", "show", "s", "user_id:u", "--verbose")
    #expect(shown.status == 0 && shown.errors.hasPrefix("s: read-only: checkpoint at record "))
  }

  /// Makes a store whose events take longer to export than a test does to interrupt it.
  private func makeLongStore(_ run: CommandLineRun) throws {
    let events = (1...30_000).map {
      #"{"type":"track","event":"Seen","userId":"u\#($0)","messageId":"\#($0)"}"# + "\n"
    }
    try run.write(events.joined(), to: "events.ndjson")
    #expect(try run.cairn("init", "s").status == 0)
    #expect(try run.cairn("ingest", "s", "events.ndjson", "-q").status == 0)
  }

  @Test func clientsThatAreKilledLeaveTheServerWell() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try makeLongStore(run)
    let server = try RunningServer(run)
    defer { server.kill() }
    func threads() throws -> Int {
      try FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(server.process.processIdentifier)/task"
      ).count
    }
    #expect(try run.cairn("audience", "list", "s").status == 0)
    let before = try threads()
    // More than are run at once, each killed in the middle of its output.
    let export = #""$CAIRN" export s events --format ndjson"#
    for _ in 0..<3 {
      let killed = try run.shell(
        """
        mkfifo p1 p2 p3 p4 p5
        for n in 1 2 3 4 5; do \(export) --verbose > p$n 2> errors$n & pids="$pids $!"; done
        for n in 1 2 3 4 5; do head -c 1000 < p$n > part$n & heads="$heads $!"; exec 9< p$n; done
        wait $heads
        kill -9 $pids
        rm p1 p2 p3 p4 p5
        cat part* | wc -c
        cat errors* | grep -c through.the.server.on
        """)
      #expect(killed.output.hasPrefix("5000\n"), "\(killed.output) \(killed.errors)")
    }
    // The places of the killed ones are free once their threads have ended.
    var isServed = false
    for _ in 0..<200 where !isServed {
      let full = try run.shell("\(export) --verbose | wc -l")
      #expect(full.output == "30000\n")
      isServed = try full.errors.contains("s: through the server on ") && threads() <= before + 1
    }
    #expect(isServed)
    #expect(server.stop() == 0)
  }

  @Test func anExportThatHasBegunEndsWithTheServer() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try makeLongStore(run)
    for signal in ["TERM", "KILL"] {
      let server = try RunningServer(run)
      let ended = try run.shell(
        """
        mkfifo p
        "$CAIRN" export s events --format ndjson > p 2> errors & client=$!
        exec 9< p
        head -c 1000 <&9 > part
        kill -\(signal) \(server.process.processIdentifier)
        cat <&9 > rest
        wait $client
        status=$?
        rm p
        cat errors
        exit $status
        """)
      server.process.waitUntilExit()
      #expect(server.process.terminationStatus == (signal == "TERM" ? 0 : SIGKILL))
      #expect(ended.status == 3, "\(ended.output) \(ended.errors)")
      #expect(ended.output.contains("ended before the command did; run this again"))
    }
  }

  @Test func aServerThatIsGoneIsNotWaitedFor() throws {
    let run = try Self.made()
    defer { run.remove() }
    let server = try RunningServer(run)
    server.kill()
    let shown = try run.cairn("audience", "list", "s", "--verbose")
    #expect(shown.status == 0 && shown.errors.hasPrefix("s: read-only: "))
  }
}
