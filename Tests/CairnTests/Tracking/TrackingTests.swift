// The tracking plan: what passes, what is left out, what is quarantined, and what it would have done.

import Bytes
import Events
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct TrackingTests {
  private func store(in directory: TemporaryDirectory, _ plan: String) throws -> Store {
    let clock = StandingClock(instant("2026-03-01T12:00:00Z").milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(definitions(traits: [("seen", "count(*)")]))
    if !plan.isEmpty { #expect(try store.applyTracking(plan, file: "plan.yaml")) }
    return store
  }

  /// The verdicts in words, `plan_violation properties.n: type` for instance.
  private func take(
    _ lines: [String], in store: Store, source: String = "web"
  ) throws -> [String] {
    var options = IngestOptions()
    options.source = source
    var result: [String] = []
    let bytes = Array(lines.joined(separator: "\n").utf8)
    _ = try store.ingest(lines: bytes, options: options) { line in
      switch line.verdict {
      case .accepted: result.append("accepted")
      case .duplicate(_, let isSame): result.append(isSame ? "duplicate" : "conflict")
      case .quarantined(_, let problem): result.append("\(problem.name) \(line.detail)")
      case .rejected(let problem): result.append("rejected \(problem.name)")
      }
    }
    return result
  }

  private static func order(_ id: String, _ properties: String, more: String = "") -> String {
    #"{"type":"track","event":"Order Completed","messageId":"\#(id)","userId":"u""#
      + #","properties":{\#(properties)}\#(more)}"#
  }

  @Test(arguments: [
    ("type: number", "5.5", ""), ("type: number", "\"5\"", "type"), ("type: integer", "5.0", ""),
    ("type: integer", "1e3", ""), ("type: integer", "5.5", "type"),
    ("type: integer", "99999999999999999999999999999999999999999", ""),
    ("type: [string, 'null']", "null", ""), ("type: [string, 'null']", "5", "type"),
    ("type: boolean", "false", ""), ("type: object", "[]", "type"), ("type: array", "[]", ""),
    ("type: any", "{}", ""), ("enum: [a, 5, true, null]", "\"a\"", ""),
    ("enum: [a, 5, true, null]", "5.00", ""), ("enum: [a, 5, true, null]", "null", ""),
    ("enum: [a, 5, true, null]", "true", ""), ("enum: [a, 5]", "\"5\"", "enum"),
    ("enum: ['5']", "5", "enum"), ("const: a", "\"b\"", "const"), ("minimum: 2", "2", ""),
    ("minimum: 2", "1.999999999", "minimum"), ("maximum: 2", "2.000000001", "maximum"),
    ("maximum: 2", "\"9\"", ""), ("exclusiveMinimum: 2", "2", "exclusiveMinimum"),
    ("exclusiveMaximum: 2", "2", "exclusiveMaximum"), ("minimum: 2", "1e99", ""),
    ("minLength: 2", "\"\u{E9}\"", "minLength"), ("maxLength: 2", "\"\u{E9}\u{1F600}\"", ""),
    ("maxLength: 2", "\"abc\"", "maxLength"), ("minItems: 1", "[]", "minItems"),
    ("maxItems: 1", "[1,2]", "maxItems"), ("items: {type: number}", "[1,\"2\"]", "[]: type"),
    ("format: date-time", "\"2026-01-01T00:00:00Z\"", ""), ("format: date-time", "\"x\"", "format"),
    ("{required: [a], properties: {a: {type: string}}}", "{\"a\":\"x\"}", ""),
    ("{required: [a]}", "{}", ".a: required"), ("{required: [a]}", "[]", ""),
    ("{properties: {a: {type: string}}}", "{\"a\":1}", ".a: type"),
    ("{properties: {a: true}, additionalProperties: false}", "{\"a\":1}", ""),
    (
      "{properties: {a: true}, additionalProperties: false}", "{\"b\":1}",
      ".b: additionalProperties"
    ),
    ("additionalProperties: {type: number}", "{\"b\":\"1\"}", ".b: type"),
  ])
  func keywordsMeanWhatDraft7Says(schema: String, value: String, broken: String) throws {
    let body = schema.hasPrefix("{") ? schema : "{\(schema)}"
    let found = try PlanBox(value: body).violations(value)
    let place = broken.hasPrefix("[") ? "." : ""
    #expect(found == (broken.isEmpty ? [] : [place + broken]))
  }

  @Test(arguments: [
    ("events: {A: {pattren: x}}", "1:14", "`pattren` is not supported; did you mean `pattern`?"),
    ("events: {A: {unevaluatedItems: false}}", "1:14", "`unevaluatedItems` is not supported"),
    ("events: {A: {$dynamicRef: '#a'}}", "1:14", "the keyword `$dynamicRef` is not supported"),
    ("events: {A: {properties: {properties: {oneOf: []}}}}", "1:47", "at least one schema"),
    ("events: {A: {properties: {n: {type: []}}}}", "1:37", "at least one type"),
    ("events: {A: {properties: {n: 5}}}", "1:30", "must be a schema: a mapping, true or false"),
    ("events: {A: {properties: {n: yes}}}", "1:30", "must be a schema: a mapping, true or false"),
    ("events: {A: {multipleOf: 0}}", "1:26", "greater than 0"),
    ("events: {A: {multipleOf: -1}}", "1:26", "greater than 0"),
    ("events: {A: {minLength: -1}}", "1:25", "must be a count"),
    ("events: {A: {minLength: 1.5}}", "1:25", "must be a count"),
    ("events: {A: {exclusiveMinimum: true}}", "1:32", "must be a number"),
    ("events: {A: {pattern: 5}}", "1:23", "must be a pattern"),
    ("events: {A: {uniqueItems: yes}}", "1:27", "must be true or false"),
    ("events: {A: {required: true}}", "1:24", "must be a list"),
    ("events: {A: {pattern: '(?=a)b'}}", "1:23", "look-around cannot be checked"),
    ("events: {A: {pattern: '(a)\\1'}}", "1:23", "a reference back to a group cannot"),
    ("events: {A: {pattern: '[a'}}", "1:23", "a `[` without its `]`"),
    ("events: {A: {patternProperties: {'(?<!a)b': true}}}", "1:34", "look-around cannot"),
    ("events: {A: {$ref: 'http://example.org/a.json'}}", "1:20", "is not in the plan"),
    ("events: {A: {$ref: '#/$defs/b'}}", "1:20", "`#/$defs/b` is not in the plan"),
    ("events: {A: {$ref: '#'}}", "1:13", "applies itself to the same value without end"),
    (
      "events: {A: {properties: {n: {$schema: 'http://example.org/mine'}}}}", "1:40",
      "the only supported values of $schema"
    ),
    (
      "{$schema: 'https://json-schema.org/draft/2020-12/schema', events: {A: {items: [true]}}}",
      "1:72", "a list of items is `prefixItems`"
    ),
    ("events: {A: {properties: {n: {}, n: {}}}}", "1:27", "`n` occurs more than once"),
    ("events: {A: {properties: {no: {}, 'no': {}}}}", "1:35", "`no` occurs more than once"),
    (#"{"events": {"A": {"type": "object", "type": "array"}}}"#, "1:37", "`type` occurs more"),
    ("events: {A: {additionalProperties: false}}", "1:13", "not supported for the event itself"),
    ("events: {A: {properties: {type: {const: x}}}}", "1:13", "follow from the place"),
    ("calls: {track: {}}", "1:9", "must be identify"),
    ("violations: drop", "1:13", "must be one of"),
    ("viloations: omit", "1:1", "unknown key"), ("[", "2:1", "not YAML"),
    ("events: {A: {items: {minimum: x}}}", "1:31", "must be a number"),
    (
      "events: {A: {format: phone}}", "1:22",
      "the format `phone` is not supported; the formats are date-time,"
    ), ("5", "1:1", "a mapping"),
    ("sources: {web: {events: 5}}", "1:17", "unknown key"),
  ])
  func aWrongPlanSaysWhere(plan: String, place: String, message: String) {
    do throws(DefinitionError) {
      _ = try TrackingPlanFile.read(plan, file: "plan.yaml", symbols: SymbolTable())
      Issue.record("accepted")
    } catch {
      #expect(
        "\(error.line):\(error.column)" == place && error.message.contains(message), "\(error)")
    }
  }

  @Test func aWrongPlanIsNotApplied() throws {
    let directory = TemporaryDirectory()
    let store = try store(in: directory, "")
    #expect(throws: ApplyError.self) {
      try store.applyTracking("events: {A: {pattern: '('}}", file: "plan.yaml")
    }
    #expect(try store.snapshot().trackingPlanText == nil)
    try store.close()
  }

  private static let plan = """
    unplanned_events: block
    unplanned_properties: omit
    violations: omit
    sources:
      shop: {violations: block, unplanned_events: allow, unplanned_properties: allow}
    events:
      Order Completed:
        required: [userId]
        properties:
          userId: {type: string}
          properties:
            required: [id]
            properties:
              id: {type: string}
              revenue: {type: number, minimum: 0}
              items: {items: {properties: {price: {type: number}}}}
              inner: {properties: {a: {type: number}}}
    calls:
      identify:
        properties:
          traits: {properties: {email: {type: string, maxLength: 8}}}
    """

  @Test func whatIsNotPlannedIsLeftOutAndKept() throws {
    let directory = TemporaryDirectory()
    let store = try store(in: directory, Self.plan)
    let lines = [
      Self.order("1", #""id":"a","revenue":5"#),
      Self.order("2", #""id":"b","revenue":"much","x":{"y":1},"inner":{"a":"z","b":2}"#),
      Self.order("3", #""id":"c","items":[{"price":1},{"price":"two"}]"#),
      Self.order("4", #""revenue":-1"#),
      #"{"type":"track","event":"Other","messageId":"5","userId":"u"}"#,
      Self.order("6", #""id":"d""#).replacing(#""userId":"u""#, with: #""userId":7"#),
      #"{"type":"identify","messageId":"7","userId":"u","traits":{"email":"longer@example.org","name":"n"}}"#,
      #"{"type":"page","messageId":"8","userId":"u","properties":{"x":1}}"#,
    ]
    let first = try take(lines, in: store)
    #expect(
      first == [
        "accepted", "accepted", "accepted", "accepted", "unplanned_event ",
        "plan_violation userId: type", "accepted", "accepted",
      ])
    let report = try #require(try store.report("user_id:u"))
    let shown = try report.events.reversed().map { String(decoding: try $0.json, as: UTF8.self) }
    #expect(
      shown == [
        Self.order("1", #""id":"a","revenue":5"#), Self.order("2", #""id":"b","inner":{"b":2}"#),
        Self.order("3", #""id":"c""#), Self.order("4", ""),
        #"{"type":"identify","messageId":"7","userId":"u","traits":{}}"#,
        #"{"type":"page","messageId":"8","userId":"u","properties":{"x":1}}"#,
      ])
    // Nothing is lost: the event as it was sent is stored with it.
    let originals = try report.events.reversed().map {
      try $0.original.map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(originals == [nil, lines[1], lines[2], lines[3], lines[6], nil])
    // An identifier that was left out is none.
    #expect(try store.report("email:longer@example.org") == nil, "left out")
    // All of it again: known, with the same content, kept lines too.
    let again = try take(lines, in: store)
    #expect(
      again == [
        "duplicate", "duplicate", "duplicate", "duplicate", "unplanned_event ",
        "plan_violation userId: type", "duplicate", "duplicate",
      ])
    #expect(try take([lines[1].replacing("much", with: "more")], in: store) == ["conflict"])
    // The same plan on the same events, as they were sent, those that it quarantines among them.
    let check = try store.checkTracking(Self.plan, file: "plan")
    #expect(check.events == 8 && check.affected == 6 && check.kept == 2)
    // Each event is counted once, however often it is sent, and whatever reads the log again.
    #expect(try store.snapshot().stats().omitted == 4)
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash && store.snapshot().stats().omitted == 4)
    #expect(store.verify(replay: true).isSound)
    try store.close()
    let opened = try Store.open(at: directory.store)
    #expect(try opened.snapshot().stats().omitted == 4)
    _ = try opened.apply(IdentityRulesFile.read("identifiers: [user_id]", file: "rules.yaml"))
    #expect(
      try opened.snapshot().stats().omitted == 4, "other rules fold the log from its beginning")
    try opened.close()
  }

  /// What is left without its only identifier is not an event: then all of it is kept.
  @Test func whatIsNoEventWithoutWhatIsLeftOutIsKeptWhole() throws {
    let directory = TemporaryDirectory()
    let store = try store(in: directory, Self.plan)
    let line =
      #"{"type":"identify","messageId":"7","traits":{"email":"longer@example.org","name":"n"}}"#
    #expect(try take([line], in: store) == ["missing_identifier "])
    let entry = try store.snapshot().quarantined(store.lastSequence)
    #expect(String(decoding: entry.line, as: UTF8.self) == line)
    #expect(try store.applyTracking("", file: "plan"))
    #expect(try store.redrive().accepted == 1)
    #expect(try store.report("email:longer@example.org") != nil)
    #expect(store.verify(replay: true).isSound)
    try store.close()
  }

  @Test func aSourceMayHaveItsOwnSettings() throws {
    let directory = TemporaryDirectory()
    let store = try store(in: directory, Self.plan)
    let found = try take(
      [
        Self.order("1", #""id":5,"x":1"#), Self.order("2", #""id":"a","x":1"#),
        #"{"type":"track","event":"Other","messageId":"5","userId":"u"}"#,
      ], in: store, source: "shop")
    #expect(found == ["plan_blocked properties.id: type", "accepted", "accepted"])
    let events = try #require(try store.report("user_id:u")).events
    #expect(try events.allSatisfy { try $0.original == nil })
    try store.close()
  }

  /// The plan is repaired, and what it quarantined comes in, at the time it came first.
  @Test func whatWasBlockedCanBeDrivenAgain() throws {
    let directory = TemporaryDirectory()
    let store = try store(in: directory, "unplanned_events: block\n")
    let bare = #"{"type":"track","event":"New","userId":"u","properties":{"n":1}}"#
    let lines = [
      #"{ "event":"New", "type":"track","messageId":"1","userId":"u" }"#, bare, bare,
      #"{"type":"track","event":"Newer","messageId":"2","userId":"u"}"#,
    ]
    let blocked = Array(repeating: "unplanned_event ", count: 4)
    #expect(try take(lines, in: store) == blocked)
    #expect(try take(lines, in: store) == blocked)
    #expect(try store.snapshot().stats().quarantined == 4)
    // Shown without the ids that were made for those sent without one.
    var shown: [String] = []
    try store.snapshot().visitQuarantine { shown.append(String(decoding: $0.line, as: UTF8.self)) }
    let first = #"{"type":"track","event":"New","messageId":"1","userId":"u"}"#
    #expect(shown == [first, bare, bare, lines[3]])
    #expect(try store.redrive().quarantined == 4)
    #expect(try store.applyTracking("unplanned_events: block\nevents: {New: {}}\n", file: "plan"))
    #expect(try !store.applyTracking("unplanned_events: block\nevents: {New: {}}\n", file: "plan"))
    let counts = try store.redrive()
    #expect(counts.accepted == 3 && counts.quarantined == 1)
    #expect(try store.report("user_id:u")?.trait("seen") == .count(3))
    // Events without an id are still the same ones.
    #expect(
      try take(lines, in: store) == ["duplicate", "duplicate", "duplicate", "unplanned_event "])
    #expect(try store.applyTracking("", file: "plan"))
    #expect(try take(Array(lines[3...]), in: store) == ["accepted"])
    #expect(try store.redrive().duplicates == 1)
    #expect(try store.snapshot().stats().quarantined == 0)
    #expect(store.verify(replay: true).isSound)
    let hash = try store.snapshot().stateHash()
    try store.close()
    let opened = try Store.open(at: directory.store)
    #expect(try opened.snapshot().stateHash() == hash)
    try opened.close()
  }

  @Test func aPlanIsTriedOnTheHistory() throws {
    let directory = TemporaryDirectory()
    let store = try store(in: directory, "")
    var lines = (0..<8).map { Self.order("\($0)", #""id":"a","revenue":\#($0)"#) }
    lines += [
      Self.order("8", #""revenue":"x","y":1"#), Self.order("9", #""id":1"#),
      #"{"type":"track","event":"Other","messageId":"10","userId":"u"}"#,
      #"{"type":"page","messageId":"11","userId":"u"}"#,
    ]
    #expect(try take(lines, in: store).allSatisfy { $0 == "accepted" })
    let records = store.lastSequence
    let report = try store.checkTracking(
      Self.plan.replacing("violations: omit", with: "violations: quarantine"), file: "plan")
    #expect(report.events == 12 && report.affected == 3 && report.kept == 3)
    #expect(
      report.entries.map { "\($0.event) \($0.rule) \($0.action) \($0.count)/\($0.total)" } == [
        "Order Completed properties.id: required quarantine 1/10",
        "Order Completed properties.id: type quarantine 1/10",
        "Order Completed properties.revenue: type quarantine 1/10",
        "Order Completed properties.y: unplanned omit 1/10", "Other unplanned event block 1/1",
      ])
    #expect(store.lastSequence == records)
    #expect(
      try store.checkTracking(Self.plan, file: "plan", from: instant("2026-03-02T00:00:00Z")).events
        == 0)
    try store.close()
  }

  @Test func aPlanInJSONIsTheSame() throws {
    let directory = TemporaryDirectory()
    let store = try store(
      in: directory,
      #"{"events":{"Order Completed":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"properties":{"type":"object","required":["id"],"properties":{"id":{"type":"string","enum":["5"]}}}}}}}"#
    )
    let lines = [Self.order("1", #""id":"5""#), Self.order("2", #""id":5"#), Self.order("3", "")]
    #expect(
      try take(lines, in: store) == [
        "accepted", "plan_violation properties.id: type", "plan_violation properties.id: required",
      ])
    try store.close()
  }
}
