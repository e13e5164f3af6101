import Bytes
import Events
import StorageSimulation
import Testing

@testable import Profiles

@Suite struct EventPredicateTests {
  static let event = """
    "event":"Order Completed","groupId":"g1","anonymousId":42,"properties":{
      "revenue":49.99,"quoted":"49.99","big":123456789012345678901234567890,"fine":0.12345678901234,
      "tiny":-1e-30,"huge":-1e400,"sku":"A-1","n":7,"yes":true,"no":false,"nothing":null,
      "tags":["new",3,true],"items":[{"sku":"A"}],"nested":{"deep":{"x":1}},"empty":"",
      "when":"2026-01-02T03:04:05.678Z","id":"0a1b2c3d-0000-4000-8000-000000000001","word":"naïve",
      "an odd \\"key\\"":1},"context":{"page":{"path":"/dermatology/acne"}}
    """

  @Test(
    "conditions over one event",
    arguments: [
      // Numbers, and texts that spell them.
      ("properties.revenue = 49.99", true), ("properties.revenue = 49.990", true),
      ("properties.revenue > 49.98", true), ("properties.revenue >= 49.99", true),
      ("properties.revenue > 49.99", false), ("properties.revenue < 50", true),
      ("properties.revenue <= 49.98", false), ("properties.revenue != 49.99", false),
      ("properties.quoted = 49.99", true), ("properties.quoted > 50", false),
      ("properties.sku > 1", false), ("properties.sku != 1", true),
      ("properties.revenue in [1, 49.99]", true), ("properties.quoted in [49.99]", true),
      // Numbers that are not exact decimals still compare exactly.
      ("properties.big > 99", true), ("properties.big = 1", false), ("properties.big < 99", false),
      ("properties.fine > 0.123456789", true), ("properties.fine < 0.12345679", true),
      ("properties.fine = 0.123456789", false), ("properties.fine != 0.123456789", true),
      ("properties.tiny < 0", true), ("properties.tiny > -0.000000001", true),
      ("properties.tiny = 0", false), ("properties.huge < -99999999", true),
      ("properties.huge > 1", false),
      // Texts.
      ("properties.sku = \"A-1\"", true), ("properties.sku = \"a-1\"", false),
      ("properties.sku != \"B\"", true), ("properties.sku > \"A\"", true),
      ("properties.sku < \"A-10\"", true), ("properties.sku >= \"A-1\"", true),
      ("properties.sku in [\"x\", \"A-1\"]", true), ("properties.sku in [\"x\"]", false),
      ("properties.n = \"7\"", true), ("properties.n != \"7\"", false),
      ("properties.n > \"6\"", false), ("properties.empty = \"\"", true),
      ("properties.when >= \"2026-01-02\"", true),
      ("properties.when contains \"04:05.678Z\"", true),
      ("properties.id = \"0a1b2c3d-0000-4000-8000-000000000001\"", true),
      ("properties.word contains \"ï\"", true), ("properties.'an odd \"key\"' = 1", true),
      ("context.page.path contains \"dermatology\"", true),
      ("context.page.path contains \"\"", true), ("context.page.path contains \"acne/\"", false),
      // Beginnings, ends and patterns.
      ("properties.sku starts_with \"A-\"", true), ("properties.sku starts_with \"a\"", false),
      ("properties.sku ends_with \"-1\"", true), ("properties.sku ends_with \"XA-1\"", false),
      ("properties.revenue starts_with \"49.\"", true),
      ("properties.tags starts_with \"n\"", false),
      ("properties.none starts_with \"\"", false), ("event ends_with \"Completed\"", true),
      ("match(context.page.path, \"/derm*/*\")", true),
      ("match(context.page.path, \"/derm\")", false),
      ("match(event, \"Order *\")", true), ("match(properties.word, \"na?ve\")", true),
      ("match(properties.word, \"na[h-ï]ve\")", true),
      ("match(properties.word, \"na[!ï]ve\")", false),
      ("match(properties.sku, \"[A-Z]-[0-9]\")", true),
      ("match(properties.sku, \"A\\\\-1\")", true),
      ("match(properties.sku, \"\\\\*\")", false), ("match(properties.yes, \"*\")", false),
      // Functions.
      ("lowercase(properties.sku) = \"a-1\"", true),
      ("lowercase(properties.word) = \"naïve\"", true),
      ("uppercase(properties.word) = \"NAÏVE\"", true), ("length(properties.word) = 5", true),
      ("length(properties.tags) = 3", true), ("length(properties.n) = 1", false),
      ("length(properties.nested) > 0", false), ("length(properties.empty) < 1", true),
      ("snakecase(event) = \"order_completed\"", true), ("lowercase(properties.n) = 7", true),
      ("kebabcase(event) in [\"order-completed\"]", true),
      ("lowercase(properties.none) != \"x\"", false),
      ("titlecase(snakecase(event)) = \"Order Completed\"", true),
      ("length(snakecase(event)) = 15", true), ("match(lowercase(event), \"order*\")", true),
      ("lowercase(type) = \"track\"", true), ("uppercase(event) contains \"ORDER\"", true),
      // True and false.
      ("properties.yes = true", true), ("properties.yes = false", false),
      ("properties.yes != false", true), ("properties.no = false", true),
      ("properties.yes = \"true\"", false), ("properties.sku = true", false),
      ("properties.sku != true", true),
      // Lists and objects.
      ("properties.tags contains \"new\"", true), ("properties.tags contains 3", true),
      ("properties.tags contains true", true), ("properties.tags contains \"ne\"", false),
      ("properties.tags = \"new\"", false), ("properties.nested.deep.x = 1", true),
      ("properties.nested = 1", false), ("properties.nested != 1", true),
      ("properties.n contains 7", false),
      // Nothing there: no comparison holds.
      ("properties.none = 1", false), ("properties.none != 1", false),
      ("properties.none in [1]", false), ("properties.none contains \"\"", false),
      ("not properties.none = 1", true), ("properties.nothing != 1", false),
      ("properties.none.deeper != 1", false), ("properties.sku.deeper != 1", false),
      ("exists(properties.none)", false), ("exists(properties.nothing)", false),
      ("exists(properties.no)", true), ("exists(properties.empty)", true),
      ("properties.nothing = null", true), ("properties.none = null", true),
      ("properties.sku != null", true), ("properties.sku = null", false),
      // Fields of the event itself.
      ("event = \"Order Completed\"", true), ("event contains \"Refund\"", false),
      ("type = \"track\"", true), ("type in [\"page\", \"screen\"]", false),
      ("userId = \"u\"", true), ("anonymousId = 42", true), ("anonymousId = \"42\"", true),
      ("groupId = \"g1\"", true), ("exists(event)", true), ("exists(previousId)", false),
      // And, or, not.
      ("properties.n = 7 and properties.yes = true", true),
      ("properties.n = 8 and properties.yes = true or type = \"track\"", true),
      ("properties.n = 8 and (properties.yes = true or type = \"track\")", false),
      ("not (properties.n = 7 and properties.no = true) and not type = \"page\"", true),
      ("!exists(properties.none) or properties.n = 8", true),
    ])
  func condition(text: String, expected: Bool) throws {
    let events = TestEvents()
    let payload = try events.payload(Self.event)
    let predicate = try EventPredicate(EventCondition(parsing: text), names: events.symbols)
    #expect(try predicate.matches(EventView(payload.span.bytes)) == expected)
    // The same as a question, to a store that has other keys than those of the condition.
    let others = TestEvents()
    let other = try others.payload(Self.event)
    let count = others.symbols.count
    let question = EventPredicate(asking: try EventCondition(parsing: text), names: others.symbols)
    #expect(try question.matches(EventView(other.span.bytes)) == expected)
    #expect(others.symbols.count == count && question.isKnown == (events.symbols.count == count))
  }

