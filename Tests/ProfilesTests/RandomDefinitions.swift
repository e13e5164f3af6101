// Random aggregates and conditions, built as values, for round trips through the printer.

import Bytes
import StorageSimulation

@testable import Profiles

extension SeededRandom {
  mutating func text() -> String {
    pick([
      "", "a", "Order Completed", "naïve \"x\"", "tab\there", "back\\slash", "🛒", "\u{1}", "and",
    ])
  }

  mutating func path() -> PropertyPath {
    var keys = [pick(["properties", "context", "traits"])]
    for _ in 0..<Int.random(in: 0...3, using: &self) {
      keys.append(pick(["revenue", "a b", "where", "$x", "0", "é", "x.y", ""]))
    }
    return PropertyPath(keys)
  }

  mutating func number() -> FixedDecimal {
    FixedDecimal(
      mantissa: Int128(Int64.random(in: -5_000_000_000_000...5_000_000_000_000, using: &self)))
  }

  mutating func eventTest() -> EventTest {
    switch Int.random(in: 0..<6, using: &self) {
    case 0: return .exists(path())
    case 4: return .text(path(), pick(TextOperator.allCases), text())
    case 5:
      let test = EventTest.comparison(path(), .equal, .number(number()))
      return .applied(pick(EventFunction.allCases), .applied(.lowercase, test))
    case 1: return .isIn(path(), [.string(text()), .number(number()), .bool(chance(50))])
    case 2: return .comparison(path(), pick([.equal, .notEqual, .contains]), .bool(chance(50)))
    default:
      let literal: Literal = chance(50) ? .string(text()) : .number(number())
      return .comparison(path(), pick(ComparisonOperator.allCases), literal)
    }
  }

  mutating func expression<Test>(
    depth: Int, _ test: (inout SeededRandom) -> Test
  ) -> BooleanExpression<Test> {
    guard depth > 0 else { return .test(test(&self)) }
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return expression(depth: depth - 1, test).negated
    case 1, 2:
      var parts: [BooleanExpression<Test>] = []
      for _ in 0..<Int.random(in: 1...3, using: &self) {
        parts.append(expression(depth: depth - 1, test))
      }
      return chance(50) ? .all(parts) : .any(parts)
    default: return .test(test(&self))
    }
  }

  mutating func aggregate() -> Aggregate {
    let length = Milliseconds(Int64.random(in: 1...1_000_000, using: &self) * 1000)
    var window = window(length)
    switch Int.random(in: 0..<20, using: &self) {
    case 0:
      let steps = (0..<Int.random(in: 2...4, using: &self)).map { index in
        EventSequence.Step(pattern(), without: index > 0 && chance(50) ? [pattern()] : [])
      }
      return Aggregate(
        .sequence(EventSequence(steps, within: chance(50) ? length : nil)), within: .last(length))
    case 1:
      let weights = (0..<Int.random(in: 1...3, using: &self)).map { _ in
        ScoreWeight(pattern(), FixedDecimal(mantissa: number().mantissa % 1_000_000))
      }
      return Aggregate(.score(weights, halfLife: length))
    default: break
    }
    let events = pattern()
    let kind = kind(length)
    if [.unmatched, .sessions].contains(kind.function), case .latestSession = window {
      window = .allTime
    }
    return Aggregate(kind, of: events.events, where: events.condition, within: window)
  }

  private mutating func window(_ length: Milliseconds) -> Window {
    let instant = Timestamp(milliseconds: length.value * 1000)
    return pick([
      .allTime, .allTime, .last(length),
      .ago(newest: length, oldest: Milliseconds(length.value + 1000)),
      .span(from: instant, to: instant + length), .span(from: nil, to: instant),
      .span(from: instant, to: nil), .latestSession(gap: length),
      .calendar(CalendarWindow(pick(CalendarUnit.allCases), count: pick([0, 1, 5]))),
    ])
  }

  private mutating func kind(_ length: Milliseconds) -> Aggregate.Kind {
    let currency: CurrencySource? =
      pick([nil, .path(path()), CurrencyCode("EUR").map { .constant($0) }])
    return switch Int.random(in: 0..<17, using: &self) {
    case 0: .count
    case 1: .exists
    case 2: .sum(path(), currency: currency)
    case 3: .average(path(), currency: currency)
    case 4: .minimum(path(), currency: currency)
    case 5: .maximum(path(), currency: currency)
    case 6: .first(path())
    case 7: .last(path())
    case 8: .firstAt(nil)
    case 9: .lastAt(PropertyPath(["properties", text()]))
    case 10: .mostFrequent(path())
    case 11: .leastFrequent(path())
    case 12: .uniqueList(path(), limit: Int.random(in: 1...2000, using: &self))
    case 13: .uniqueCount(path())
    case 14: .categoryCount(path(), limit: 1000)
    case 15: .unmatched(answer: pattern(), by: path())
    default: .sessions(gap: length)
    }
  }

  mutating func pattern() -> EventPattern {
    var names: [String] = []
    for _ in 0..<Int.random(in: 1...3, using: &self) { names.append("E" + text()) }
    let condition = chance(50) ? expression(depth: 3) { $0.eventTest() } : nil
    return EventPattern(chance(20) ? .any : .names(names), where: condition)
  }
}
