// Reads rules. A trait's type is known only where it is defined, so its tests are checked later;
// the parser keeps where each name stood, so that the error then points at it.

import Bytes
import Profiles

extension FixedDecimal {
  /// The number 1, the threshold of `performed`.
  static let one = FixedDecimal(1)
}

/// A rule and the places of the traits that it names.
struct ParsedRule: Sendable {
  /// The rule.
  let rule: Rule
  /// Every test of a named trait, in the order of the text.
  let references: [Reference]

  /// A test of a named trait.
  struct Reference: Sendable {
    /// The name.
    var name: String
    /// The whole test.
    var test: RuleTest
    /// Where the name stands.
    var position: SourcePosition
    /// Where the constant stands.
    var literalPosition: SourcePosition
  }

  /// Reads `text`.
  init(_ text: String) throws(LanguageError) {
    var parser = RuleParser(parser: try DefinitionParser(text))
    rule = try parser.rule()
    references = parser.references
  }
}

/// Reads one rule.
private struct RuleParser {
  var parser: DefinitionParser
  var references: [ParsedRule.Reference] = []

  mutating func rule() throws(LanguageError) -> Rule {
    var references: [ParsedRule.Reference] = []
    let rule = try parser.expression { parser throws(LanguageError) in
      try parser.ruleTest(&references)
    }
    try parser.expectEnd()
    self.references = references
    return rule
  }
}

extension DefinitionParser {
  fileprivate mutating func ruleTest(
    _ references: inout [ParsedRule.Reference]
  ) throws(LanguageError) -> Rule {
    let start = token.position
    if token.kind == .name("performed"), following.kind == .mark(.open) {
      advance()
      return .test(.comparison(.aggregate(try performed()), .greaterOrEqual, .number(.one)))
    }
    if token.kind == .name("exists"), following.kind == .mark(.open) {
      advance()
      advance()
      let position = token.position
      let operand = try operand()
      try expect(.close, "after the operand of 'exists'")
      return try checked(.exists(operand), at: position, position, &references)
    }
    let operand = try operand()
    if take(keyword: "in") {
      let position = token.position
      return try checked(.isIn(operand, try literalList()), at: start, position, &references)
    }
    guard let comparison = comparisonOperator() else {
      throw unexpected(
        "expected one of = != > >= < <= in contains after '\(operand)'",
        among: ["in", "contains"])
    }
    let position = token.position
    let literal = try literal()
    switch (comparison, literal) {
    // Null is no value, so that comparing with it asks whether there is one.
    case (.equal, .null):
      return try checked(.exists(operand), at: start, position, &references).negated
    case (.notEqual, .null): return try checked(.exists(operand), at: start, position, &references)
    default:
      let test = RuleTest.comparison(operand, comparison, literal)
      return try checked(test, at: start, position, &references)
    }
  }

  /// Checks the test of a written-out aggregate now, and keeps that of a trait for later.
  private func checked(
    _ test: RuleTest, at position: SourcePosition, _ literalPosition: SourcePosition,
    _ references: inout [ParsedRule.Reference]
  ) throws(LanguageError) -> Rule {
    switch test.operand {
    case .aggregate(let aggregate): try test.check(against: aggregate, at: literalPosition)
    case .trait(let name):
      references.append(
        ParsedRule.Reference(
          name: name, test: test, position: position, literalPosition: literalPosition))
    }
    return .test(test)
  }

  private mutating func operand() throws(LanguageError) -> Operand {
    guard case .name(let name) = token.kind else {
      throw unexpected(
        "expected an aggregate such as count(\"Order Completed\") or the name of a trait",
        among: [])
    }
    if following.kind == .mark(.open) {
      let functions = Self.aggregateNames + ["performed", "exists"]
      guard Self.aggregateNames.contains(name) else {
        throw unexpected(
          "expected one of \(functions.joined(separator: ", "))", among: functions)
      }
      return .aggregate(try aggregate())
    }
    guard DefinitionName.isValid(name) else {
      throw LanguageError(
        "'\(name)' is no name of a trait; \(DefinitionName.requirement)", at: token.position)
    }
    advance()
    return .trait(name)
  }
}

extension RuleTest {
  /// Throws unless the constants are of the kind that `aggregate` can be compared with.
  func check(against aggregate: Aggregate, at position: SourcePosition) throws(LanguageError) {
    switch self {
    case .exists: return
    case .isIn(_, let list):
      for literal in list {
        try Self.check(.equal, literal, against: aggregate, at: position)
      }
    case .comparison(_, let comparison, let literal):
      try Self.check(comparison, literal, against: aggregate, at: position)
    }
  }

  private static func check(
    _ comparison: ComparisonOperator, _ literal: Literal, against aggregate: Aggregate,
    at position: SourcePosition
  ) throws(LanguageError) {
    let name = aggregate.kind.function.name
    switch (aggregate.resultType, literal) {
    case (.number, .number) where comparison != .contains: return
    case (.money, .money) where comparison != .contains: return
    case (.money, .number(let number)):
      throw LanguageError(
        "a sum with currencies is compared with an amount of money, as in \(number) USD",
        at: position)
    case (.number, .money):
      throw LanguageError(
        "this \(name) has no currency; compare it with a plain number or give the sum "
          + "'currency: …'", at: position)
    case (.value, .money):
      throw LanguageError("a value of an event has no currency; use a plain number", at: position)
    case (.value, .null):
      throw LanguageError("a list or an order has no null; use exists(…)", at: position)
    case (.value, .bool) where ![.equal, .notEqual, .contains].contains(comparison): break
    case (.value, _): return
    default: break
    }
    throw LanguageError(
      "'\(comparison.rawValue)' cannot compare this \(name) with \(literal)", at: position)
  }
}
