// Expressions as the language writes them. Reading the text gives an equal expression.

import Bytes
import Profiles

extension Expression: CustomStringConvertible {
  /// The expression as the language writes it, with no more parentheses than needed.
  ///
  /// `count(…) >= 1` is written `performed(…)`.
  public var description: String {
    switch kind {
    case .constant(let literal): literal.description
    case .duration(let length): length.durationText
    case .aggregate(let aggregate): aggregate.description
    case .timeSince(let aggregate): aggregate.timeSinceText
    case .trait(let name): name
    case .known(let path): path.description
    case .member(let name): "member(\(name.quoted))"
    case .bucket(let salt): "bucket(\(salt.quoted))"
    case .negative(let part): "-" + part.text(in: .unary)
    case .arithmetic(let operation, let a, let b): Self.text(operation, a, b)
    case .call(let function, let arguments):
      "\(function.rawValue)(\(arguments.map(\.description).joined(separator: ", ")))"
    case .stage(let stages):
      "stage(\(stages.map(\.text).joined(separator: ", ")))"
    case .comparison(.greaterOrEqual, let a, let b) where a.isCount && b.isOne: a.performedText
    case .comparison(let operation, let a, let b):
      "\(a.text(in: .operand)) \(operation.rawValue) \(b.text(in: .operand))"
    case .isIn(let part, let list):
      "\(part.text(in: .operand)) in [\(list.map(\.description).joined(separator: ", "))]"
    case .exists(let part): "exists(\(part))"
    case .and(let parts): parts.map { $0.text(in: .and) }.joined(separator: " and ")
    case .or(let parts): parts.map { $0.text(in: .or) }.joined(separator: " or ")
    case .not(let part): "not " + part.text(in: .not)
    case .members(let quantity, let part): "\(quantity.text(of: .person))(\(part))"
    case .accounts(let quantity, let part): "\(quantity.text(of: .account))(\(part))"
    }
  }

  /// What tells expressions apart, letter by letter as sent.
  var key: [UInt8] { Array(description.utf8) }

  private static func text(
    _ operation: ArithmeticOperator, _ a: Expression, _ b: Expression
  ) -> String {
    switch operation {
    case .plus, .minus:
      "\(a.text(in: .sum)) \(operation.rawValue) \(b.text(in: .term))"
    case .times, .over:
      "\(a.text(in: .term)) \(operation.rawValue) \(b.text(in: .unary))"
    }
  }

  private var isCount: Bool {
    if case .aggregate(let aggregate) = kind { aggregate.kind == .count } else { false }
  }

  private var isOne: Bool { kind == .constant(.number(FixedDecimal(1))) }

  private var performedText: String {
    guard case .aggregate(let aggregate) = kind else { return description }
    return "performed(\(aggregate.arguments))"
  }

  /// The places of an expression, from the loosest to the tightest.
  private enum Context: Int {
    case or, and, not, operand, sum, term, unary
  }

  /// How tightly the expression itself binds: it needs parentheses in a tighter place.
  private var binding: Context {
    switch kind {
    case .or: .or
    case .and: .and
    case .not: .not
    case .comparison(.greaterOrEqual, let a, let b) where a.isCount && b.isOne: .unary
    case .comparison, .isIn: .not
    case .arithmetic(.plus, _, _), .arithmetic(.minus, _, _): .sum
    case .arithmetic: .term
    case .negative: .unary
    default: .unary
    }
  }

  private func text(in place: Context) -> String {
    let isBound: Bool
    switch (kind, place) {
    case (.not, .not), (.or, .or), (.and, .and): isBound = false
    case (.negative, .unary): isBound = false
    // A number's sign would be taken for the operator's.
    case (.constant(.number(let number)), .unary): isBound = number >= .zero
    case (.constant(.money(let amount, _)), .unary): isBound = amount >= .zero
    default: isBound = binding.rawValue >= place.rawValue
    }
    return isBound ? description : "(\(description))"
  }
}

extension Expression.Stage {
  fileprivate var text: String {
    "\(DefinitionName.isPlain(name) ? name : name.quoted): \(rule)"
  }
}

extension MemberQuantity {
  /// What stands in front of the parenthesis: about the members of an account, or about the accounts of
  /// a person.
  func text(of asked: EntityKind) -> String {
    let one = asked == .account ? "account" : "member"
    return switch self {
    case .any: "any \(one)"
    case .all: "all \(one)s"
    case .none: "no \(one)"
    case .atLeast(let count): "at least \(count) \(one)s"
    case .count: "count over \(one)s"
    case .sum: "sum over \(one)s"
    case .average: "avg over \(one)s"
    case .maximum: "max over \(one)s"
    case .minimum: "min over \(one)s"
    }
  }
}
