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
}