  @Test("a compiled condition agrees with a walk over its tree")
  func programs() throws {
    for seed in UInt64(1)...500 {
      var random = SeededRandom(seed)
      let expression = random.expression(depth: 5) { $0.chance(50) }
      let program = BooleanProgram(expression)
      var answers: [Bool] = []
      expression.forEachTest { answers.append($0) }
      var (place, result, asked) = (0, true, -1)
      while let test = program.next(&place, &result) {
        #expect(test > asked, "each test is asked once, in order")
        asked = test
        result = answers[test]
      }
      #expect(result == value(expression), "seed \(seed)")
    }
  }

  private func value(_ expression: BooleanExpression<Bool>) -> Bool {
    switch expression {
    case .test(let test): test
    case .not(let part): !value(part)
    case .and(let parts): parts.allSatisfy { value($0) }
    case .or(let parts): parts.contains { value($0) }
    }
  }

  @Test(
    "numbers of any length compare exactly",
    arguments: [
      ("0.1234567891", "0.123456789", ValueOrder.greater), ("-0.1234567891", "-0.123456789", .less),
      ("0.1234567891", "0.12345679", .less), ("-0.1234567891", "-0.12345679", .greater),
      ("1e-100000", "0", .greater), ("-1e-99", "0", .less), ("-1e-99", "-0.000000001", .greater),
      ("1e99999999999", "170141183460469231731687303715", .greater),
      ("-1e39", "0", .less),
      ("12345678901234567890123456789012345678901234567890.5", "1", .greater),
      ("12345678901.00000000001e-2", "123456789.01", .greater), ("1.50", "1.5", .equal),
      ("0.00000000011e1", "0.000000001", .greater), ("12300e-11", "0.000000123", .equal),
    ])
  func decimals(text: String, other: String, order: ValueOrder) throws {
    guard case .exact(let number) = FixedDecimal.read(other) else {
      Issue.record("no decimal")
      return
    }
    let bytes = Array(text.utf8)
    #expect(DecimalOrder.of(bytes.span.bytes, number) == order)
  }
}

