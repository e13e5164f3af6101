// Commands on a store that a server has open: they go through its socket, and say the same.

import Foundation
import Testing

struct ServedStoreTests {
  @Test func keysAreTheSameWithAndWithoutAServer() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    let first = try run.cairn("source", "add", "s", "web")
    #expect(first.output.hasPrefix("source  web\nname    "))
    let server = try RunningServer(run)
    let second = try run.cairn("source", "rotate", "s", "web", "--json")
    #expect(second.status == 0, "\(second.errors)")
    let made = try #require(
      try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: String])
    #expect(made["source"] == "web" && made["key"]?.hasPrefix("ck_") == true)
    let name = try #require(made["key_name"])
    #expect(made["key"]?.hasPrefix("ck_\(name)_") == true)
    #expect(try run.cairn("key", "add", "s", "--read").status == 0)
    let served = try run.cairn("key", "list", "s")
    #expect(served.output.split(separator: "\n").count == 4, "\(served.output)")
    let again = try run.cairn("source", "add", "s", "web")
    #expect(again.status == 3 && again.errors.contains("the source has a key already"))
    #expect(try run.cairn("source", "rotate", "s", "none").status == 1)
    let key = try #require(made["key"])
    #expect(try run.cairn("source", "revoke", "s", key).status == 0)
    #expect(try run.cairn("key", "revoke", "s", name).status == 1)
    #expect(server.stop() == 0)
    let after = try run.cairn("key", "list", "s")
    #expect(after.output.split(separator: "\n").count == 3)
    #expect(try run.cairn("source", "list", "s").output.contains("web"))
    // The store keeps no key.
    let files = try run.shell("grep -rlF '\(key.dropFirst(12))' s || true")
    #expect(files.output == "")
  }

  @Test func lockNamesTheServerWhileItRuns() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    let server = try RunningServer(run)
    let path = run.folder.resolvingSymlinksInPath().path + "/s/socket"
    #expect(try run.read("s/LOCK") == "\(server.process.processIdentifier)\n\(path)\n")
    let refused = try run.cairn("compact", "s")
    #expect(refused.status == 3)
    #expect(refused.errors.contains("the server on \(path), process "))
    server.kill()
    // What a killed server leaves behind leads nobody astray.
    #expect(try run.read("s/LOCK").contains(path))
    #expect(try run.cairn("source", "add", "s", "web").status == 0)
    #expect(try run.read("s/LOCK") == "")
    #expect(try RunningServer(run).stop() == 0)
  }

  @Test func changesThroughAServerAreThoseOfTheCommand() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try run.write(
      """
      traits:
        orders: count("Order Completed")
      audiences:
        buyers: orders >= 1
      """, to: "d.yaml")
    try run.write(
      (0..<20).map {
        #"{"type":"track","event":"Order Completed","userId":"u\#($0)","anonymousId":"a\#($0)","#
          + #""timestamp":"2026-01-01T00:00:00Z","messageId":"m\#($0)"}"#
      }.joined(separator: "\n"), to: "e.ndjson")
    let commands = [
      ["apply", "$", "d.yaml"], ["tick", "$", "--at", "2027-03-04T05:06:07.890Z"],
      ["destination", "add", "$", "crm", "--file", "crm-$.ndjson", "--audience", "buyers"],
      // A server delivers by itself.
      ["deliver", "$", "--quiet"],
      ["profile", "split", "$", "anonymous_id:a1", "--json"],
      ["profile", "merge", "$", "anonymous_id:a1", "user_id:u1"],
      ["apply", "$", "d.yaml"], ["apply", "$", "wrong.yaml"],
      ["erase", "$", "user_id:u3", "user_id:nobody", "--yes", "--json"],
      ["identity", "apply", "$", "rules.yaml"], ["destination", "remove", "$", "crm"],
      ["destination", "remove", "$", "crm"], ["tick", "$", "--at", "2026-03-04T05:06:07.890Z"],
    ]
    try run.write("audiences:\n  x: no such (\n", to: "wrong.yaml")
    for store in ["s", "t"] {
      #expect(try run.cairn("init", store).status == 0)
      #expect(try run.cairn("ingest", store, "e.ndjson", "--quiet").status == 0)
    }
    #expect(try run.shell("$CAIRN identity show s > rules.yaml").status == 0)
    #expect(try run.shell("sed -i 's/^country:.*/country: DE/' rules.yaml").status == 0)
    let server = try RunningServer(run)
    for command in commands {
      let served = try run.cairn(command.map { $0.replacing("$", with: "s") })
      let alone = try run.cairn(command.map { $0.replacing("$", with: "t") })
      #expect(served.status == alone.status, "\(command) \(served.errors)")
      #expect(Self.plain(served.output, "s") == Self.plain(alone.output, "t"), "\(command)")
      #expect(Self.plain(served.errors, "s") == Self.plain(alone.errors, "t"), "\(command)")
    }
    #expect(server.stop() == 0)
    let stats = try ["s", "t"].map { try run.cairn("stats", $0, "--json").output }
    #expect(Self.plain(stats[0], "s") == Self.plain(stats[1], "t"))
    #expect(try run.cairn("verify", "s", "--replay").status == 0)
  }

  /// An output without what differs between two stores, and two runs: ids, instants of the present, sizes.
  private static func plain(_ text: String, _ store: String) -> String {
    text.replacing(#/\b[0-9a-f]{32}\b/#, with: "ID")
      .replacing(#/202[0-9]-[0-9-]+T[0-9:.]+Z/#, with: "TIME")
      .replacing(#/"(records|checkpoint)":[0-9]+/#, with: "RECORDS")
      .replacing(#/"log_bytes":[0-9]+/#, with: "BYTES")
      .replacing("crm-\(store)", with: "crm").replacing("/\(store)/", with: "/S/")
  }
}
