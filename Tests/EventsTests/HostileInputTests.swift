// Lines that are not events: each gets its verdict, none traps, and the lines around it survive.

import Bytes
import Events
import Testing

@Suite struct HostileInputTests {
  @Test(arguments: [
    ("nonsense", "invalid_json"), ("{", "invalid_json"), ("}", "invalid_json"),
    ("[]", "not_an_object"), ("null", "not_an_object"), ("-1.5", "not_an_object"),
    ("nul", "invalid_json"), ("\"x\"", "not_an_object"),
    ("{} {}", "invalid_json"), ("{}x", "invalid_json"), (#"{"a"}"#, "invalid_json"),
    (#"{"a":}"#, "invalid_json"), (#"{"a":1,}"#, "invalid_json"), (#"{,"a":1}"#, "invalid_json"),
    (#"{"a":[1,]}"#, "invalid_json"), (#"{"a":[1 2]}"#, "invalid_json"),
    (#"{"a":01}"#, "invalid_json"), (#"{"a":+1}"#, "invalid_json"), (#"{"a":.5}"#, "invalid_json"),
    (#"{"a":1.}"#, "invalid_json"), (#"{"a":1e}"#, "invalid_json"), (#"{"a":-}"#, "invalid_json"),
    (#"{"a":1x}"#, "invalid_json"), (#"{"a":NaN}"#, "invalid_json"),
    (#"{"a":1e5.2}"#, "invalid_json"),
    (#"{"a":tru}"#, "invalid_json"), (#"{"a":truex}"#, "invalid_json"),
    (#"{"a":nul}"#, "invalid_json"),
    (#"{"a":"\x"}"#, "invalid_json"), (#"{"a":"\u12g4"}"#, "invalid_json"),
    (#"{"a":"\u12"}"#, "invalid_json"), (#"{"a":"x}"#, "invalid_json"),
    (#"{"a":'x'}"#, "invalid_json"),
    (#"{"a":"x"true}"#, "invalid_json"), (#"{a:1}"#, "invalid_json"), (#"{1:1}"#, "invalid_json"),
    ("{\"a\":\"x\ty\"}", "invalid_json"), ("{\"a\":1\u{0}}", "invalid_json"),
    ("{\"a\":1\u{0C}\"b\":2}", "invalid_json"), (#"{"a":\"x"}"#, "invalid_json"),
    (#"{"a":"\ud800"}"#, "invalid_utf8"), (#"{"a":"\udc00"}"#, "invalid_utf8"),
    (#"{"a":"\ud800\u0041"}"#, "invalid_utf8"), (#"{"a":"\udc00\ud800"}"#, "invalid_utf8"),
    (#"{"a":"\udc00\udc01"}"#, "invalid_utf8"),
    (#"{"\ud800":1}"#, "invalid_utf8"),
    (#"{"a":1,"a":2}"#, "duplicate_key"), (#"{"a":1,"\u0061":2}"#, "duplicate_key"),
    (#"{"a":{"b":1,"a":2,"b":3}}"#, "duplicate_key"),
    (#"{"type":"page","type":"page"}"#, "duplicate_key"),
    (#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#, "missing_type"),
    ("\u{FEFF}{}", "missing_type"), ("\u{FEFF}x", "invalid_json"),
    ("\u{FEFF}\u{FEFF}{}", "missing_type"), ("{}\u{FEFF}", "invalid_json"),
    // Two faults: which one is named does not depend on the processor.
    (#"{"type":"none","a":m"}"#, "invalid_json"), (#""type":"page","a":\n"#, "invalid_json"),
    (#"{"type":"none","a":1"x"}"#, "invalid_json"),
    ("{\"type\":\"none\",\"a\":\"\\\t\"}", "invalid_json"),
    (#"{"type":"none","a":"\ud800}"#, "invalid_json"), (#"{"properties":x"y"}"#, "invalid_json"),
  ])
  func malformedLinesAreQuarantined(line: String, code: String) {
    let box = ParserBox()
    #expect(box.verdict(line) == code)
    // The neighbours survive, whichever way the slice had to be scanned.
    let rows = box.parse(event() + "\n" + line + "\n" + event() + "\n").rows
    #expect(rows.count == 3)
    #expect(rows.map(\.outcome.isEvent) == [true, false, true])
    #expect(rows.map(\.line) == [1, 2, 3])
  }

  @Test(arguments: [
    (#"{"messageId":"m","userId":"u"}"#, "missing_type"),
    (#"{"type":null,"messageId":"m","userId":"u"}"#, "wrong_field_type"),
    (#"{"type":5,"messageId":"m","userId":"u"}"#, "wrong_field_type"),
    (#"{"type":"Track","messageId":"m","userId":"u"}"#, "unknown_type"),
    (#"{"type":"track","messageId":"m","userId":"u"}"#, "missing_event_name"),
    (#"{"type":"track","event":null,"messageId":"m","userId":"u"}"#, "missing_event_name"),
    (#"{"type":"track","event":"","messageId":"m","userId":"u"}"#, "missing_event_name"),
    (#"{"type":"track","event":5,"messageId":"m","userId":"u"}"#, "wrong_field_type"),
    (#"{"type":"track","event":["E"],"messageId":"m","userId":"u"}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":true,"userId":"u"}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":x,"userId":"u"}"#, "invalid_json"),
    (#"{"type":"page","messageId":"m"}"#, "missing_identifier"),
    (#"{"type":"page","messageId":"m","userId":{}}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":"m","userId":false}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":"m","userId":nul}"#, "invalid_json"),
    (#"{"type":"page","messageId":"m","userId":"u","timestamp":"yesterday"}"#, "event"),
    (#"{"type":"page","messageId":"m","userId":"u","timestamp":""}"#, "event"),
    (#"{"type":"page","messageId":"m","userId":"u","timestamp":1700000000}"#, "event"),
    (#"{"type":"page","messageId":"m","userId":"u","sentAt":{}}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":"m","userId":"u","timestamp":nul}"#, "invalid_json"),
    (#"{"type":"page","messageId":"m","userId":"u","properties":[1]}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":"m","userId":"u","traits":"x"}"#, "wrong_field_type"),
    (#"{"type":"page","messageId":"m","userId":"u","context":1}"#, "wrong_field_type"),
    (
      #"{"type":"page","messageId":"m","userId":"u","context":{"traits":1},"properties":null}"#,
      "event"
    ),
  ])
  func invalidEventsAreQuarantined(line: String, code: String) {
    #expect(ParserBox().verdict(line) == code)
  }

  @Test func everyPrefixOfALineIsQuarantined() {
    let box = ParserBox()
    let line = Array((ParserTests.order + "\n").utf8)
    for count in 1..<(line.count - 1) {
      let rows = box.parse(Array(line[..<count])).rows
      #expect(rows.count == 1 && !rows[0].outcome.isEvent, "cut at \(count)")
    }
  }

  @Test func changedBytesNeverTrap() throws {
    let box = ParserBox()
    var generator = SeededGenerator(seed: 7)
    let line = Array(
      (ParserTests.order + "\n" + event(properties: #"{"a":["\u00e9\\",{"b":-1.5e3}],"c":"é🎵"}"#))
        .utf8)
    for _ in 0..<20_000 {
      var bytes = line
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[index] = UInt8.random(in: 0...255, using: &generator)
      }
      let batch = box.parse(bytes)
      for row in batch.rows where row.outcome == .event {
        var writer = ByteWriter()
        try EventView(batch.payload(of: row)).writeJSON(to: &writer, names: box.symbols.names())
        // What was accepted is JSON that is accepted again, as the same event.
        let again = box.parse(writer.bytes)
        #expect(again.rows[0].outcome == .event)
        // Without an id it is the next occurrence.
        if try EventView(batch.payload(of: row)).idIsDerived { continue }
        #expect(again.payload(of: again.rows[0]).toArray() == batch.payload(of: row).toArray())
      }
    }
  }

  @Test(arguments: [
    [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
  ])
  func invalidUTF8IsQuarantined(bytes: [UInt8]) {
    let box = ParserBox()
    let line =
      Array(#"{"type":"page","messageId":"m","userId":"u"#.utf8) + bytes + Array(#""}"#.utf8)
    #expect(box.verdict(line) == "invalid_utf8")
    let rows = box.parse(Array((event() + "\n").utf8) + line + [0x0A] + Array(event().utf8)).rows
    #expect(rows.map(\.outcome.isEvent) == [true, false, true])
  }

  @Test func depthIsBounded() {
    let box = ParserBox()
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      let inside =
        String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
      return #"{"type":"page","messageId":"m","userId":"u","a":\#(inside)}"#
    }
    #expect(box.verdict(nested(31, "[", "]")) == "event")
    #expect(box.verdict(nested(32, "[", "]")) == "too_deep")
    #expect(box.verdict(nested(31, #"{"a":"#, "}")) == "event")
    #expect(box.verdict(nested(32, #"{"a":"#, "}")) == "too_deep")
    #expect(box.verdict(nested(10_000, "[", "]")) == "too_deep")
    #expect(box.verdict(String(repeating: "[", count: 1_000_000)) == "event_too_large")
    var limits = EventLimits()
    limits.eventBytesMax = 4 << 20
    limits.lineBytesMax = 4 << 20
    let open = #"{"a":"# + String(repeating: "[", count: 1_000_000)
    #expect(ParserBox(limits: limits).verdict(open) == "too_deep")
  }

  @Test func longLinesAreKeptAsideOrRejected() throws {
    let box = ParserBox()
    func line(_ count: Int) -> String {
      let rest = event(properties: #"{"a":""}"#).utf8.count
      return event(properties: #"{"a":"\#(String(repeating: "x", count: count - rest))"}"#)
    }
    #expect(box.verdict(line(32_768)) == "event")
    #expect(box.verdict(line(32_769)) == "event_too_large")
    #expect(box.verdict(line(1_048_576)) == "event_too_large")
    #expect(box.verdict(line(1_048_577)) == "rejected line_too_long")
    let batch = box.parse(
      event() + "\n" + line(10 << 20) + "\n" + line(70_000) + "\n" + event() + "\n")
    #expect(batch.rows.map(\.line) == [1, 2, 3, 4])
    #expect(batch.rows.map(\.outcome.isEvent) == [true, false, false, true])
    #expect(batch.rows[1].payload.isEmpty)
    #expect(batch.payload(of: batch.rows[2]).toString() == line(70_000))
    #expect(batch.bytes.count < 80_000)
    var rejected = EventBatch()
    EventParser.reject(line: 5, offset: 9, into: &rejected)
    #expect(rejected.rows[0].line == 5 && rejected.rows[0].offset == 9)
  }

  @Test func longIDsAreQuarantined() {
    let box = ParserBox()
    func line(_ message: Int, _ user: Int, _ email: Int = 3) -> String {
      func text(_ count: Int) -> String { String(repeating: "x", count: count) }
      return #"{"type":"page","messageId":"\#(text(message))","userId":"\#(text(user))","#
        + #""traits":{"email":"\#(text(email))"}}"#
    }
    #expect(box.verdict(line(256, 512, 512)) == "event")
    #expect(box.verdict(line(257, 5)) == "message_id_too_long")
    #expect(box.verdict(line(5, 513)) == "identifier_too_long")
    #expect(box.verdict(line(5, 5, 513)) == "identifier_too_long")
  }

  @Test func propertiesAreBounded() {
    let box = ParserBox()
    func line(_ count: Int) -> String {
      event(properties: "{" + (0..<count).map { #""k\#($0)":1"# }.joined(separator: ",") + "}")
    }
    #expect(box.verdict(line(512)) == "event")
    #expect(box.verdict(line(513)) == "too_many_properties")
  }

  @Test func everyCodeHasANameAndASentence() {
    var names: Set<String> = []
    for code in EventProblem.Code.allCases {
      let problem = EventProblem(code, field: .userID, at: 3)
      #expect(problem.name.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "8" })
      names.insert(problem.name)
      #expect(problem.sentence().count > 30)
    }
    #expect(names.count == EventProblem.Code.allCases.count)
    let wrong = EventProblem(.wrongFieldType, field: .properties, at: 0)
    #expect(wrong.sentence() == "properties has the wrong type of value; send an object or null")
  }
}
