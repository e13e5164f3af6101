import Bytes
import Profiles
import StorageSimulation
import Testing

@testable import Audiences

private let day = Milliseconds.days(1).value

private func days(_ count: Int64) -> Timestamp { Timestamp(milliseconds: count * day) }

/// Truth changes at the instant that was foretold, not a millisecond before, and not without having
/// been foretold.
@Suite struct TimerTests {
  @Test(
    "lengths of time flip at their millisecond",
    arguments: [
      ("time_since_last(\"A\") > 3d", 3 * day + 1), ("time_since_last(\"A\") >= 3d", 3 * day),
      ("not time_since_first(\"A\") < 36h", 3 * day / 2),
      ("2d < time_since_last(\"A\") * 2", day + 1),
      ("time_since_last(\"A\") / 1d > 2.5", 5 * day / 2 + 1),
      ("-time_since_last(\"A\") < -1h", 3_600_001),
      ("max(time_since_last(\"A\"), 2d) > 4d", 4 * day + 1),
      ("exp(time_since_last(\"A\") / 1d) >= 100", 397_886_705),
      ("if(time_since_last(\"A\") > 1d, 2, 1) = 2", day + 1),
      ("round(time_since_last(\"A\") / 1d) >= 1.5", 3 * day / 2),
      ("count(\"A\", last 5d) = 0", 5 * day),
      (
        "time_since_last(\"A\", last 2d) > 3d or not exists(time_since_last(\"A\", last 2d))",
        2 * day
      ),
    ])
  func flips(text: String, after: Int64) throws {
    var set = DefinitionSet()
    try set.define(audience: "x", text)
    var fold = try ProfileFold(set)
    let start = days(10)
    try fold.take("\"event\":\"A\"", at: start, received: start)
    var now = start
    let before = try fold.isMember("x", at: now)
    // Waking at an instant at which nothing flips is allowed; skipping one is not.
    while let next = try fold.nextChange("x", after: now), next < start + Milliseconds(after) {
      #expect(next > now)
      #expect(try fold.isMember("x", at: next) == before)
      now = next
    }
    let flip = start + Milliseconds(after)
    #expect(try fold.nextChange("x", after: now) == flip)
    #expect(try fold.isMember("x", at: flip - Milliseconds(1)) == before)
    #expect(try fold.isMember("x", at: flip) != before)
  }

  @Test("what decides nothing sets no timer")
  func shortCircuit() throws {
    var set = DefinitionSet()
    try set.define(audience: "x", "performed(\"B\") and performed(\"A\", last 5d)")
    var fold = try ProfileFold(set)
    try fold.take("\"event\":\"A\"", at: days(10), received: days(10))
    #expect(try fold.nextChange("x", after: days(10)) == nil)
    try fold.take("\"event\":\"B\"", at: days(11), received: days(11))
    #expect(try fold.nextChange("x", after: days(11)) == days(15))
  }

  @Test("random rules change only when they said they would")
  func random() throws {
    var flips = 0
    for seed in UInt64(1)...100 {
      var random = SeededRandom(seed)
      let text = random.movingRule(depth: 2)
      var set = DefinitionSet()
      try set.define(audience: "x", text)
      var fold = try ProfileFold(set)
      var now = days(100)
      for _ in 0..<6 {
        let time = now + Milliseconds(Int64.random(in: -9...2, using: &random) * day / 3)
        try fold.take(
          "\"event\":\"\(random.pick(["A", "B"]))\",\"properties\":{\"v\":\(random.pick([1, 5]))}",
          at: time, received: now)
        let end = now + Milliseconds(Int64.random(in: 1...4, using: &random) * day)
        while true {
          let truth = try fold.isMember("x", at: now)
          let next = try fold.nextChange("x", after: now)
          let last = max(now, min((next ?? end) - Milliseconds(1), end))
          // In between, and right before, it is as it was.
          for _ in 0..<8 {
            let probe = Timestamp(
              milliseconds: Int64.random(
                in: now.milliseconds...last.milliseconds, using: &random))
            #expect(try fold.isMember("x", at: probe) == truth, "seed \(seed): \(text)")
          }
          #expect(try fold.isMember("x", at: last) == truth, "seed \(seed): \(text)")
          guard let next, next <= end else { break }
          #expect(next > now, "seed \(seed): \(text)")
          if try fold.isMember("x", at: next) != truth { flips += 1 }
          now = next
          fold.tick(now)
        }
        now = max(now, end)
        fold.tick(now)
      }
    }
    #expect(flips > 80)
  }
}

extension SeededRandom {
  /// A rule made of counts, sums and lengths of time.
  fileprivate mutating func movingRule(depth: Int) -> String {
    if depth > 0 {
      let (a, b) = (movingRule(depth: depth - 1), movingRule(depth: depth - 1))
      switch Int.random(in: 0..<5, using: &self) {
      case 0: return "not (\(a))"
      case 1: return "(\(a)) and (\(b))"
      case 2: return "(\(a)) or (\(b))"
      case 3: return "if(\(a), \(number()), \(number())) > \(number())"
      default: break
      }
    }
    let order = pick([">", ">=", "<", "<="])
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return "\(number()) \(order) \(number())"
    case 1: return "\(since()) \(order) \(pick(["6h", "1d", "30h", "5d"]))"
    case 2: return "\(since()) / 1d * \(pick(["2", "-0.5"])) \(order) \(number())"
    default: return "\(since()) + \(since()) \(order) \(number()) * 7h"
    }
  }

  private mutating func number() -> String {
    let window = pick(["", ", last 1d", ", last 40h", ", last 5d"])
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return "count(\"\(pick(["A", "B"]))\"\(window))"
    case 1: return "sum(*, properties.v\(window))"
    case 2: return "count(*\(window)) / 3"
    default: return pick(["0", "1", "2.5", "-4"])
    }
  }

  private mutating func since() -> String {
    let window = pick(["", ", last 1d", ", last 5d"])
    return "time_since_\(pick(["first", "last"]))(\"\(pick(["A", "B"]))\"\(window))"
  }
}
