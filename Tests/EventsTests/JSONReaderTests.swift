// JSON in any shape: the events are those of the equal file of lines, however the bytes come, and what is
// broken takes nothing else along.

import Bytes
import Testing

@testable import Events

/// An input that gives a few bytes at a time, and sees to it that nothing released is asked for.
private final class Pieces: JSONInput {
  private let bytes: [UInt8]
  private let step: Int
  private var released = 0

  init(_ bytes: [UInt8], step: Int) {
    self.bytes = bytes
    self.step = step
  }

  func bytes(from offset: Int, atMost countMax: Int) throws(JSONInputStopped) -> [UInt8] {
    #expect(offset >= released)
    return Array(bytes[min(offset, bytes.count)..<min(offset + min(step, countMax), bytes.count)])
  }

  /// Says no now and then: the rows must be the same.
  func isAtHand(_ offset: Int) -> Bool { offset % 3 != 0 }

  func release(before offset: Int) {
    #expect(offset >= released)
    released = offset
  }
}

/// Counts how much is read, the same bytes as often as they are asked for.
private final class CountingInput: JSONInput {
  private let bytes: [UInt8]
  private(set) var given = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func bytes(from offset: Int, atMost countMax: Int) -> [UInt8] {
    let end = min(offset + countMax, bytes.count)
    given += max(end - offset, 0)
    return offset < end ? Array(bytes[offset..<end]) : []
  }

  func isAtHand(_ offset: Int) -> Bool { true }

  func release(before offset: Int) {}
}

@Suite struct JSONReaderTests {
  /// The rows of a text that is read `step` bytes at a time: line, item if there is one, and offset, then the
  /// event as JSON, or the problem and what was kept.
  private func rows(
    _ text: String, step: Int = 1 << 20, as form: JSONReader.Form = .any,
    limits: EventLimits = EventLimits()
  ) -> [String] {
    let box = ParserBox(limits: limits)
    let input = Pieces(Array(text.utf8), step: step)
    let reader = JSONReader(input, as: form, parser: box.parser, limits: limits)
    var batch = EventBatch()
    do throws(JSONInputStopped) { while try reader.parse(into: &batch) {} } catch {
      return ["stopped"]
    }
    let names = box.symbols.names()
    return batch.rows.enumerated().map { index, row in
      let place = "\(row.line)" + (row.item > 0 ? "#\(row.item)" : "") + "@\(row.offset) "
      switch row.outcome {
      case .event: break
      case .quarantined(let reason):
        return place + reason.name + " " + batch.payload(of: row).toString()
      case .rejected: return place + "rejected"
      }
      var writer = ByteWriter()
      do throws(DecodeError) {
        try EventView(batch.payload(of: row)).writeJSON(to: &writer, names: names)
      } catch { return place + "damaged" }
      return place + String(decoding: writer.bytes, as: UTF8.self)
    }
  }

