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

@Suite struct EvaluationTests {
  @Test("A7: two orders of at least 50 in the last 30 days, to the millisecond")
  func window() throws {
    let condition = "\"Order Completed\" where properties.revenue >= 50, last 30d"
    var set = DefinitionSet()
    try set.define(audience: "repeat", "count(\(condition)) >= 2")
    try set.define(audience: "others", "not count(\(condition)) >= 2")
    var fold = try ProfileFold(set)
    let now = days(100)
    #expect(try fold.isMember("others", at: now), "without any event at all")
    for age in [31, 29, 1] as [Int64] {
      try fold.take(order("50"), at: days(100 - age), received: days(100 - age))
    }
    try fold.take(order("49.99"), at: days(99), received: days(99))
    fold.tick(now)
    #expect(try fold.isMember("repeat", at: now))
    #expect(try !fold.isMember("others", at: now))
    // The one of day 71 is in the window up to, but not at, the instant it turns 30 days old.
    let end = days(101)
    #expect(try fold.nextChange("repeat", after: now) == end)
    #expect(try fold.isMember("repeat", at: end - Milliseconds(1)))
    #expect(try !fold.isMember("repeat", at: end))
    #expect(try fold.isMember("others", at: end))
    // A late event of two days before makes it stay.
    try fold.take(order("50"), at: days(98), received: now)
    #expect(try fold.isMember("repeat", at: end))
    #expect(try fold.isMember("repeat", at: days(128) - Milliseconds(1)))
    #expect(try !fold.isMember("repeat", at: days(128)))
    // A third order lets it enter again.
    try fold.take(order("50"), at: days(128), received: days(128))
    #expect(try fold.isMember("repeat", at: days(128)))
  }

  @Test("comparisons of every kind of aggregate")
  func operators() throws {
    var set = DefinitionSet()
    try set.define(
      trait: "ltv", "sum(\"Order Completed\", properties.revenue, currency: properties.currency)")
    try set.define(trait: "plain", "sum(\"Order Completed\", properties.revenue)")
    try set.define(trait: "orders", "count(\"Order Completed\")")
    try set.define(trait: "newest", "last(\"Order Completed\", properties.revenue)")
    try set.define(trait: "oldest", "first(\"Order Completed\", properties.currency)")
    try set.define(trait: "missing", "last(\"Never\", properties.x)")
    let cases: [(String, Bool)] = [
      ("ltv > 100 USD", true), ("ltv > 110.5 USD", false), ("ltv = 110.50 USD", true),
      ("ltv >= 7 EUR", true), ("ltv > 7 EUR", false), ("ltv = 0 JPY", true), ("ltv < 1 JPY", true),
      ("ltv in [1 USD, 7 EUR]", true), ("ltv in [7 USD]", false), ("exists(ltv)", true),
      ("plain = 117.5", true), ("plain != 117.5", false), ("plain in [117.5]", true),
      ("orders = 3", true), ("orders in [1, 2]", false), ("orders <= 2.999", false),
      ("exists(orders)", true), ("count(\"Never\") = 0", true), ("exists(missing)", false),
      ("not exists(missing)", true), ("missing != \"x\"", false), ("missing = null", true),
      ("newest = 10.5", true), ("newest >= 10.6", false), ("newest in [1, 10.50]", true),
      ("oldest = \"USD\"", true), ("oldest contains \"S\"", true), ("oldest > \"EUR\"", true),
      ("oldest in [\"EUR\"]", false), ("oldest != 5", true),
      ("performed(\"Order Completed\")", true),
      ("performed(\"Never\") or orders > 2 and not ltv > 500 USD", true),
    ]
    for (index, (text, _)) in cases.enumerated() { try set.define(audience: "c\(index)", text) }
    var fold = try ProfileFold(set)
    try fold.take(order("10.50"), at: days(3), received: days(3))
    try fold.take(order("100"), at: days(1), received: days(4))
    try fold.take(order("7", "eur"), at: days(2), received: days(5))
    for (index, (text, expected)) in cases.enumerated() {
      #expect(try fold.isMember("c\(index)", at: days(5)) == expected, "\(text)")
    }
  }

  @Test("a sum beyond every number satisfies no comparison, and says so")
  func overflow() throws {
    var set = DefinitionSet()
    try set.define(trait: "spent", "sum(\"Order Completed\", properties.revenue)")
    try set.define(audience: "much", "spent > 1")
    try set.define(audience: "little", "spent <= 1")
    var fold = try ProfileFold(set)
    for step in 1...2 as ClosedRange<Int64> {
      try fold.take(order("170000000000000000000000000000"), at: days(step), received: days(step))
    }
    #expect(try fold.value(0, days(2)).total(.none) == nil)
    #expect(try !fold.isMember("much", at: days(2)))
    #expect(try !fold.isMember("little", at: days(2)))
  }

  @Test("an event of the future counts from its own time on")
  func future() throws {
    var set = DefinitionSet()
    try set.define(audience: "buyer", "performed(\"Order Completed\")")
    var fold = try ProfileFold(set)
    try fold.take(order("1"), at: days(9), received: days(2))
    #expect(try !fold.isMember("buyer", at: days(2)))
    #expect(try fold.nextChange("buyer", after: days(2)) == days(9))
    #expect(try fold.isMember("buyer", at: days(9)))
  }

  @Test("rules over several homes agree with the same events in one home")
  func homes() throws {
    var set = DefinitionSet()
    try set.define(trait: "spent", "sum(\"Order Completed\", properties.revenue, last 5d)")
    try set.define(trait: "latest", "last(\"Order Completed\", properties.revenue, last 3d)")
    try set.define(audience: "a", "spent > 100 or count(\"Order Completed\", last 2d) >= 3")
    try set.define(audience: "b", "latest > 50 and not performed(\"Order Completed\", last 1d)")
    for seed in UInt64(1)...40 {
      var random = SeededRandom(seed)
      var (one, many) = (try ProfileFold(set), try ProfileFold(set))
      var now = days(10)
      for _ in 0..<25 {
        now = now + Milliseconds(Int64.random(in: 0...day, using: &random))
        let time = now - Milliseconds(random.pick([0, 0, day, 3 * day, -day]))
        let revenue = "\(Int.random(in: 1...90, using: &random))"
        try one.take(order(revenue), at: time, received: now)
        try many.take(order(revenue), at: time, received: now, home: random.pick([0, 1, 2]))
        for audience in ["a", "b"] {
          let (first, second) = (
            try one.isMember(audience, at: now), try many.isMember(audience, at: now, homes: 0...2)
          )
          #expect(first == second, "seed \(seed)")
        }
      }
    }
  }
}