@Suite struct AggregatePlanTests {
  private func amount(_ aggregate: String, _ members: String) throws -> CellAmount? {
    let events = TestEvents()
    let payload = try events.payload(members)
    let plan = try AggregatePlan(Aggregate(parsing: aggregate), names: events.symbols)
    let view = try EventView(payload.span.bytes)
    return try plan.matches(view) ? plan.amount(of: view) : nil
  }

  @Test("events match by name and condition")
  func matching() throws {
    let event = "\"event\":\"A\",\"properties\":{\"x\":1}"
    #expect(try amount("count(\"A\")", event) == CellAmount.none)
    #expect(try amount("count([\"B\", \"A\"])", event) == CellAmount.none)
    #expect(try amount("count(*)", event) == CellAmount.none)
    #expect(try amount("count(\"B\")", event) == nil)
    #expect(try amount("count(\"A\" where properties.x = 2)", event) == nil)
    #expect(try amount("count(* where properties.x = 1)", event) == CellAmount.none)
  }

  @Test(
    "sums take exact decimals with their currency",
    arguments: [
      ("11.77", "\"usd\"", "11.77", "USD"), ("\"11.77\"", "\"EUR\"", "11.77", "EUR"),
      ("-5", "null", "-5", ""), ("1e2", nil, "100", ""),
    ])
  func sums(value: String, currency: String?, amount text: String, code: String) throws {
    let event =
      "\"event\":\"A\",\"properties\":{\"v\":\(value)\(currency.map { ",\"c\":\($0)" } ?? "")}"
    let result = try amount("sum(\"A\", properties.v, currency: properties.c)", event)
    guard case .exact(let number) = FixedDecimal.read(text) else { return }
    #expect(result == .decimal(number, CurrencyCode(code) ?? .none))
    #expect(try amount("sum(\"A\", properties.v)", event) == .decimal(number, .none))
    let yen = try #require(CurrencyCode("JPY"))
    let constant = try amount("sum(\"A\", properties.v, currency: \"JPY\")", event)
    #expect(constant == .decimal(number, yen))
  }

  @Test(
    "what cannot be added is skipped, what is not there is ignored",
    arguments: [
      ("\"v\":\"many\",\"c\":\"USD\"", CellAmount.skipped), ("\"v\":true", .skipped),
      ("\"v\":[1]", .skipped), ("\"v\":1e40", .skipped), ("\"v\":\"1e40\"", .skipped),
      ("\"v\":1,\"c\":\"dollar\"", .skipped), ("\"v\":1,\"c\":7", .skipped),
      ("\"v\":null,\"c\":\"USD\"", .none), ("\"c\":\"USD\"", .none),
    ])
  func skipped(members: String, expected: CellAmount) throws {
    let event = "\"event\":\"A\",\"properties\":{\(members)}"
    #expect(try amount("sum(\"A\", properties.v, currency: properties.c)", event) == expected)
  }

  @Test(
    "sums round what has more digits, and count it; least and greatest are exact",
    arguments: ["183.60000000000002", "\"183.60000000000002\""])
  func rounding(value: String) throws {
    let event = "\"event\":\"A\",\"properties\":{\"v\":\(value)}"
    let rounded = CellAmount.rounded(FixedDecimal(mantissa: 183_600_000_000), .none)
    #expect(try amount("sum(\"A\", properties.v)", event) == rounded)
    #expect(try amount("avg(\"A\", properties.v)", event) == rounded)
    for function in ["min", "max"] {
      guard case .exact(let number, .none) = try amount("\(function)(\"A\", properties.v)", event)
      else {
        Issue.record("not exact")
        continue
      }
      #expect(number.description == "183.60000000000002")
    }
    let least = "\"event\":\"A\",\"properties\":{\"v\":1e-40}"
    #expect(try amount("min(\"A\", properties.v)", least) == .skipped)
    #expect(try amount("sum(\"A\", properties.v)", least) == .rounded(.zero, .none))
  }

  @Test(
    "a known trait is replaced as a whole",
    arguments: [
      (#""address":{"city":"Berlin"}"#, CellAmount.value(.string(Array("Berlin".utf8)))),
      (#""address":{"zip":"1"}"#, .value(.unset)), (#""address":{"city":null}"#, .value(.unset)),
      (#""address":null"#, .value(.unset)), (#""address":"Berlin""#, .value(.unset)),
      (#""address":["Berlin"]"#, .value(.unset)), (#""city":"Berlin""#, .none),
    ])
  func knownTraits(traits: String, expected: CellAmount) throws {
    let events = TestEvents()
    let payload = try events.payload("\"event\":\"A\",\"traits\":{\(traits)}")
    let known = Aggregate.known(PropertyPath(["traits", "address", "city"]), ofAccount: false)
    let plan = try AggregatePlan(known, names: events.symbols)
    #expect(try plan.amount(of: try EventView(payload.span.bytes)) == expected)
  }

  @Test(
    "first and last keep values of every type",
    arguments: [
      ("\"text\"", FieldValue.string(Array("text".utf8))), ("1.50", .number(Array("1.50".utf8))),
      ("12345678901234567890", .number(Array("12345678901234567890".utf8))),
      ("true", .bool(true)), ("[1,{\"a\":null}]", .json(Array("[1,{\"a\":null}]".utf8))),
      ("\"2026-01-02T03:04:05.678Z\"", .string(Array("2026-01-02T03:04:05.678Z".utf8))),
    ])
  func values(json: String, expected: FieldValue) throws {
    let event = "\"event\":\"A\",\"properties\":{\"v\":\(json)}"
    #expect(try amount("first(\"A\", properties.v)", event) == .value(expected))
    #expect(try amount("last(*, properties.v)", event) == .value(expected))
    #expect(try amount("last(*, properties.w)", event) == CellAmount.none)
    #expect(try amount("last(*, event)", event) == .value(.string([0x41])))
    var writer = ByteWriter()
    expected.encode(to: &writer)
    #expect(writer.count == expected.encodedByteCount)
    #expect(try FieldValue(decoding: writer.bytes.span.bytes) == expected)
  }

  @Test func aTableThatSendersFilledTakesDefinitions() throws {
    var limits = SymbolTable.Limits()
    limits.symbolsMax = WellKnownSymbol.allCases.count
    limits.nameBytesMax = 0
    let events = TestEvents(symbols: SymbolTable(limits: limits))
    #expect(events.symbols.intern("revenue") == nil)
    let aggregate = try Aggregate(
      parsing: #"sum(["Order", "Refund"] where context.page = "x", properties.net, "#
        + "currency: properties.unit)")
    let plan = try AggregatePlan(aggregate, names: events.symbols)
    let payload = try events.payload(
      #""event":"Order","properties":{"net":5,"unit":"EUR"},"context":{"page":"x"}"#)
    let view = try EventView(payload.span.bytes)
    #expect(try plan.matches(view))
    #expect(try plan.amount(of: view) == .decimal(FixedDecimal(5), #require(CurrencyCode("EUR"))))
  }

  @Test("a name that cannot be a symbol is an error, not a rule that never matches")
  func tooLong() throws {
    let name = String(repeating: "x", count: 257)
    for text in ["count(\"\(name)\")", "count(* where properties.\(name) = 1)"] {
      let aggregate = try Aggregate(parsing: text)
      #expect(throws: LanguageError.self) {
        try AggregatePlan(aggregate, names: TestEvents().symbols)
      }
    }
  }
}
