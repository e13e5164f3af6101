// Rules in the form in which they are evaluated: a flat program over the values of slots.

import Bytes
import Profiles

/// A rule over the values of slots.
public struct CompiledRule: Sendable {
  private enum Operation: Sendable {
    case number(ComparisonOperator, FixedDecimal)
    case sum(ComparisonOperator, FixedDecimal, CurrencyCode)
    case value(CompiledComparison)
    case numberIsIn([FixedDecimal])
    case sumIsIn([Sum])
    case valueIsIn([CompiledComparison])
    case numberExists
    case valueExists
  }

  private struct Sum: Sendable {
    var amount: FixedDecimal
    var currency: CurrencyCode
  }

  private struct Test: Sendable {
    var slot: Int
    var operation: Operation
  }

  private let program: BooleanProgram
  private let tests: [Test]
  /// The slots whose values the rule may ask for, ascending, each once.
  public let slots: [Int]

  /// Compiles a rule whose constants have been checked.
  ///
  /// - Parameter resolve: Gives the slot and the aggregate of each operand.
  init(_ rule: Rule, _ resolve: (Operand) -> (slot: Int, aggregate: Aggregate)) {
    program = BooleanProgram(rule)
    var tests: [Test] = []
    rule.forEachTest { test in
      let (slot, aggregate) = resolve(test.operand)
      tests.append(Test(slot: slot, operation: Self.operation(test, aggregate.resultType)))
    }
    self.tests = tests
    slots = Set(tests.map(\.slot)).sorted()
  }

  private static func operation(_ test: RuleTest, _ type: AggregateResult) -> Operation {
    switch (test, type) {
    case (.exists, .number), (.exists, .money), (.exists, .truth), (.exists, .score),
      (.exists, .list), (.exists, .categories):
      .numberExists
    case (.exists, .value), (.exists, .moment): .valueExists
    case (.isIn(_, let list), .number): .numberIsIn(list.map { Self.sum($0).amount })
    case (.isIn(_, let list), .money): .sumIsIn(list.map(Self.sum))
    case (.isIn(_, let list), _): .valueIsIn(list.map { CompiledComparison(.equal, $0) })
    case (.comparison(_, let comparison, let literal), .number):
      .number(comparison, Self.sum(literal).amount)
    case (.comparison(_, let comparison, let literal), .money):
      .sum(comparison, Self.sum(literal).amount, Self.sum(literal).currency)
    case (.comparison(_, let comparison, let literal), _):
      .value(CompiledComparison(comparison, literal))
    }
  }

  private static func sum(_ literal: Literal) -> Sum {
    switch literal {
    case .number(let number): Sum(amount: number, currency: .none)
    case .money(let amount, let currency): Sum(amount: amount, currency: currency)
    case .string, .bool, .null:
      preconditionFailure("a number is compared with a number: RuleTest.check has seen to it")
    }
  }

  /// Whether a profile satisfies the rule.
  ///
  /// - Parameter value: Gives the profile's value of a slot, one of `slots`. Asked only for what
  ///   still matters, and once for each test.
  /// - Throws: what `value` throws.
  public func evaluate<E: Error>(
    _ value: (_ slot: Int) throws(E) -> AggregateValue
  ) throws(E) -> Bool {
    var place = 0
    var result = true
    while let index = program.next(&place, &result) {
      let test = tests[index]
      result = Self.holds(test.operation, try value(test.slot))
    }
    return result
  }

  private static func holds(_ operation: Operation, _ value: AggregateValue) -> Bool {
    switch operation {
    case .number(let comparison, let other):
      guard let number = value.number else { return false }
      return comparison.holds(number, other)
    case .numberIsIn(let list): return value.number.map(list.contains) ?? false
    case .sum(let comparison, let number, let currency):
      // A sum too large for a number compares as nothing does.
      guard let total = value.total(currency) else { return false }
      return comparison.holds(total, number)
    case .sumIsIn(let list):
      return list.contains { value.total($0.currency) == $0.amount }
    case .value(let comparison):
      guard let selection = value.selection else { return false }
      return comparison.matches(selection.value)
    case .valueIsIn(let list):
      guard let selection = value.selection else { return false }
      return list.contains { $0.matches(selection.value) }
    case .numberExists: return value.hasAmounts
    case .valueExists: return value.selection != nil
    }
  }
}

extension AggregateValue {
  /// Whether something went in; of sums, something that could be added.
  fileprivate var hasAmounts: Bool {
    switch function {
    case .sum, .average, .minimum, .maximum: !sums.isEmpty
    default: !isEmpty
    }
  }
}

extension ComparisonOperator {
  /// Whether the comparison holds for two numbers.
  fileprivate func holds(_ a: FixedDecimal, _ b: FixedDecimal) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .contains: false
    }
  }
}
