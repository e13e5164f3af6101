import Bytes
import Profiles
import StorageSimulation
import Testing

@testable import Audiences

private let day = Milliseconds.days(1).value

private func days(_ count: Int64) -> Timestamp { Timestamp(milliseconds: count * day) }

private func order(_ revenue: String, _ currency: String = "USD") -> String {
  "\"event\":\"Order Completed\",\"properties\":{\"revenue\":\(revenue),\"currency\":\"\(currency)\"}"
}

private func named(_ name: String, _ properties: String = "{}") -> String {
  "\"event\":\"\(name)\",\"properties\":\(properties)"
}

@Suite struct ExpressionTests {
  private func sample() throws -> DefinitionSet {
    var set = DefinitionSet()
    try set.apply([
      .defineTrait(
        "spent", "sum(\"Order Completed\", properties.revenue, currency: properties.currency)"),
      .defineTrait("plain", "sum(\"Order Completed\", properties.revenue)"),
      .defineTrait("orders", "count(\"Order Completed\")"),
      .defineTrait("logins", "count(\"Signed In\")"),
      .defineTrait("plan", "last(\"Plan Changed\", properties.plan)"),
      .defineTrait("seats", "last(\"Plan Changed\", properties.seats)"),
      .defineTrait("age", "time_since_first(*)"),
    ])
    return set
  }

  private func filled(_ set: DefinitionSet) throws -> ProfileFold {
    var fold = try ProfileFold(set)
    try fold.take(order("10.50"), at: days(1), received: days(1))
    try fold.take(order("100"), at: days(2), received: days(2))
    try fold.take(order("7", "EUR"), at: days(3), received: days(3))
    try fold.take(
      named("Plan Changed", "{\"plan\":\"Pro Team\",\"seats\":\"12\"}"), at: days(4),
      received: days(4))
    return fold
  }

  @Test(
    "formulas come to their exact values",
    arguments: [
      ("plain / orders", "39.166666667"), ("orders / 8", "0.375"), ("plain - 17.5", "100"),
      ("-plain * 2", "-235"), ("(1 + 2) * 3 - 4 / 2", "7"), ("1 / 3 * 3", "0.999999999"),
      ("orders / logins", "-"), ("0.000000001 / 2", "0"), ("0.000000003 / 2", "0.000000002"),
      ("round(plain)", "118"), ("round(2.5) + round(3.5)", "6"), ("abs(2 - 5)", "3"),
      ("min(orders, 2, 5)", "2"), ("max(orders, plain)", "117.5"), ("seats * 2", "24"),
      ("coalesce(logins / 0, 9)", "9"), ("if(orders >= 3, 1, 2)", "1"),
      ("if(plan = \"x\", orders, seats)", "12"), ("length(plan)", "8"),
      ("amount(spent, \"USD\")", "110.5"), ("amount(spent, \"USD\") / orders", "36.833333333"),
      ("amount(spent * 2 - 20 USD, \"USD\")", "201"),
      ("170000000000000000000000000000 * 2", "-"),
      ("spent / 4", "1.75 EUR 27.625 USD"), ("spent - 1 EUR", "6 EUR 110.5 USD"),
      ("upper_plan", "PRO TEAM"), ("stage(big: orders > 5, some: orders > 2, few: true)", "some"),
      ("stage(big: orders > 5)", "-"), ("exp(0) + ln(1)", "1.0"),
      ("time_since_last(\"Plan Changed\")", "86400000 ms"), ("age / 1d", "4.0"),
      ("age - 12h", "302400000 ms"), ("2 * 30m", "3600000 ms"), ("orders > 2", "true"),
    ])
  func formulas(text: String, expected: String) throws {
    var set = try sample()
    try set.define(trait: "upper_plan", "uppercase(plan)")
    try set.define(trait: "x", text)
    let result = try #require(try filled(set).result("x", at: days(5)))
    #expect(result.text == expected)
  }

  @Test("comparisons between expressions, and tests of values")
  func comparisons() throws {
    let cases: [(String, Bool)] = [
      ("logins < orders", true), ("orders = seats", false), ("seats = 4 * orders", true),
      ("plain > 10 * seats", false), ("3 <= orders", true), ("\"Pro Team\" = plan", true),
      ("plan = lowercase(plan)", false), ("lowercase(plan) contains \"team\"", true),
      ("match(plan, \"Pro*\")", true), ("match(plan, \"?ro T*m\")", true),
      ("match(plan, \"[A-P]ro*\")", true), ("match(plan, \"[!P]ro*\")", false),
      ("match(plan, \"Pro\\\\*\")", false), ("match(plan, \"\\\\Pro T?am\")", true),
      ("match(plan, \"pro*\")", false), ("plan in [\"Free\", \"Pro Team\"]", true),
      ("(orders > 2) = (logins = 0)", true), ("exists(orders / logins)", false),
      ("orders / logins > 0 or not orders / logins > 0", true),
      ("spent - 100 USD > 10 USD", true), ("spent > 110.5 USD", false),
      ("amount(spent, \"EUR\") < amount(spent, \"USD\")", true),
      ("age >= 4d", true), ("age > 4d", false), ("age * 2 > 7d and age / 2 <= 2d", true),
      ("bucket(\"a\") >= 0 and bucket(\"a\") < 10000", true),
      ("coalesce(plan, \"none\") = \"Pro Team\"", true), ("member(\"rich\")", true),
      ("not member(\"rich\")", false), ("if(orders > 2, plan, \"x\") = \"Pro Team\"", true),
    ]
    var set = try sample()
    try set.define(audience: "rich", "spent > 100 USD")
    for (index, (text, _)) in cases.enumerated() { try set.define(audience: "c\(index)", text) }
    let fold = try filled(set)
    for (index, (text, expected)) in cases.enumerated() {
      #expect(try fold.isMember("c\(index)", at: days(5)) == expected, "\(text)")
    }
  }

