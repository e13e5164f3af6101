import Bytes
import Events
import Profiles
import Testing

@testable import Audiences

extension DefinitionSet {
  fileprivate func slots(ofTrait name: String) -> [Int] {
    trait(named: name).map { bound($0.program).allSlots } ?? []
  }
}

@Suite struct DefinitionSetTests {
  private func sample() throws -> DefinitionSet {
    var set = DefinitionSet()
    try set.define(
      trait: "ltv", "sum(\"Order Completed\", properties.revenue, currency: properties.currency)")
    try set.define(trait: "orders_90d", "count(\"Order Completed\", last 90d)")
    try set.define(trait: "category", "last(\"Product Viewed\", properties.category)")
    try set.define(
      audience: "big", "count(\"Order Completed\", last 90d) >= 1 and ltv > 100 USD")
    try set.define(audience: "shoes", "category = \"shoes\" and not performed(*, last 1h)")
    return set
  }

  @Test("equal aggregates share a slot, and slots follow the order of definition")
  func slots() throws {
    let set = try sample()
    #expect(set.slotCount == 4)
    #expect(["ltv", "orders_90d", "category"].map { set.slots(ofTrait: $0) } == [[0], [1], [2]])
    #expect(try set.slot(of: Aggregate(parsing: "count(*, last 60m)")) == 3)
    let big = try #require(set.audience(named: "big"))
    #expect(set.bound(big.program).slots == [1, 0])
    #expect(set.audiences.map(\.number.value) == [0, 1])
  }

  @Test("letters that look alike but differ in bytes are different")
  func exactNames() throws {
    var set = DefinitionSet()
    try set.define(trait: "composed", "count(\"caf\u{E9}\")")
    try set.define(trait: "decomposed", "count(\"cafe\u{301}\")")
    try set.define(trait: "both", "count([\"cafe\u{301}\", \"caf\u{E9}\"])")
    #expect(set.slotCount == 3)
    guard case .names(let names)? = set.aggregate(ofSlot: 2)?.events else { return }
    #expect(names.map(\.utf8.count) == [6, 5])
  }

  @Test("a retired slot is never used again; a redefined audience keeps its number")
  func retirement() throws {
    var set = try sample()
    try set.remove(audience: "shoes")
    #expect(set.aggregate(ofSlot: 3) == nil)
    #expect(set.aggregate(ofSlot: 2) != nil, "the trait still uses it")
    try set.define(audience: "big", "ltv > 200 USD")
    #expect(set.audience(named: "big")?.number == AudienceNumber(0))
    #expect(set.aggregate(ofSlot: 1) != nil, "the trait orders_90d still uses it")
    try set.define(audience: "again", "not performed(*, last 1h)")
    #expect(try set.slot(of: Aggregate(parsing: "count(*, last 1h)")) == 4)
    #expect(set.audience(named: "again")?.number == AudienceNumber(2))
    try set.define(trait: "category", "first(\"Product Viewed\", properties.category)")
    #expect(set.slots(ofTrait: "category") == [5])
    #expect(set.aggregate(ofSlot: 2) == nil)
    #expect(set.traits.map(\.name) == ["ltv", "orders_90d", "category"])
  }

  @Test("a changed trait reaches the audiences that name it")
  func redefinition() throws {
    var set = try sample()
    let before = set.bound(try #require(set.audience(named: "shoes")).program).allSlots
    try set.define(trait: "category", "first(\"Product Viewed\", properties.category)")
    let after = set.bound(try #require(set.audience(named: "shoes")).program).allSlots
    #expect(before == [2, 3] && after == [3, 4])
  }

  @Test(
    "errors name the definition and leave the set as it was",
    arguments: [
      (
        "a", "ltvv > 1 USD",
        "audience 'a', line 1, column 1: there is no trait 'ltvv'; did you mean ltv?"
      ),
      (
        "a", "performed(\"A\") and\n  ltv > 100",
        "audience 'a', line 2, column 9: a sum with currencies is compared with an amount of money, "
          + "as in 100 USD"
      ),
      (
        "a", "orders_90d >= 1 USD",
        "audience 'a', line 1, column 15: this count has no currency; compare it with a plain number "
          + "or give the sum 'currency: …'"
      ),
      (
        "a", "orders_90d = true",
        "audience 'a', line 1, column 14: '=' cannot compare this count with true"
      ),
      (
        "Big", "performed(\"A\")",
        "audience 'Big', line 1, column 1: the name is not allowed: \(DefinitionName.requirement)"
      ),
      (
        "count", "performed(\"A\")",
        "audience 'count', line 1, column 1: the name is not allowed: \(DefinitionName.requirement)"
      ),
    ])
  func errors(name: String, text: String, message: String) throws {
    var set = try sample()
    let error = #expect(throws: InvalidDefinition.self) { try set.define(audience: name, text) }
    #expect(error?.description == message)
    #expect(set.audiences.count == 2 && set.slotCount == 4)
  }

  @Test("a trait that is in use can neither go nor change its type")
  func inUse() throws {
    var set = try sample()
    let removal = #expect(throws: InvalidDefinition.self) { try set.remove(trait: "ltv") }
    #expect(
      removal?.description
        == "trait 'ltv', line 1, column 1: the audience 'big' uses it; remove that first")
    let change = #expect(throws: InvalidDefinition.self) {
      try set.define(trait: "ltv", "count(\"Order Completed\")")
    }
    #expect(change?.name == "big")
    #expect(set.trait(named: "ltv")?.type == .money)
    let missing = #expect(throws: InvalidDefinition.self) { try set.remove(audience: "shoe") }
    #expect(missing?.error.suggestion == "shoes")
    try set.remove(audience: "big")
    try set.remove(trait: "ltv")
    #expect(set.slots(ofTrait: "ltv").isEmpty)
  }

  @Test(
    "names",
    arguments: [
      ("a", true), ("a_1", true), (String(repeating: "a", count: 64), true),
      (String(repeating: "a", count: 65), false), ("", false), ("1a", false), ("_a", false),
      ("aB", false), ("é", false), ("a-b", false), ("a b", false), ("last", false), ("a\n", false),
    ])
  func names(name: String, isValid: Bool) {
    #expect(DefinitionName.isValid(name) == isValid)
  }

  @Test("the plan leads from a name to slots, and from a slot to audiences")
  func plan() throws {
    let symbols = SymbolTable()
    let plan = try EvaluationPlan(sample(), names: symbols)
    func slots(_ name: String) -> [UInt32] {
      Array(plan.slots(forEventNamed: symbols.intern(name)))
    }
    #expect(slots("Order Completed") == [0, 1, 3])
    #expect(slots("Product Viewed") == [2, 3])
    #expect(slots("Something Else") == [3])
    #expect(Array(plan.slots(forEventNamed: nil)) == [3])
    #expect((0..<4).map { plan.dependents(of: $0).map(\.index) } == [[0], [0], [1], [1]])
    #expect(plan.audiences.map(\.name) == ["big", "shoes"])
    let empty = try EvaluationPlan(DefinitionSet(), names: symbols)
    #expect(empty.slots(forEventNamed: symbols.intern("Order Completed")).isEmpty)
  }
}
