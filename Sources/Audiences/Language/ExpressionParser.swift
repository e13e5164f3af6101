// Reads expressions: the operators here, from the loosest to the tightest, what stands between them in
// `ExpressionParser+Primary.swift`. Types are checked later, so that a name may be used before it is
// defined; every expression keeps its place, so that the error then points at it.

import Bytes
import Profiles

extension Expression {
  /// Reads an expression, without looking up the names in it: `DefinitionSet` does that.
  public init(parsing text: String, zones: TimeZones = .utcOnly) throws(LanguageError) {
    var reader = ExpressionParser(parser: try DefinitionParser(text, zones: zones))
    self = try reader.expression()
    try reader.expectEnd(after: self)
  }
}

/// Reads one expression.
struct ExpressionParser {
  var parser: DefinitionParser

  /// Where the next word stands.
  var position: SourcePosition { parser.token.position }

  /// Throws unless all words have been read, and says what could have followed.
  func expectEnd(after expression: Expression) throws(LanguageError) {
    guard parser.token.kind != .end else { return }
    throw parser.unexpected(
      "expected an operator, 'and', 'or' or the end", among: ["and", "or", "in", "contains"])
  }

  mutating func expression() throws(LanguageError) -> Expression {
    var parts = [try conjunction()]
    while parser.take(keyword: "or") { parts.append(try conjunction()) }
    return .any(parts)
  }

  private mutating func conjunction() throws(LanguageError) -> Expression {
    var parts = [try negation()]
    while parser.take(keyword: "and") { parts.append(try negation()) }
    return .all(parts)
  }

  private mutating func negation() throws(LanguageError) -> Expression {
    let start = position
    guard parser.take(keyword: "not") || parser.take(.exclamation) else { return try comparison() }
    return try nested { reader throws(LanguageError) in
      try reader.negation().negated(at: start)
    }
  }

  private mutating func comparison() throws(LanguageError) -> Expression {
    let start = position
    let left = try sum()
    if parser.take(keyword: "in") { return Expression(.isIn(left, try list()), at: start) }
    guard let operation = parser.comparisonOperator() else { return left }
    if parser.token.kind == .name("null") {
      // Null is not a value, so that comparing with it asks whether there is one.
      let there = Expression(.exists(left), at: start)
      switch operation {
      case .equal:
        parser.advance()
        return there.negated(at: start)
      case .notEqual:
        parser.advance()
        return there
      default:
        throw LanguageError("null cannot be in a list or an order; use exists(…)", at: position)
      }
    }
    return Expression(.comparison(operation, left, try sum()), at: start)
  }

  private mutating func sum() throws(LanguageError) -> Expression {
    let start = position
    var result = try product()
    while true {
      if parser.take(.plus) {
        result = Expression(.arithmetic(.plus, result, try product()), at: start)
      } else if parser.take(.minus) {
        result = Expression(.arithmetic(.minus, result, try product()), at: start)
      } else {
        return result
      }
    }
  }

  private mutating func product() throws(LanguageError) -> Expression {
    let start = position
    var result = try unary()
    while true {
      if parser.take(.star) {
        result = Expression(.arithmetic(.times, result, try unary()), at: start)
      } else if parser.take(.slash) {
        result = Expression(.arithmetic(.over, result, try unary()), at: start)
      } else {
        return result
      }
    }
  }

  private mutating func unary() throws(LanguageError) -> Expression {
    let start = position
    guard parser.take(.minus) else { return try primary() }
    return try nested { reader throws(LanguageError) in
      let part = try reader.unary()
      switch part.kind {
      case .constant(.number(let number)):
        guard let negated = number.negated else { break }
        return Expression(.constant(.number(negated)), at: start)
      case .constant(.money(let amount, let currency)):
        guard let negated = amount.negated else { break }
        return Expression(.constant(.money(negated, currency)), at: start)
      default: break
      }
      return Expression(.negative(part), at: start)
    }
  }

  /// Reads `[a, b, …]` with at least one constant.
  private mutating func list() throws(LanguageError) -> [Literal] {
    try parser.expect(.openBracket, "to begin the list")
    var list: [Literal] = []
    repeat {
      if parser.token.kind == .name("null") {
        throw LanguageError("null cannot be in a list or an order; use exists(…)", at: position)
      }
      list.append(try parser.literal())
    } while parser.take(.comma)
    try parser.expect(.closeBracket, "to end the list")
    return list
  }

  /// Runs `body` one level deeper; too deep is an error.
  mutating func nested<R>(
    _ body: (inout ExpressionParser) throws(LanguageError) -> R
  ) throws(LanguageError) -> R {
    var copy = self
    let result = try parser.nested { inner throws(LanguageError) -> R in
      copy.parser = inner
      let result = try body(&copy)
      inner = copy.parser
      return result
    }
    return result
  }
}