  @Test(
    "what does not fit is refused, with its place",
    arguments: [
      ("orders + \"a\" > 1", 1, 10, "'+' cannot be used with this constant"),
      ("orders + spent > 1", 1, 10, "'+' cannot be applied to this count and this sum"),
      ("orders + 1", 1, 1, "this number is neither true nor false"),
      ("age > 5", 1, 7, "'>' cannot compare this duration with 5"),
      ("age = 5d", 1, 1, "is equal to another only for an instant; use >= or <"),
      (
        "age > time_since_last(\"A\")", 1, 1,
        "both sides change with time, so the next change cannot be determined"
      ),
      ("orders / (age / 1d) > 1", 1, 11, "the divisor changes with time"),
      ("spent > spent", 1, 1, "two sums with currencies are compared in one of them"),
      ("spent - 1 USD > 1 EUR", 1, 17, ""),
      ("spent * 2 USD > 1 EUR", 1, 9, "'*' cannot be applied to"),
      ("any member(orders > 1)", 1, 1, "use it under 'accounts:'"),
      ("member(\"nobody\")", 1, 1, "there is no audience 'nobody'"),
      ("if(orders, 1, 2) > 1", 1, 4, "this count is neither true nor false"),
      ("coalesce(orders, age) > 1", 1, 18, "the values are of different types"),
      ("min(orders, plan, age) > 1", 1, 1, ""),
      ("match(orders, \"a\")", 1, 7, "'match' takes a value of an event"),
      ("amount(orders, \"USD\") > 1", 1, 8, "'amount' takes a sum with currencies"),
      ("abs() > 1", 1, 5, "expected an aggregate"),
      ("abs(1, 2) > 1", 1, 1, "'abs' takes 1 values and not 2"),
      ("stage(a: orders > 1, a: true) = \"a\"", 1, 22, "the stage 'a' occurs twice"),
      ("at least 0 members(true)", 1, 10, "expected a whole number from 1"),
    ])
  func refusals(text: String, line: Int, column: Int, message: String) throws {
    var set = try sample()
    guard !message.isEmpty else { return }
    let error = #expect(throws: InvalidDefinition.self) { try set.define(audience: "x", text) }
    #expect(error?.error.position == SourcePosition(line: line, column: column))
    #expect(error?.error.message.contains(message) ?? false, "\(error?.description ?? "")")
  }

  @Test(
    "the value of members that can rise and fall by itself is refused",
    arguments: ["sum", "avg", "max", "min"])
  func unpredictableMembers(quantity: String) throws {
    var set = try sample()
    let score = #"score({"A": 10, "B": -1}, half_life: 14d)"#
    let error = #expect(throws: InvalidDefinition.self) {
      try set.apply([.defineAudience("x", "\(quantity) over members(\(score)) > 1", of: .account)])
    }
    #expect(
      error?.error.message.contains("cannot be determined") ?? false, "\(error?.description ?? "")")
    try set.apply([.defineAudience("x", "any member(\(score) > 1)", of: .account)])
  }

  @Test("a definition cannot use itself, however far round")
  func cycles() throws {
    var set = try sample()
    let error = #expect(throws: InvalidDefinition.self) {
      try set.apply([
        .defineTrait("a", "b + 1"), .defineTrait("b", "c * 2"), .defineTrait("c", "orders - a"),
      ])
    }
    #expect(
      error?.description
        == "trait 'a', line 1, column 1: a definition cannot use itself: the trait a, which uses "
        + "the trait b, which uses the trait c, which uses the trait a")
    let audience = #expect(throws: InvalidDefinition.self) {
      try set.define(audience: "x", "orders > 1 and not member(\"x\")")
    }
    #expect(audience?.error.position == SourcePosition(line: 1, column: 20))
    #expect(set.audiences.isEmpty && set.traits.count == 7)
  }

  @Test("definitions that double one another are refused before they fill memory")
  func explosion() throws {
    var set = try sample()
    var changes = [DefinitionChange.defineTrait("t0", "orders + orders")]
    for index in 1...40 {
      changes.append(.defineTrait("t\(index)", "t\(index - 1) + t\(index - 1)"))
    }
    let error = #expect(throws: InvalidDefinition.self) { try set.apply(changes) }
    #expect(error?.error.message.contains("simplify it") ?? false)
  }
}

extension TraitResult {
  /// The value as text, for expectations.
  var text: String {
    switch self {
    case .aggregate(let value): "aggregate of \(value.count)"
    case .number(let number): number?.description ?? "-"
    case .score(let score): score?.description ?? "-"
    case .money(let amounts):
      amounts.map { "\($0.amount?.description ?? "-") \($0.currency)" }.joined(separator: " ")
    case .moment(let instant): instant?.description ?? "-"
    case .duration(let length): length.map { "\($0.value) ms" } ?? "-"
    case .value(let value): value?.description ?? "-"
    case .list(let values): values.map(\.description).joined(separator: " ")
    case .truth(let value): String(value)
    }
  }
}
