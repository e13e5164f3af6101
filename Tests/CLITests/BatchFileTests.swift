// Batches as a file and as a pipe, from outside.

import Foundation
import Testing

struct BatchFileTests {
  private static let body =
    #"{"batch":[{"type":"track","event":"E","messageId":"1","userId":"a"},{"type":"group"}],"#
    + #""sentAt":"2026-01-01T00:00:00Z"}"#

  @Test func aBatchIsIngestedFromAFileAndAPipe() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try run.write(Self.body, to: "in.json")
    #expect(try run.cairn("init", "shop").status == 0)
    let ingest = try run.cairn(
      "ingest", "shop", "in.json", "--format", "batch", "--verdicts", "v.ndjson")
    #expect(ingest.status == 1)
    let verdicts = try run.read("v.ndjson")
    #expect(verdicts.contains(#""line":1,"item":1,"offset":10,"verdict":"accepted""#))
    #expect(verdicts.contains(#""line":1,"item":2,"offset":68,"verdict":"quarantined""#))
    let pipe = try run.cairn("ingest", "shop", "-", "--format", "batch", input: Self.body)
    #expect(pipe.output.contains("duplicate        1\n"))
    let cut = try run.cairn(
      "ingest", "shop", "-", "--format", "batch", input: String(Self.body.dropLast(40)))
    #expect(cut.status == 1)
    #expect(
      cut.errors.contains("standard input:1: quarantined: the batch or list is not valid JSON at"))
  }
}
