// Damaged derived files as a user meets them: reads repair them and answer as before, commands that take
// something in or write something out do not run twice.

import Foundation
import Testing

@testable import Cairn
@testable import CairnCLI
@testable import Engine

struct DamageTests {
  private static let definitions = """
    audiences:
      seen: performed("Seen")
    """

  /// A store with so many people that its tables have several blocks.
  private func filled(people: Int) throws -> CommandLineRun {
    let run = try CommandLineRun()
    let lines = (1...people).map { person in
      #"{"type":"track","event":"Seen","messageId":"\#(person)","userId":"u\#(person)"}"#
    }
    try run.write(lines.joined(separator: "\n") + "\n", to: "events.ndjson")
    try run.write(Self.definitions, to: "definitions.yaml")
    #expect(try run.cairn("init", "shop").status == 0)
    #expect(try run.cairn("apply", "shop", "definitions.yaml").status == 0)
    let ingest = try run.cairn("ingest", "shop", "events.ndjson", "--clock", "events")
    #expect(ingest.status == 0, "\(ingest.errors)")
    return run
  }

  private func tables(_ run: CommandLineRun, of store: String = "shop") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: run.folder.appending(path: store).path)
      .filter { $0.hasPrefix("table-") }.sorted()
  }

  /// Whether opening the store looks at a table's blocks: it reads lists, and makes them again itself.
  private func isList(_ run: CommandLineRun, _ table: String) throws -> Bool {
    let file = run.folder.appending(path: "shop/" + table)
    let header = [UInt8](try Data(contentsOf: file).prefix(14))
    let id = UInt16(header[12]) | UInt16(header[13]) << 8
    return [SharedTable.definitions, .erased].map(\.rawValue).contains(id)
  }

  /// Spoils the last block of a table's file, or the first row of one by ordinal.
  private func damage(_ run: CommandLineRun, _ table: String) throws {
    let file = run.folder.appending(path: "shop/" + table)
    var bytes = [UInt8](try Data(contentsOf: file))
    if bytes.starts(with: Array("CAIRNROW".utf8)) {
      bytes[64 + 12] ^= 0xFF
      return try Data(bytes).write(to: file)
    }
    func integer(at offset: Int, _ count: Int) -> Int {
      bytes[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let end = integer(at: bytes.count - 64 + 32, 8)
    var lastBlock: Int?
    var page = 64
    while page < end {
      if bytes[page + 31] == 2 { lastBlock = page }
      page += integer(at: page + 24, 4)
    }
    let block = try #require(lastBlock)
    bytes[block + 40] ^= 0xFF
    try Data(bytes).write(to: file)
  }

  @Test(arguments: [
    ["audience", "members", "shop", "seen", "--json"], ["audience", "list", "shop"],
    ["audience", "show", "shop", "seen"],
  ])
  func readsAnswerAsBefore(_ arguments: [String]) throws {
    let run = try filled(people: 600)
    defer { run.remove() }
    let before = try run.cairn(arguments)
    #expect(before.status == 0)
    var repaired = 0
    for index in try tables(run).indices {
      // Mending gives the files new names.
      try damage(run, try tables(run)[index])
      let outcome = try run.cairn(arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == before.output)
      if outcome.errors.contains("note: rebuilt the derived files") { repaired += 1 }
      #expect(try run.cairn("rebuild", "shop").status == 0)
    }
    #expect(repaired > 0, "no damage was met")
  }

  @Test func anIngestIsNotRepeated() throws {
    let run = try filled(people: 3)
    defer { run.remove() }
    for table in try tables(run) where try !isList(run, table) { try damage(run, table) }
    let events = try run.read("events.ndjson")
    let more = events.replacingOccurrences(of: #""messageId":""#, with: #""messageId":"again-"#)
    // A second run of the command's body would find its input at the end, and say all is well.
    let outcome = try run.cairn("ingest", "shop", "-", "--clock", "events", input: events + more)
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("error: damaged derived file"))
    #expect(outcome.output.isEmpty)
    let again = try run.cairn("ingest", "shop", "-", "--clock", "events", input: events + more)
    #expect(again.status == 0)
    #expect(again.output.contains("accepted         3\n"))
    #expect(again.output.contains("duplicate        3\n"))
  }

  @Test func rebuildDoesNotDoOverWhatOpeningDid() throws {
    let run = try filled(people: 3)
    defer { run.remove() }
    let lost = try #require(try tables(run).first)
    try FileManager.default.removeItem(at: run.folder.appending(path: "shop/" + lost))
    try FileManager.default.copyItem(
      at: run.folder.appending(path: "shop"), to: run.folder.appending(path: "opened"))
    #expect(try run.cairn("stats", "opened").errors.contains("rebuilt the derived files"))
    let rebuild = try run.cairn("rebuild", "shop")
    #expect(rebuild.status == 0)
    #expect(rebuild.errors.contains("note: rebuilt the derived files"))
    // Each time, the files get new numbers.
    #expect(try tables(run) == tables(run, of: "opened"))
    #expect(try run.cairn("rebuild", "shop").errors.isEmpty)
    #expect(try tables(run) != tables(run, of: "opened"))
  }

  @Test func whatOpeningFoundIsTold() {
    var opening = OpeningReport()
    #expect(opening.notes.isEmpty)
    opening.cutBytes = 12
    opening.rebuiltBecause = "it was \u{1B}[2J asked for"
    opening.differingDecisions = 1234
    let notes = opening.notes.split(separator: "\n")
    #expect(notes.count == 3)
    #expect(notes.allSatisfy { $0.hasPrefix("note: ") && !$0.contains("\u{1B}") })
    #expect(notes.last?.contains("1,234 records") == true)
  }
}
