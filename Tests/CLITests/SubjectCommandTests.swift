// `cairn subject export` as a user runs it: a directory for its owner alone that appears whole or not at all, and what
// its index says of the files.

import Foundation
import Testing

import Cairn
@testable import CairnCLI

struct SubjectCommandTests {
  private static let events = #"""
    {"type":"identify","messageId":"i1","userId":"u1","traits":{"email":"jane@example.com"},"timestamp":"2026-03-01T09:00:00Z"}
    {"type":"track","event":"Order","messageId":"1","userId":"u1","timestamp":"2026-03-01T10:00:00Z"}
    {"type":"track","event":"Order","messageId":"2","userId":"u2","properties":{"email":"jane@example.com"},"timestamp":"2026-03-01T11:00:00Z"}

    """#

  private func makeRun() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(Self.events, to: "in.nd")
    _ = try run.cairn("init", "s")
    _ = try run.cairn("ingest", "s", "in.nd", "--clock", "events", "-q")
    return run
  }

  @Test func theIndexSaysWhatTheFilesAre() throws {
    let run = try makeRun()
    defer { run.remove() }
    let outcome = try run.cairn(
      "subject", "export", "s", "email:jane@example.com", "--output", "out/", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try run.read("out/index.json") == outcome.output)
    let read = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let files = try #require(read?["files"] as? [[String: Any]])
    let names = files.compactMap { $0["name"] as? String }
    let found = try FileManager.default.contentsOfDirectory(atPath: run.folder.path + "/out")
    #expect(Set(found) == Set(names + ["index.json"]) && names.count == SubjectFile.allCases.count)
    for file in files {
      let name = try #require(file["name"] as? String)
      let text = try run.read("out/" + name)
      #expect(file["bytes"] as? Int == text.utf8.count)
      #expect(file["rows"] as? Int == text.split(separator: "\n").count)
      let sum = try run.shell("sha256sum out/\(name)").output.prefix(64)
      #expect(file["sha256"] as? String == String(sum))
    }
    let modes = try run.shell("umask 000; find out -printf '%y%m\\n' | sort -u")
    #expect(modes.output == "d700\nf600\n")
  }

  @Test func nothingIsReplacedAndNothingIsLeft() throws {
    let run = try makeRun()
    defer { run.remove() }
    let before = try run.shell("ls -A").output
    for (name, status) in [("user_id:nobody", 1), ("profile_id:00", 1), ("group_id:g", 3)] {
      let outcome = try run.cairn("subject", "export", "s", name, "--output", "out")
      #expect(outcome.status == Int32(status), "\(name): \(outcome.errors)")
      #expect(outcome.output.isEmpty && outcome.errors.hasPrefix("error: "))
    }
    #expect(try run.shell("ls -A").output == before)
    _ = try run.shell("mkdir empty; ln -s nowhere link; echo x > file")
    for name in ["empty", "link", "file", "s", "s/out"] {
      let outcome = try run.cairn("subject", "export", "s", "user_id:u1", "--output", name)
      #expect(outcome.status == 3 && outcome.output.isEmpty, "\(name): \(outcome.errors)")
    }
    #expect(try run.read("file") == "x\n" && run.shell("ls -A empty").output.isEmpty)
    // Files that the limit on sizes cuts off leave no directory.
    let full = try run.shell(
      "ulimit -f 0; \"$CAIRN\" subject export s user_id:u1 --output full; echo $?")
    #expect(full.output == "3\n", "\(full.errors)")
    #expect(try run.shell("ls -A | grep -cE 'full|cairn-'").output == "0\n")
  }

  @Test func oneWhoWasNeverSeenIsMentioned() throws {
    let run = try makeRun()
    defer { run.remove() }
    let outcome = try run.cairn(
      "subject", "export", "s", "user_id:u1", "user_id:u7", "--output", "out")
    #expect(outcome.status == 1 && outcome.errors.contains("1 of the identifiers given was never"))
    #expect(try run.read("out/events.ndjson").split(separator: "\n").count == 2)
  }
}
