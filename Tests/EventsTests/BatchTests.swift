// Batch bodies: the items are those of the equal file of lines, however the bytes come.

import Bytes
import Testing

@testable import Events

@Suite struct BatchTests {
  /// The payloads of the rows of a body that is read `step` bytes at a time, or why it ended.
  private func parse(
    _ text: String, step: Int = 1 << 20, limits: EventLimits = EventLimits()
  ) -> (rows: [String], problem: BatchProblem?) {
    let box = ParserBox(limits: limits)
    let bytes = Array(text.utf8)
    let parser = BatchParser(parser: box.parser, limits: limits) { offset in
      Array(bytes[min(offset, bytes.count)..<min(offset + step, bytes.count)])
    }
    var batch = EventBatch()
    var problem: BatchProblem?
    do throws(BatchProblem) { while try parser.parse(into: &batch) {} } catch { problem = error }
    let names = box.symbols.names()
    let rows = batch.rows.map { row in
      let place = "\(row.line)@\(row.offset)"
      guard row.outcome == .event else {
        if case .quarantined(let reason) = row.outcome { return "\(place) \(reason.name)" }
        return "\(place) rejected"
      }
      var writer = ByteWriter()
      do throws(DecodeError) {
        try EventView(batch.payload(of: row)).writeJSON(to: &writer, names: names)
      } catch { return "\(place) damaged" }
      return "\(place) " + String(decoding: writer.bytes, as: UTF8.self)
    }
    return (rows, problem)
  }

  private static let body = """
    {"writeKey":"w", "batch": [
      {"type":"page","messageId":"1","userId":"u","context":{"ip":"1.1.1.1","app":{"name":"a"}}},
      {"type":"page","messageId":"2","userId":"u",
       "sentAt":null,"context":null},
      {"type":"page","messageId":"3","userId":"u","sentAt":"2026-01-01T00:00:00Z",
       "integrations":{"All":true}, "context":{}},
      {}, [1,{"x":"]"}], "text", 5
    ], "context": {"ip":"2.2.2.2", "li\\u0062rary":{"name":"py"}}, "sequence":[{"a":"}"}],
    "integrations":{"All":false,"X":{"b":[]}}, "messageId":"b", "sentAt":"2026-03-01T12:00:05.5Z"}

    """
  private static let expected = [
    #"1@30 {"type":"page","messageId":"1","userId":"u","sentAt":"2026-03-01T12:00:05.5Z","context":{"library":{"name":"py"},"ip":"1.1.1.1","app":{"name":"a"}},"integrations":{"All":false,"X":{"b":[]}}}"#,
    #"2@124 {"type":"page","messageId":"2","userId":"u","sentAt":"2026-03-01T12:00:05.5Z","context":{"ip":"2.2.2.2","library":{"name":"py"}},"integrations":{"All":false,"X":{"b":[]}}}"#,
    #"3@205 {"type":"page","messageId":"3","userId":"u","sentAt":"2026-01-01T00:00:00Z","integrations":{"X":{"b":[]},"All":true},"context":{"ip":"2.2.2.2","library":{"name":"py"}}}"#,
    "4@331 missing_type", "5@335 not_an_object", "6@350 not_an_object", "7@358 not_an_object",
  ]

  @Test(arguments: [1, 2, 3, 7, 64, 1 << 20])
  func itemsInheritWhatTheyLack(step: Int) {
    let (rows, problem) = parse(Self.body, step: step)
    #expect(problem == nil)
    #expect(rows == Self.expected)
  }

  @Test func bodiesFollowEachOther() {
    let list = #"[{"type":"page","messageId":"9","userId":"u"}]"#
    let (rows, problem) = parse(Self.body + list + "\n" + #"{"context":{},"batch":[]} []"#)
    #expect(problem == nil)
    let start = Self.body.utf8.count + 1
    #expect(rows == Self.expected + [#"8@\#(start) {"type":"page","messageId":"9","userId":"u"}"#])
  }

  @Test(arguments: [
    ("5", BatchProblem.Reason.notABatch, 0), ("  x", .notABatch, 2),
    ("{\"batch\":5}", .notAnArray, 9),
    ("{\"batch\":[", .truncated, 10), ("{\"batch\"", .truncated, 8), ("[{\"a\":\"", .truncated, 7),
    ("[,]", .malformed, 1), ("[1,]", .malformed, 3), ("[1 2]", .malformed, 3),
    ("{\"a\" 5}", .malformed, 5), ("{a:5}", .malformed, 1), ("{\"a\":5,}", .malformed, 7),
    ("{\"a\":}", .malformed, 5), ("[]]", .notABatch, 2), ("[}", .malformed, 1),
  ])
  func aBrokenFrameIsRefusedWhereItBreaks(text: String, reason: BatchProblem.Reason, offset: Int) {
    #expect(parse(text).problem == BatchProblem(reason: reason, offset: offset))
    #expect(parse(text, step: 1).problem == BatchProblem(reason: reason, offset: offset))
  }

  @Test func linesInStringsAndLongItemsAreJudged() {
    var limits = EventLimits()
    limits.eventBytesMax = 100
    limits.lineBytesMax = 200
    let long = #"{"a":""# + String(repeating: "x", count: 300) + #""}"#
    let large = #"{"a":""# + String(repeating: "x", count: 120) + #""}"#
    let (rows, problem) = parse(
      "[{\"a\":\"x\ny\"},\(long),\(large),{\"type\":\"page\"}]", limits: limits)
    #expect(problem == nil)
    #expect(
      rows == [
        "1@1 invalid_json", "2@13 rejected", "3@322 event_too_large", "4@451 missing_identifier",
      ])
    #expect(
      parse("{\"context\":\(long),\"batch\":[]}", limits: limits).problem?.reason == .memberTooLong)
  }

  @Test(arguments: [UInt64](1...4))
  func changedBytesNeverTrap(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = Array(Self.body.utf8)
    var broken = 0
    for _ in 0..<500 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<damaged.count, using: &generator)
        damaged[index] = UInt8.random(in: 0x20...0x7E, using: &generator)
      }
      let text = String(decoding: damaged, as: UTF8.self)
      let whole = parse(text)
      let pieces = parse(text, step: Int.random(in: 1...40, using: &generator))
      #expect(whole.rows == pieces.rows && whole.problem == pieces.problem)
      if whole.problem != nil { broken += 1 }
    }
    #expect(broken > 50)
  }
}
