// Random expressions, built as values, for round trips through the printer. They need not make sense:
// what fits together is judged later.

import Bytes
import Profiles
import StorageSimulation

@testable import Audiences

extension SeededRandom {
  mutating func aggregate() -> Aggregate {
    let path = PropertyPath(["properties", pick(["a", "b c", "where"])])
    let kinds: [Aggregate.Kind] = [
      .count, .sum(path, currency: nil), .sum(path, currency: .path(path)), .first(path),
      .last(path),
    ]
    let condition = chance(30) ? EventCondition.test(.exists(path)).negated : nil
    return Aggregate(
      pick(kinds), of: chance(20) ? .any : .names([pick(["A", "B \"quoted\""])]),
      where: condition,
      within: chance(50) ? .allTime : .last(.days(Int64.random(in: 1...400, using: &self))))
  }

  mutating func literal() -> Literal {
    let mantissa = Int128(Int64.random(in: -9_000_000_000...9_000_000_000, using: &self))
    let number = FixedDecimal(mantissa: mantissa)
    switch Int.random(in: 0..<4, using: &self) {
    case 0: return .number(number)
    case 1: return .money(number, CurrencyCode(pick(["USD", "EUR"])) ?? .none)
    case 2: return .bool(chance(50))
    default: return .string(pick(["", "x", "and", "\"'\\\n"]))
    }
  }

  private mutating func leaf() -> Expression {
    switch Int.random(in: 0..<9, using: &self) {
    case 0: return Expression(.constant(literal()))
    case 1: return Expression(.duration(.days(Int64.random(in: 1...99, using: &self))))
    case 2: return Expression(.trait(pick(["ltv", "a_1", "lasts"])))
    case 3: return Expression(.known(PropertyPath(["traits", pick(["plan", "a b"])])))
    case 4: return Expression(.member(pick(["vip", "x\"y"])))
    case 5: return Expression(.bucket(pick(["", "test"])))
    case 6: return Expression(.timeSince(.moment(isFirst: chance(50), of: aggregate())))
    default: return Expression(.aggregate(aggregate()))
    }
  }

  mutating func expression(depth: Int) -> Expression {
    guard depth > 0 else { return leaf() }
    func part(_ random: inout SeededRandom) -> Expression { random.expression(depth: depth - 1) }
    let (a, b) = (part(&self), part(&self))
    switch Int.random(in: 0..<14, using: &self) {
    case 0:
      // A constant's sign belongs to the constant.
      if case .constant = a.kind { return a }
      return Expression(.negative(a))
    case 1, 2:
      let operation = pick([ArithmeticOperator.plus, .minus, .times, .over])
      return Expression(.arithmetic(operation, a, b))
    case 3:
      let function = pick(ExpressionFunction.allCases)
      return Expression(.call(function, (0..<function.arity.lowerBound).map { _ in part(&self) }))
        .withoutAggregateArgument
    case 4:
      return Expression(.stage([.init(name: "new", rule: a), .init(name: "not \"new\"", rule: b)]))
    case 5, 6: return Expression(.comparison(pick(ComparisonOperator.allCases), a, b))
    case 7: return Expression(.isIn(a, [literal(), literal()]))
    case 8: return Expression(.exists(a)).withoutAggregateArgument
    case 9: return .all([a, b, part(&self)])
    case 10: return .any([a, b, part(&self)])
    case 11:
      let quantity = pick([
        MemberQuantity.any, .all, .none, .atLeast(3), .count, .sum, .average, .maximum, .minimum,
      ])
      return Expression(.members(quantity, a))
    case 12: return a.negated(at: .start)
    default: return leaf()
    }
  }
}

extension Expression {
  /// `min("x", …)` is an aggregate over events; a text in this place is not written.
  fileprivate var withoutAggregateArgument: Expression {
    let first: Expression?
    switch kind {
    case .call(.min, let parts), .call(.max, let parts): first = parts.first
    case .exists(let part): first = part
    default: first = nil
    }
    guard let first, first.description.hasPrefix("\"") else { return self }
    return Expression(.trait("ltv"))
  }
}
