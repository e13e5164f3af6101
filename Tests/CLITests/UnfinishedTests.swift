// Commands that end halfway: what they had learnt by then is kept, and nobody waits for the rest.

import Foundation
import Storage
import Testing

@testable import CairnCLI

struct UnfinishedTests {
  private static let bad = "{\"type\":\nnot json\n"

  private func made() throws -> CommandLineRun {
    let run = try CommandLineRun()
    #expect(try run.cairn("init", "shop").status == 0)
    return run
  }

  @Test func aRunThatFailsHalfwayStillListsWhatItFound() throws {
    let run = try made()
    defer { run.remove() }
    try run.write(Self.bad, to: "bad.ndjson")
    try run.write("of an earlier run\n", to: "list.ndjson")
    let outcome = try run.cairn(
      "ingest", "shop", "bad.ndjson", "missing.ndjson", "--rejected", "list.ndjson")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("missing.ndjson"))
    let list = try run.read("list.ndjson").split(separator: "\n")
    #expect(list.count == 2)
    #expect(list.allSatisfy { $0.hasPrefix(#"{"file":"bad.ndjson","#) })
  }

  @Test func aRunThatDoesNotStartLeavesTheOldList() throws {
    let run = try made()
    defer { run.remove() }
    try run.write("of an earlier run\n", to: "list.ndjson")
    let outcome = try run.cairn("ingest", "nowhere", "-", "--rejected", "list.ndjson")
    #expect(outcome.status == 3)
    #expect(try run.read("list.ndjson") == "of an earlier run\n")
  }

  @Test func quarantinedLinesAreListedAgainWhenTheyComeAgain() throws {
    let run = try made()
    defer { run.remove() }
    try run.write(Self.bad, to: "bad.ndjson")
    let arguments = ["ingest", "shop", "bad.ndjson", "--rejected", "list.ndjson"]
    #expect(try run.cairn(arguments).status == 1)
    let first = try run.read("list.ndjson")
    #expect(first.split(separator: "\n").count == 2)
    let hash = try run.cairn("verify", "shop").output
    let again = try run.cairn(arguments)
    #expect(again.status == 1)
    #expect(again.output.contains("quarantined      2\n"))
    #expect(try run.read("list.ndjson") == first)
    #expect(try run.cairn("verify", "shop").output == hash, "nothing was kept twice")
  }

  @Test func aDirectoryThatIsThereBecomesPrivate() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    let modes = [FileAttributeKey.posixPermissions: 0o755]
    func mode(_ name: String) throws -> Int? {
      let path = run.folder.appending(path: name).path
      return try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    for name in ["shop", "others"] {
      let path = run.folder.appending(path: name).path
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: false, attributes: modes)
      // Whatever the mask of this process is.
      try FileManager.default.setAttributes(modes, ofItemAtPath: path)
    }
    try run.write("", to: "others/photo.jpg")
    #expect(try run.cairn("init", "shop").status == 0)
    #expect(try mode("shop") == 0o700)
    #expect(try run.cairn("init", "others").status == 3)
    #expect(try mode("others") == 0o755, "a directory that is not a store is left alone")
  }

  @Test func anExportStopsAtTheFirstFailedWrite() throws {
    let pieces = ConsolePieces(try ProcessConsole(dataPath: "/dev/full"), .data)
    let piece = [UInt8](repeating: 0x78, count: 1 << 17)
    #expect(throws: StoreError.self) { try pieces.take(piece) }
    #expect(pieces.failure?.what.hasPrefix("cannot write /dev/full") == true)
  }

  @Test func anExportWhoseReaderGoesAwayEndsQuietly() throws {
    let run = try made()
    defer { run.remove() }
    // More than a pipe holds, so that the export is still writing when the reader goes.
    let lines = (1...2000).map { person in
      #"{"type":"track","event":"Seen","messageId":"\#(person)","userId":"user-\#(person)"}"#
    }
    try run.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    #expect(try run.cairn("ingest", "shop", "events.ndjson").status == 0)
    let export = #""$CAIRN" export shop events --format csv"#
    for isIgnored in [false, true] {
      let trap = isIgnored ? "trap '' PIPE; " : ""
      let outcome = try run.shell("(\(trap)\(export); echo \"status $?\" >&2) | true")
      // 128 and the number of SIGPIPE.
      #expect(outcome.errors == "status 141\n")
    }
    let full = try run.shell("\(export) > /dev/full")
    #expect(full.status == 3)
    #expect(full.errors.hasPrefix("error: cannot write standard output"))
  }
}
