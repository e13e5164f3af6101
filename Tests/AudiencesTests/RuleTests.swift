import Bytes
import Profiles
import StorageSimulation
import Testing

@testable import Audiences

@Suite struct RuleTests {
  @Test(
    "rules print in canonical form",
    arguments: [
      (
        "count('Order Completed', last 90d)>=1 and ltv>100 USD",
        "performed(\"Order Completed\", last 90d) and ltv > 100 USD"
      ),
      (
        "count(\"Page Viewed\" where context.page.path contains \"dermatology\", last 30d) >= 2"
          + " and not performed(\"Appointment Booked\", last 30d)",
        "count(\"Page Viewed\" where context.page.path contains \"dermatology\", last 30d) >= 2"
          + " and not performed(\"Appointment Booked\", last 30d)"
      ),
      ("performed('A')", "performed(\"A\")"), ("not not performed('A')", "performed(\"A\")"),
      ("!performed(['B','A'])", "not performed([\"A\", \"B\"])"),
      ("count(*) = 0", "count(*) = 0"), ("count(*) in [1, 2.0]", "count(*) in [1, 2]"),
      ("a = 1 or b = 2 and (c = 3 or d = 4)", "a = 1 or b = 2 and (c = 3 or d = 4)"),
      ("(a = 1 or b = 2) or c != 3", "a = 1 or b = 2 or c != 3"),
      ("plan in [\"pro\", \"team\"]", "plan in [\"pro\", \"team\"]"),
      ("exists(plan) and city = null", "exists(plan) and not exists(city)"),
      ("plan != null", "exists(plan)"), ("spent > -5.50 EUR", "spent > -5.5 EUR"),
      ("last('P', properties.x) contains 'q'", "last(\"P\", properties.x) contains \"q\""),
      (
        "sum('O', properties.v, currency: 'USD') in [1 USD, 2EUR]",
        "sum(\"O\", properties.v, currency: \"USD\") in [1 USD, 2 EUR]"
      ),
    ])
  func canonical(text: String, printed: String) throws {
    let rule = try Rule(parsing: text)
    #expect(rule.description == printed)
    #expect(try Rule(parsing: printed) == rule)
  }

  @Test(
    "errors point at the place and say what to write",
    arguments: [
      (
        "", 1, 1,
        "expected an aggregate such as count(\"Order Completed\") or the name of a trait, "
          + "found the end of the text"
      ),
      (
        "performd(\"A\")", 1, 1,
        "expected one of \(ExpressionParser.functionNames.joined(separator: ", ")), "
          + "found 'performd'; did you mean performed?"
      ),
      ("performed(\"A\") > 1", 1, 18, "'>' cannot compare this condition with 1"),
      (
        "count(\"A\")", 1, 1,
        "this count is neither true nor false; compare it, as in count(\"A\") >= 1"
      ),
      (
        "ltv > 1 adn b = 2", 1, 9,
        "'adn' is neither a currency nor a unit of time; write three capital letters, as in 100 USD, or "
          + "s, m, h, d, w, seconds, minutes, hours, days or weeks; did you mean and?"
      ),
      (
        "a = \"x\" adn b = 2", 1, 9,
        "expected an operator, 'and', 'or' or the end, found 'adn'; did you mean and?"
      ),
      ("(a = 1", 1, 7, "expected ')' to close the parenthesis, found the end of the text"),
      (
        "Ltv = 1", 1, 1,
        "'Ltv' is not a name of a trait; a name has at most 64 lowercase letters, digits "
          + "and _, begins with a letter, and is not a keyword of the language"
      ),
      (
        "1 < a and ,", 1, 11,
        "expected an aggregate such as count(\"Order Completed\") or the name of a trait, "
          + "found ','"
      ),
      (
        "a = \"x\"\n  and b => 1", 2, 9, "unknown operator '=>'; did you mean >=?"
      ),
      (
        "count(\"A\") > 1 USD", 1, 14,
        "this count has no currency; compare it with a plain number or "
          + "give the sum 'currency: …'"
      ),
      ("count(\"A\") = \"x\"", 1, 14, "'=' cannot compare this count with \"x\""),
      (
        "sum(\"A\", properties.x, currency: \"USD\") > 5", 1, 43,
        "a sum with currencies is compared with an amount of money, as in 5 USD"
      ),
      ("sum(\"A\", properties.x) contains 5", 1, 33, "'contains' cannot compare this sum with 5"),
      ("last(\"A\", properties.x) > true", 1, 27, "'>' cannot compare this last with true"),
      (
        "last(\"A\", properties.x) in [\"a\", null]", 1, 34,
        "null cannot be in a list or an order; use exists(…)"
      ),
      (
        "last(\"A\", properties.x) = 5 EUR", 1, 27,
        "a value of an event has no currency; use a plain number"
      ),
      (
        "a > 5 usd", 1, 7,
        "'usd' is neither a currency nor a unit of time; write three capital letters, as in 100 USD, or "
          + "s, m, h, d, w, seconds, minutes, hours, days or weeks"
      ),
      (
        "time_since_last(\"A\") > 2 wekes", 1, 26,
        "'wekes' is neither a currency nor a unit of time; write three capital letters, as in 100 USD, or "
          + "s, m, h, d, w, seconds, minutes, hours, days or weeks; did you mean weeks?"
      ),
      (
        "performed(\"A\" where properties.x > 5 days)", 1, 38,
        "'days' is not a currency; write three capital letters, as in 100 USD"
      ),
    ])
  func errors(text: String, line: Int, column: Int, message: String) throws {
    var set = DefinitionSet()
    for name in ["a", "b", "c"] { try set.define(trait: name, "last('E', properties.x)") }
    let error = #expect(throws: InvalidDefinition.self) { try set.define(audience: "x", text) }
    #expect(error?.error.description == "line \(line), column \(column): \(message)")
  }

  @Test("printing and parsing random rules gives them back")
  func roundTrip() throws {
    for seed in UInt64(1)...1500 {
      var random = SeededRandom(seed)
      let rule = random.expression(depth: 4)
      let text = rule.description
      #expect(try Rule(parsing: text) == rule, "seed \(seed): \(text)")
    }
  }

  @Test("no text whatever makes the parser trap")
  func hostile() {
    let words = [
      "performed", "count", "(", ")", "[", "]", "\"A\"", "*", "ltv", "=", "!=", ">", "in",
      "contains",
      "not", "and", "or", "!", "-", "5", "5 USD", "last", ",", "exists", "null", "true", "1e5", "é",
      "+", "/", "30d", "time_since_last(\"A\")", "min", "if", "any member", "sum over members",
      "stage",
      "traits.plan", "member(\"a\")", ":", "at least 2 members",
    ]
    for seed in UInt64(1)...3000 {
      var random = SeededRandom(seed)
      let text = (0..<Int.random(in: 0...25, using: &random)).map { _ in random.pick(words) }
        .joined(separator: random.chance(50) ? " " : "")
      if let rule = try? Rule(parsing: text) {
        #expect((try? Rule(parsing: rule.description)) == rule, "seed \(seed): \(text)")
      }
    }
  }
}
