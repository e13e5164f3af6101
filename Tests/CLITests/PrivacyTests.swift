// Files that others cannot open, whatever the mask of the process is, and messages that hold nothing of events.

import Foundation
import Testing

@testable import CairnCLI

struct PrivacyTests {
  /// Everything that makes files, with a look at all of them again and again meanwhile.
  private static func script(_ mask: String) -> String {
    """
    umask \(mask)
    look() { find s out* -printf '%y%m\\n' 2>/dev/null; }
    "$CAIRN" init s > /dev/null
    printf 'traits:\\n  ins: count("In")\\naudiences:\\n  inside: performed("In", last 1d)\\n' > d.yaml
    "$CAIRN" generate --events 20000 --output in.ndjson -q
    echo '{"type":"none"}' >> in.ndjson
    printf '%s\\n' '{"type":"track","event":"In","userId":"u1"}' '{"type":"track","event":"In","userId":"u2"}' > few.ndjson
    mkfifo done
    {
      "$CAIRN" ingest s in.ndjson --source web -q; "$CAIRN" apply s d.yaml -q
      "$CAIRN" ingest s few.ndjson --source web -q --verdicts out.verdicts
      "$CAIRN" destination add s crm --file out.crm --audience inside
      "$CAIRN" deliver s; "$CAIRN" tick s; "$CAIRN" compact s; "$CAIRN" rebuild s
      "$CAIRN" key add s --read
      "$CAIRN" export s profiles --output out.csv --format csv
      "$CAIRN" subject export s user_id:u2 --output out.subject
      "$CAIRN" erase s user_id:u2 --yes
      "$CAIRN" export s audience inside --output out.inside --format ndjson
      "$CAIRN" verify s --replay
    } > log 2>&1
    look
    "$CAIRN" serve s 2> serve.log & server=$!
    until grep -q '^serving ' serve.log; do kill -0 $server || break; done
    look
    curl -s --unix-socket s/socket -H 'X-Cairn-Source: web' http://c/v1/track -d '{"event":"In","userId":"u3"}' > /dev/null
    "$CAIRN" ingest s in.ndjson --source again -q
    look
    kill $server; wait $server; echo "server $?"
    look
    """
  }

  @Test(arguments: ["000", "022", "077"]) func everyFileIsThatOfItsOwnerAlone(_ mask: String) throws
  {
    let run = try CommandLineRun()
    defer { run.remove() }
    let outcome = try run.shell(Self.script(mask))
    let found = Set(outcome.output.split(separator: "\n"))
    let log = (try? run.read("log")) ?? ""
    #expect(
      found == ["d700", "f600", "s600", "server 0"], "\(found.sorted())\n\(log)\(outcome.errors)")
    for name in [
      "out.csv", "out.crm", "out.verdicts", "out.inside", "out.subject/index.json", "s/ERASURE.KEY",
    ] {
      #expect(
        FileManager.default.fileExists(atPath: run.folder.path + "/" + name), "\(name)\n\(log)")
    }
  }

  /// Another user can be only by root, and without privileges only by `setpriv`.
  private static let canDrop =
    geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

  @Test(.enabled(if: canDrop)) func aServerNeedsNoPrivileges() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    let outcome = try run.shell(
      """
      cp "$CAIRN" cairn; chown 65534:65534 .; chmod 711 .
      as="setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all"
      $as ./cairn init s > /dev/null
      $as ./cairn serve s 2> log & server=$!
      until grep -q '^serving ' log; do kill -0 $server || break; done
      ask() { $as curl -s --unix-socket s/socket -H 'X-Cairn-Source: web' "$@"; echo; }
      grep NoNewPrivs /proc/$server/status | tr -d '\\t'
      ask http://c/v1/track -d '{"event":"A","userId":"u"}'
      ask http://c/v1/profiles/user_id:u/identifiers | grep -o '"value":"u"'
      $as ./cairn erase s user_id:u --yes -q; echo "erased $?"
      kill $server; wait $server; echo "ended $?"
      $as ./cairn verify s --replay > /dev/null; echo "verified $?"
      cat log >&2
      """)
    #expect(
      outcome.output == """
        NoNewPrivs:1
        {"success":true,"accepted":1,"rejected":0}
        "value":"u"
        erased 0
        ended 0
        verified 0

        """, "\(outcome.output)\(outcome.errors)")
  }

  @Test func messagesOfCommandsRepeatNothingOfEvents() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    let lines = [
      #"{"type":"canary","userId":"canary@example.com"}"#, #"{"type":"track","userId":"canary","#,
      #"{"type":"track","event":"A","userId":["canary"]}"#, "canary", #"{"canary":1,"canary":2}"#,
      #"{"type":"track","event":"A","userId":"canary","timestamp":"canary"}"#,
    ]
    try run.write(lines.joined(separator: "\n"), to: "e.ndjson")
    try run.write("type,userId,event\ntrack,canary@example.com,A\n\"canary\n", to: "e.csv")
    let server = try RunningServer(run, "--log-level", "debug")
    for arguments in [
      ["ingest", "s", "e.ndjson", "--source", "web"],
      ["ingest", "s", "e.ndjson", "--source", "b", "--verdicts", "v.json"],
      ["ingest", "s", "e.csv", "--source", "web"], ["quarantine", "list", "s"], ["stats", "s"],
      ["verify", "s"],
    ] {
      let outcome = try run.cairn(arguments)
      #expect(!outcome.errors.contains("canary"), "\(arguments): \(outcome.errors)")
      if arguments[0] != "quarantine" {
        #expect(!outcome.output.contains("canary"), "\(arguments): \(outcome.output)")
      }
    }
    #expect(server.stop() == 0)
    let log = try server.readErrors()
    #expect(log.contains("stopped") && !log.contains("canary"), "\(log)")
  }
}