  private static let steps = [1, 2, 3, 7, 64, 1 << 20]

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
    #"2#1@30 {"type":"page","messageId":"1","userId":"u","sentAt":"2026-03-01T12:00:05.5Z","context":{"library":{"name":"py"},"ip":"1.1.1.1","app":{"name":"a"}},"integrations":{"All":false,"X":{"b":[]}}}"#,
    #"3#2@124 {"type":"page","messageId":"2","userId":"u","sentAt":"2026-03-01T12:00:05.5Z","context":{"ip":"2.2.2.2","library":{"name":"py"}},"integrations":{"All":false,"X":{"b":[]}}}"#,
    #"5#3@205 {"type":"page","messageId":"3","userId":"u","sentAt":"2026-01-01T00:00:00Z","integrations":{"X":{"b":[]},"All":true},"context":{"ip":"2.2.2.2","library":{"name":"py"}}}"#,
    #"7#4@331 missing_type {"sentAt":"2026-03-01T12:00:05.5Z","context":{"ip":"2.2.2.2", "li\u0062rary":{"name":"py"}},"integrations":{"All":false,"X":{"b":[]}}}"#,
    #"7#5@335 not_an_object [1,{"x":"]"}]"#, #"7#6@350 not_an_object "text""#,
    "7#7@358 not_an_object 5",
  ]

  @Test(arguments: steps) func itemsInheritWhatTheyLack(step: Int) {
    let found = rows(Self.body, step: step)
    #expect(found.count == Self.expected.count)
    // In which order the inherited members of an event that is quarantined stand does not matter.
    for (row, expected) in zip(found, Self.expected) {
      #expect(row.count == expected.count && row.prefix(20) == expected.prefix(20))
      if !row.contains("missing_type") { #expect(row == expected) }
    }
  }

  private static func page(_ id: String) -> String {
    #"{"type":"page","messageId":"\#(id)","userId":"u"}"#
  }

  /// Each value is what it is, whatever stands around it.
  @Test(arguments: steps) func formsMayBeMixed(step: Int) {
    let text = """
      \u{FEFF}\(Self.page("1"))
      {"batch":[\(Self.page("2")),\(Self.page("3"))],"sentAt":"2026-01-01T00:00:00Z"}
      [\(Self.page("4"))]

      {
        "type": "page",
        "messageId": "5", "userId": "u"
      }
      \(Self.page("6"))
      \u{FEFF}{"batch":[{"type":"page",
      "messageId":"7","userId":"u"}]}[\(Self.page("8"))] \(Self.page("9"))
      [
      {"batch":[\(Self.page("10"))],"context":[]},
      \(Self.page("11"))
      ]
      5
      {"batch":{}}
      {"type":"page","messageId":"12","userId":"u","batch":[1]}
      \(Self.page("13"))
      """
    let found = rows(text, step: step)
    let ids = found.map { row in
      row.split(separator: #""messageId":""#).dropFirst().first.map {
        String($0.prefix { $0 != "\"" })
      }
        ?? String(row.drop { $0 != " " }.dropFirst())
    }
    #expect(
      ids == [
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "not_an_object 5",
        #"missing_type {"batch":{}}"#, "12", "13",
      ])
    #expect(found[1].hasPrefix("2#1@") && found[1].contains(#""sentAt":"2026-01-01"#))
    #expect(found[4].hasPrefix("5@") && found[8].hasPrefix("11@") && found[9].hasPrefix("13#1@"))
  }

  @Test func linesCanBeForced() {
    let text = "[\(Self.page("1"))]\n{\"batch\":[]}\n{\n\(Self.page("2"))\n"
    #expect(
      rows(text, as: .lines).map { $0.prefix { $0 != "[" && $0 != "{" } } == [
        "1@0 not_an_object ", "2@47 missing_type ", "3@60 invalid_json ", "4@62 ",
      ])
  }

  /// A broken value is kept as it came, and those after it come in.
  @Test(arguments: [
    (#"{"batch":[,,,],"sentAt":"2026-03-01T10:00:00Z"}"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"}"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"},"#, "invalid_batch"),
    (#"{"batch":["#, "invalid_batch"), (#"{"batch":[{"type":"page","userId":"u"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"},]}"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"}}"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"]}"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"}]"#, "invalid_batch"),
    (#"{"batch":[{"type":"page","userId":"u"}]}}"#, "invalid_batch"),
    (#"{"batch":[{"type":"page"} {"type":"page"}]}"#, "invalid_batch"),
    (#"[{"type":"page","userId":"u"},"#, "invalid_batch"), ("[,]", "invalid_batch"),
    ("[}", "invalid_batch"), ("[]]", "invalid_batch"), (#"["a"#, "invalid_batch"),
    (#"{"type":"page","userId":"u""#, "invalid_json"), (#"{"type":"#, "invalid_json"),
    (#"{"type":"page","properties":{"a":1}"#, "invalid_json"), ("{", "invalid_json"),
    (#"{"type":"page","userId":"u"#, "invalid_json"), (#"{"type":"page"},"#, "invalid_json"),
    ("{'type':'page'}", "invalid_json"), ("}", "invalid_json"), (#"{"batch" []}"#, "invalid_json"),
    ("{\n  \"batch\": [\n    {\"type\":\"page\"},,\n  ]\n}", "invalid_batch"),
    ("{\n  \"type\": \"page\",,\n  \"userId\": \"u\"\n}", "invalid_json"),
    ("{\n  \"type\": \"page\",\n  \"userId\": \"u", "invalid_json"),
    ("{\"batch\":[\n{\"type\":\"page\",\"userId\":\"a\"},\n5 6\n]}", "invalid_batch"),
  ])
  func aBrokenValueTakesNothingAlong(broken: String, code: String) {
    let after = [
      Self.page("b"), #"{"batch":[\#(Self.page("c"))]}"#, "[\(Self.page("d"))]", Self.page("e"),
    ]
    for (count, text) in [
      (4, after.joined(separator: "\n")), (3, after.dropFirst().joined(separator: "\r\n")),
    ] {
      let whole = rows(Self.page("a") + "\n" + broken + "\n" + text + "\n")
      #expect(whole.count == count + 2, "\(whole)")
      try? #require(whole.count > 1)
      #expect(whole[1].hasPrefix("2@") && whole[1].contains(" \(code) \(broken)"), "\(whole[1])")
      #expect(whole.dropFirst(2).allSatisfy { $0.contains(#""type":"page","messageId":""#) })
      for step in [1, 5, 64] {
        #expect(rows(Self.page("a") + "\n" + broken + "\n" + text + "\n", step: step) == whole)
      }
    }
    // At the end of the input there is nothing more to find.
    let last = rows(Self.page("a") + "\n" + broken)
    #expect(last.count == 2 && last[1].hasSuffix(" \(code) \(broken)"))
  }

  @Test func linesAfterALineThatIsCutShortAreJudged() {
    let text =
      "{\"type\":\nnot JSON\n\u{1B}x\n[[[\n{\"type\":\n{\"type\":\n\(Self.page("1"))\n{\"a\":\n"
    for step in [1, 8, 1000] {
      #expect(
        rows(text, step: step).map { $0.prefix { $0 != "{" && $0 != "[" && $0 != "n" } } == [
          "1@0 i", "2@9 i", "3@18 i", "4@21 i", "7@43 ", "8@88 i",
        ])
    }
  }

  /// An item that is not JSON is that item's fault alone.
  @Test(arguments: steps) func aBrokenItemTakesNothingAlong(step: Int) {
    let text = """
      [
      \(Self.page("1")),
      {"type":"page",,"userId":"u"},
      {"type":"page","userId":"a
      b"},
      {"type":"page","userId":tru},
      {"type":"page","userId":"u",
      \(Self.page("2")),
      \(Self.page("3"))
      ]
      """
    let found = rows(text, step: step)
    #expect(
      found.map { $0.prefix { $0 != "{" } } == [
        "2#1@2 ", "3#2@50 invalid_json ", "4#3@81 invalid_json ", "6#4@113 wrong_field_type ",
        "7#5@143 invalid_json ", "8#6@172 ", "9#7@220 ",
      ] || found[3].contains("invalid_json"), "\(found)")
    #expect(found.count == 7 && found[2].hasSuffix("{\"type\":\"page\",\"userId\":\"a\nb\"}"))
  }

  @Test(arguments: [1, 64, 1 << 20]) func longValuesAreTakenItemByItem(step: Int) {
    var limits = EventLimits()
    limits.eventBytesMax = 100
    limits.lineBytesMax = 200
    let long = #"{"a":""# + String(repeating: "x", count: 300) + #""}"#
    let large = #"{"a":""# + String(repeating: "x", count: 120) + #""}"#
    let many = (1...9).map { Self.page("\($0)") }.joined(separator: ",")
    func found(_ text: String) -> [String] {
      rows(text + "\n" + Self.page("z"), step: step, limits: limits).map {
        String($0.drop { $0 != " " }.dropFirst().prefix(14))
      }
    }
    let page = #"{"type":"page""#
    #expect(
      found("[\(large),\(long),5]") == ["event_too_larg", "rejected", "not_an_object ", page])
    // What can be kept in one piece neither whole nor broken gives its items up to the fault.
    let nine = [String](repeating: page, count: 9)
    #expect(found("[\(many)]") == nine + [page])
    #expect(found("{\"batch\":[\(many)],\"context\":{}}") == nine + [page])
    #expect(found("[\(many) x]") == nine + ["invalid_batch ", page])
    #expect(found("{\"batch\":[\(many),{\"type\":") == nine + ["invalid_batch ", page])
    #expect(found("{\"batch\":[\(many)],,}") == nine + ["invalid_batch ", page])
    #expect(found("{\"context\":\(long),\"batch\":[\(many)]}") == ["rejected", page])
    #expect(found("{\"type\":\"page\",\"properties\":\(long)}") == ["rejected", page])
    #expect(found("{\n\"type\":\"page\",\"properties\":\(long)}") == ["rejected", page])
  }

  private static func lines(_ opening: String, _ items: [String], _ closing: String) -> String {
    opening + items.map { "\n  " + page($0) }.joined(separator: ",") + closing
  }

  /// Whole values that follow one that is cut short come in, wherever the cut is.
  @Test(
    arguments: [
      ("{\"batch\": [", "\n]}\n"), ("[", "\n]\n"),
      ("{\n\"context\": {},\n\"batch\": [", "\n]\n}\n"),
    ],
    [",\n", "\n", ",\n  {\"type\": \"page\",\n", ",\n  {\"type\": \"pa\n", ",\n  {\"context\":\n"])
  func wholeValuesFollowOneThatIsCutShort(form: (String, String), cut: String) {
    let broken = Self.lines(form.0, ["1"], cut)
    let second = Self.lines(form.0, ["2", "3"], form.1)
    let third = Self.lines(form.0, ["4"], form.1)
    for mark in ["", "\u{FEFF}"] {
      for tail in [mark + second + mark + third, mark + second] {
        let found = rows(broken + tail)
        let ids = ["2", "3", "4"].prefix(tail.contains("\"4\"") ? 3 : 2)
        #expect(found.count == ids.count + 1 && found[0].contains(" invalid_batch "), "\(found)")
        #expect(zip(found.dropFirst(), ids).allSatisfy { $0.contains("\"messageId\":\"\($1)\"") })
        for step in [1, 5, 64] { #expect(rows(broken + tail, step: step) == found) }
      }
    }
  }

  /// Of batches cut short that follow each other, however many, each is kept by itself, and those after
  /// them come in.
  @Test(arguments: [
    #"{"batch": [{"type": "page", "userId": "#, "{\"batch\":[\(page("x")),", "[\(page("x")),",
  ])
  func runsOfBatchesCutShortTakeNothingAlong(cut: String) {
    let good = (1...10).map { "{\"batch\":[\(Self.page("\($0)"))]}" }
    for count in [3, 190] {
      let text = ([String](repeating: cut, count: count) + good).joined(separator: "\n")
      let found = rows(text)
      #expect(found.count == count + 10, "\(count): \(found.count)")
      let isKept = found.prefix(count).allSatisfy {
        $0.hasSuffix(" invalid_batch " + cut.trimmingTail)
      }
      #expect(isKept, "\(count): \(found[0])")
      #expect(found.suffix(10).allSatisfy { $0.contains(#"{"type":"page","messageId":"#) })
      if count < 10 { for step in [1, 5, 64] { #expect(rows(text, step: step) == found) } }
    }
    // More than can be kept in one piece.
    var limits = EventLimits()
    limits.eventBytesMax = 200
    limits.lineBytesMax = 400
    let text = ([String](repeating: cut, count: 50) + good).joined(separator: "\n")
    let found = rows(text, limits: limits)
    #expect(
      found.suffix(10).allSatisfy { $0.contains(#"{"type":"page","messageId":"#) }, "\(found)")
    #expect(found.count == 60)
  }

  @Test(arguments: steps) func marksAndEscapesInListsAreRead(step: Int) {
    let text = "[\n\u{FEFF}\(Self.page("1")),\u{FEFF}\(Self.page("2")),\u{FF0C}]\n"
    let found = rows(text, step: step)
    #expect(found.count == 3 && found[2].hasSuffix("invalid_json \u{FF0C}"), "\(found)")
    let escaped = #"{"b\u0061tch":[\#(Self.page("1"))]}"#
    #expect(rows(escaped + "\n[\(escaped)]", step: step).count { $0.contains("#1@") } == 2)
    let twice = #"{"batch":[\#(Self.page("1"))],"b\u0061tch":[]}"#
    for text in [twice, "[\(twice)]", "\(Self.page("2")) \(twice)"] {
      #expect(rows(text, step: step).last?.contains("duplicate_key {\"batch\"") == true)
    }
    #expect(rows("\u{FEFF}", step: step) == [] && rows("\u{FEFF}\r\n\n \n", step: step) == [])
  }

  /// What opens and never ends is not looked at to the end again and again.
  @Test(arguments: [
    "{\"batch\":[{\"type\":\"page\",\n", "{\"batch\":[{\"type\":\"page\"},\n",
    "{\"a\":[\n", "{\"type\":\"track\",\"properties\":\n", "{\"batch\":[\n", "[\n", "[{\"a\":\n",
    "{\"type\":\"page\",\"userId\":\"u\"}\n{\"a\":[\n",
  ])
  func workIsLinearInTheInput(line: String) {
    let box = ParserBox()
    let bytes = [UInt8](repeatElement(line.utf8, count: 20_000).joined())
    let input = CountingInput(bytes)
    let reader = JSONReader(input, parser: box.parser)
    var batch = EventBatch()
    do throws(JSONInputStopped) { while try reader.parse(into: &batch) {} } catch {
      Issue.record("stopped")
    }
    #expect(!batch.rows.isEmpty)
    #expect(input.given < 400 * bytes.count + (8 << 20), "\(input.given) of \(bytes.count)")
  }

  /// A value that could not be held does not end the run, and nothing of it is held.
  @Test(arguments: ["}}", ""]) func aValueBeyondAllBoundsIsPassedOver(end: String) {
    var limits = EventLimits()
    limits.lineBytesMax = 1000
    let text =
      #"{"type":"page","properties":{"a":""# + String(repeating: "x", count: 17_000) + "\"" + end
    let found = rows(text + "\n" + Self.page("z"), step: 256, limits: limits)
    #expect(found.first == "1@0 rejected")
    #expect(found.count == 2 && found.last?.contains(Self.page("z")) == true)
  }

  @Test(arguments: [UInt64](1...4))
  func changedBytesNeverTrap(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = Array((Self.page("a") + "\n" + Self.body + "[\(Self.page("b"))]\n").utf8)
    for _ in 0..<200 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<damaged.count, using: &generator)
        damaged[index] = UInt8.random(in: 0x0A...0x7E, using: &generator)
      }
      let text = String(decoding: damaged, as: UTF8.self)
      #expect(rows(text) == rows(text, step: Int.random(in: 1...40, using: &generator)))
    }
  }
}

extension String {
  /// Without blanks at its end, as what is kept has none.
  fileprivate var trimmingTail: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
