// What a trait computes and what an audience requires: one language of expressions over aggregates. A
// trait is an expression with a value, an audience one that is true or false; types are checked where
// an expression is compiled, since only there the traits it names are known.

import Bytes
import Profiles

/// The expression of a trait or the rule of an audience.
///
/// Two that are equal mean the same; where they stood in a text makes no difference.
public struct Expression: Sendable {
  /// What is asked or computed.
  public let kind: Kind
  /// Where it begins in the text it was read from.
  let position: SourcePosition

  init(_ kind: Kind, at position: SourcePosition = .start) {
    self.kind = kind
    self.position = position
  }

  /// The forms of expressions.
  public indirect enum Kind: Hashable, Sendable {
    /// A number, an amount of money, a text, `true` or `false`.
    case constant(Literal)
    /// A duration.
    case duration(Milliseconds)
    /// An aggregate over the events of whom the expression is about.
    case aggregate(Aggregate)
    /// How long ago the moment was that the aggregate selects.
    case timeSince(Aggregate)
    /// A trait by its name.
    case trait(String)
    /// A known trait: the latest value from `identify`.
    case known(PropertyPath)
    /// Whether the rule of another audience holds.
    case member(String)
    /// A number from 0 to 9,999 that stays with the profile.
    case bucket(String)
    /// The negated number.
    case negative(Expression)
    /// Two values added, subtracted, multiplied or divided.
    case arithmetic(ArithmeticOperator, Expression, Expression)
    /// A function of values.
    case call(ExpressionFunction, [Expression])
    /// The name of the first stage whose rule holds.
    case stage([Stage])
    /// Two values compared; false if one of them is missing.
    case comparison(ComparisonOperator, Expression, Expression)
    /// Whether the value is one of the constants.
    case isIn(Expression, [Literal])
    /// Whether there is a value: of a count or a sum, whether an event went into it.
    case exists(Expression)
    /// True if every part is; at least two parts.
    case and([Expression])
    /// True if some part is; at least two parts.
    case or([Expression])
    /// True if the part is not.
    case not(Expression)
    /// Something about all members of an account.
    case members(MemberQuantity, Expression)
    /// Something about all accounts of a person.
    case accounts(MemberQuantity, Expression)
  }

  /// One stage: its name, and the rule of being in it.
  public struct Stage: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The rule.
    public var rule: Expression
  }
}

extension Expression: Hashable {
  /// Whether both mean the same.
  public static func == (a: Self, b: Self) -> Bool { a.kind == b.kind }
  /// Hashes what it means.
  public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// The four ways of calculating.
public enum ArithmeticOperator: String, Sendable {
  /// The sum.
  case plus = "+"
  /// The difference.
  case minus = "-"
  /// The product.
  case times = "*"
  /// The quotient.
  case over = "/"
}

/// What is asked about the members of an account, or about the accounts of a person.
public enum MemberQuantity: Hashable, Sendable {
  /// Whether the rule holds for some of them.
  case any
  /// Whether the rule holds for all of them; true if there are none.
  case all
  /// Whether the rule holds for none of them.
  case none
  /// Whether the rule holds for this many.
  case atLeast(Int)
  /// For how many the rule holds.
  case count
  /// The sum of their values.
  case sum
  /// The mean of their values, of those that have one.
  case average
  /// The greatest of their values.
  case maximum
  /// The least of their values.
  case minimum

  /// Whether it is about a rule rather than a value.
  var takesRule: Bool {
    switch self {
    case .any, .all, .none, .atLeast, .count: true
    case .sum, .average, .maximum, .minimum: false
    }
  }
}

extension Expression {
  /// The canonical conjunction of at least one part.
  static func all(_ parts: [Expression]) -> Expression {
    let flat = parts.flatMap { part -> [Expression] in
      if case .and(let inner) = part.kind { inner } else { [part] }
    }
    return flat.count == 1 ? flat[0] : Expression(.and(flat), at: parts[0].position)
  }

  /// The canonical disjunction of at least one part.
  static func any(_ parts: [Expression]) -> Expression {
    let flat = parts.flatMap { part -> [Expression] in
      if case .or(let inner) = part.kind { inner } else { [part] }
    }
    return flat.count == 1 ? flat[0] : Expression(.or(flat), at: parts[0].position)
  }

  /// The canonical negation.
  func negated(at position: SourcePosition) -> Expression {
    if case .not(let inner) = kind { inner } else { Expression(.not(self), at: position) }
  }

  /// The expressions right inside this one, from left to right.
  var parts: [Expression] {
    switch kind {
    case .constant, .duration, .aggregate, .timeSince, .trait, .known, .member, .bucket: []
    case .negative(let part), .isIn(let part, _), .exists(let part), .not(let part),
      .members(_, let part), .accounts(_, let part):
      [part]
    case .arithmetic(_, let a, let b), .comparison(_, let a, let b): [a, b]
    case .call(_, let parts), .and(let parts), .or(let parts): parts
    case .stage(let stages): stages.map(\.rule)
    }
  }

  /// Visits the expression and everything inside it, from left to right.
  func visit(_ body: (Expression) -> Void) {
    body(self)
    for part in parts { part.visit(body) }
  }
}

/// The condition of an audience.
public typealias Rule = Expression
