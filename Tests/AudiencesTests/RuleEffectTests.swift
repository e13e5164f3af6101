import Bytes
import Profiles
import StorageSimulation
import Testing

@testable import Audiences

private let day = Milliseconds.days(1).value

/// What is skipped after an event cannot have changed.
@Suite struct RuleEffectTests {
  private static let rules: [(String, RuleEffect)] = [
    ("count(\"A\", last 5d) >= 3", RuleEffect.raises), ("count(\"A\") > 9", .raises),
    ("count(\"A\") < 20", .lowers), ("count(\"A\") = 0", .lowers),
    ("count(\"A\") = 3", .either), ("performed(\"A\", last 2d)", .raises),
    ("not performed(\"A\", this month)", .lowers),
    ("performed(\"A\") and performed(\"A\", last 2d)", .raises),
    ("performed(\"A\") and not performed(\"A\", last 2d)", .either),
    ("not (performed(\"A\") or count(\"A\", 2d to 5d ago) > 1)", .lowers),
    ("count(\"A\", latest session gap 1h) > 2", .either),
    ("time_since_last(\"A\") > 45d", [.lowers, .turnsFromNothing]),
    ("time_since_last(\"A\") < 45d", .raises), ("time_since_first(\"A\") > 45d", .raises),
    ("not time_since_last(\"A\") > 45d", [.raises, .turnsFromNothing]),
    ("time_since_first(\"A\") <= 45d", [.lowers, .turnsFromNothing]),
    ("time_since_last(\"A\", last 60d) > 45d", .either),
    ("time_since_last(\"A\") / 1d > 2", .either),
    ("sum(\"A\", properties.v) > 3", .either), ("last(\"A\", properties.v) = 3", .either),
    ("if(performed(\"A\"), 1, 0) = 1", .either),
  ]

  @Test("which way an event can move a rule", arguments: rules)
  func effect(text: String, expected: RuleEffect) throws {
    var set = DefinitionSet()
    try set.define(audience: "x", text)
    let plan = try EvaluationPlan(set, names: TestEvents().symbols)
    var effect: RuleEffect = []
    for slot in plan.aggregates.indices {
      for dependent in plan.dependents(of: slot) { effect.formUnion(dependent.effect) }
    }
    #expect(effect == expected)
  }

  @Test(
    "what holds of somebody without events",
    arguments: [
      ("not performed(\"A\")", true), ("count(\"A\", last 5d) < 2", true),
      ("performed(\"A\") or sum(\"A\", properties.v) = 0", true), ("performed(\"A\")", false),
      ("time_since_last(\"A\") > 1d", false), ("not time_since_last(\"A\") > 1d", true),
      ("last(\"A\", properties.v) = 3", false), ("bucket(\"x\") < 50", nil),
      ("not any account(performed(\"A\"))", nil),
    ] as [(String, Bool?)])
  func nobody(text: String, expected: Bool?) throws {
    var set = DefinitionSet()
    try set.define(audience: "x", text)
    let plan = try EvaluationPlan(set, names: TestEvents().symbols)
    #expect(plan.audiences.map(\.truthWithoutEvents) == [expected])
  }

  @Test("at no instant does an event do what its effect excludes")
  func random() throws {
    var (excluded, flips) = (0, 0)
    for seed in UInt64(1)...300 {
      var random = SeededRandom(seed)
      let text = random.guardedRule(depth: 2)
      var set = DefinitionSet()
      try set.define(audience: "x", text)
      var fold = try ProfileFold(set)
      var now = Timestamp(milliseconds: 100 * day)
      for _ in 0..<8 {
        let probes =
          [now]
          + (0..<24).map { _ in now + Milliseconds(Int64.random(in: 0...8 * day, using: &random)) }
        let before = try probes.map { try fold.isMember("x", at: $0) }
        let time = now + Milliseconds(Int64.random(in: -9...4, using: &random) * day / 3)
        let touched = try fold.take(
          "\"event\":\"\(random.pick(["A", "B"]))\",\"properties\":{\"v\":\(random.pick([1, 5]))}",
          at: time, received: now)
        var effect: RuleEffect = []
        for (slot, isFirst) in touched {
          for dependent in fold.plan.dependents(of: slot) {
            effect.formUnion(dependent.effect.onEvent(beginning: isFirst))
          }
        }
        if effect.intersection(.either) != .either { excluded += 1 }
        for (probe, old) in zip(probes, before) {
          let new = try fold.isMember("x", at: probe)
          guard new != old else { continue }
          flips += 1
          #expect(effect.contains(new ? .raises : .lowers), "seed \(seed): \(text)")
        }
        now = now + Milliseconds(Int64.random(in: 0...2, using: &random) * day / 2)
        fold.tick(now)
      }
    }
    #expect(excluded > 500)
    #expect(flips > 500)
  }
}

extension SeededRandom {
  /// A rule mostly made of what has an effect one way only.
  fileprivate mutating func guardedRule(depth: Int) -> String {
    if depth > 0 {
      let (a, b) = (guardedRule(depth: depth - 1), guardedRule(depth: depth - 1))
      switch Int.random(in: 0..<4, using: &self) {
      case 0: return "not (\(a))"
      case 1: return "(\(a)) and (\(b))"
      case 2: return "(\(a)) or (\(b))"
      default: break
      }
    }
    let event = pick(["\"A\"", "\"B\"", "*"])
    let window = pick([
      "", ", last 1d", ", last 40h", ", last 5d", ", 1d to 3d ago", ", this day", ", last day",
      ", before \"1970-04-12\"",
    ])
    let order = pick([">", ">=", "<", "<="])
    switch Int.random(in: 0..<6, using: &self) {
    case 0, 1: return "count(\(event)\(window)) \(order) \(pick(["1", "2", "3", "9"]))"
    case 2: return "performed(\(event)\(window))"
    case 3: return "sum(\(event), properties.v\(window)) \(order) 6"
    default:
      let end = pick(["first", "last"])
      return "time_since_\(end)(\(event)) \(order) \(pick(["6h", "1d", "30h", "5d"]))"
    }
  }
}
