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
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return .exists(path())
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
    let kind: Aggregate.Kind =
      switch Int.random(in: 0..<6, using: &self) {
      case 0, 1: .count
      case 2: .sum(path(), currency: nil)
      case 3:
        .sum(
          path(), currency: chance(50) ? .path(path()) : CurrencyCode("EUR").map { .constant($0) })
      case 4: .first(path())
      default: .last(path())
      }
    var names: [String] = []
    for _ in 0..<Int.random(in: 1...3, using: &self) { names.append("E" + text()) }
    let condition = chance(50) ? expression(depth: 3) { $0.eventTest() } : nil
    let seconds = Int64.random(in: 1...1_000_000, using: &self)
    return Aggregate(
      kind, of: chance(20) ? .any : .names(names), where: condition,
      within: chance(50) ? .allTime : .last(Milliseconds(seconds * 1000)))
  }
}
