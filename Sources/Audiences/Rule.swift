// What an audience asks of a profile. A rule is a boolean expression over comparisons of aggregates
// and named traits; further kinds of tests (membership, sequences, account quantifiers) become
// further cases of `RuleTest`, further numbers become cases of `Operand`.

import Profiles

/// What a rule compares: something that has a value for every profile.
public enum Operand: Hashable, Sendable {
  /// An aggregate written out in the rule.
  case aggregate(Aggregate)
  /// A trait defined elsewhere, by name.
  case trait(String)
}

extension Operand: CustomStringConvertible {
  /// The operand as the language writes it.
  public var description: String {
    switch self {
    case .aggregate(let aggregate): aggregate.description
    case .trait(let name): name
    }
  }
}

/// One test of a profile.
public enum RuleTest: Hashable, Sendable {
  /// Compares the operand with a constant. False if the operand has no value.
  case comparison(Operand, ComparisonOperator, Literal)
  /// Whether the operand equals one of the constants.
  case isIn(Operand, [Literal])
  /// Whether the operand has a value: of `count` and `sum`, whether an event went into it.
  case exists(Operand)

  /// What the test is about.
  public var operand: Operand {
    switch self {
    case .comparison(let operand, _, _), .isIn(let operand, _), .exists(let operand): operand
    }
  }
}

extension RuleTest {
  /// The same test of another operand.
  func mapOperand(_ transform: (Operand) -> Operand) -> RuleTest {
    switch self {
    case .comparison(let operand, let comparison, let literal):
      .comparison(transform(operand), comparison, literal)
    case .isIn(let operand, let list): .isIn(transform(operand), list)
    case .exists(let operand): .exists(transform(operand))
    }
  }
}

extension RuleTest: CustomStringConvertible {
  /// The test as the language writes it; `count(…) >= 1` is written `performed(…)`.
  public var description: String {
    switch self {
    case .comparison(.aggregate(let aggregate), .greaterOrEqual, .number(.one))
    where aggregate.kind == .count:
      "performed(\(aggregate.arguments))"
    case .comparison(let operand, let comparison, let literal):
      "\(operand) \(comparison.rawValue) \(literal)"
    case .isIn(let operand, let list):
      "\(operand) in [\(list.map(\.description).joined(separator: ", "))]"
    case .exists(let operand): "exists(\(operand))"
    }
  }
}

/// The condition of an audience.
public typealias Rule = BooleanExpression<RuleTest>

extension BooleanExpression where Test == RuleTest {
  /// Reads a rule, without looking up names of traits: `DefinitionSet` does that.
  public init(parsing text: String) throws(LanguageError) {
    self = try ParsedRule(text).rule
  }
}
