// Random rules, built as values, for round trips through the printer.

import Bytes
import Profiles
import StorageSimulation

@testable import Audiences

extension SeededRandom {
  mutating func aggregate(_ type: AggregateResult) -> Aggregate {
    let path = PropertyPath(["properties", pick(["a", "b c", "where"])])
    let kind: Aggregate.Kind =
      switch type {
      case .number: chance(70) ? .count : .sum(path, currency: nil)
      case .money: .sum(path, currency: .path(path))
      default: chance(50) ? .first(path) : .last(path)
      }
    let condition = chance(30) ? EventCondition.test(.exists(path)).negated : nil
    return Aggregate(
      kind, of: chance(20) ? .any : .names([pick(["A", "B \"quoted\""])]), where: condition,
      within: chance(50) ? .allTime : .last(.days(Int64.random(in: 1...400, using: &self))))
  }

  mutating func literal(_ type: AggregateResult) -> Literal {
    let mantissa = Int128(Int64.random(in: -9_000_000_000...9_000_000_000, using: &self))
    let number = FixedDecimal(mantissa: mantissa)
    switch type {
    case .number: return .number(number)
    case .money: return .money(number, CurrencyCode(pick(["USD", "EUR"])) ?? .none)
    default: return chance(50) ? .number(number) : .string(pick(["", "x", "and", "\"'\\\n"]))
    }
  }

  mutating func ruleTest() -> RuleTest {
    let type = pick([AggregateResult.number, .money, .value])
    let operand: Operand =
      chance(30) ? .trait(pick(["ltv", "a_1", "lasts"])) : .aggregate(aggregate(type))
    if chance(20) { return .exists(operand) }
    if chance(20) { return .isIn(operand, [literal(type), literal(type)]) }
    let comparisons = ComparisonOperator.allCases.filter { type == .value || $0 != .contains }
    return .comparison(operand, pick(comparisons), literal(type))
  }

  mutating func rule(depth: Int) -> Rule {
    guard depth > 0 else { return .test(ruleTest()) }
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return rule(depth: depth - 1).negated
    case 1: return .test(ruleTest())
    default:
      let parts = (0..<Int.random(in: 1...3, using: &self)).map { _ in rule(depth: depth - 1) }
      return chance(50) ? .all(parts) : .any(parts)
    }
  }
}
