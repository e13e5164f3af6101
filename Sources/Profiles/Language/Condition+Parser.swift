// Reads paths and what `where` asks of one event.

extension DefinitionParser {
  /// Reads a condition over one event.
  package mutating func eventCondition() throws(LanguageError) -> EventCondition {
    try expression { parser throws(LanguageError) in try parser.eventTest() }
  }

  private mutating func eventTest() throws(LanguageError) -> EventCondition {
    if token.kind == .name("exists"), following.kind == .mark(.open) {
      advance()
      advance()
      let path = try propertyPath()
      try expect(.close, "after the path")
      return .test(.exists(path))
    }
    let path = try propertyPath()
    if take(keyword: "in") { return .test(.isIn(path, try eventLiteralList())) }
    guard let comparison = comparisonOperator() else {
      throw unexpected(
        "expected one of = != > >= < <= in contains after \(path)", among: ["in", "contains"])
    }
    let position = token.position
    return try Self.test(path, comparison, try eventLiteral(), at: position)
  }

  private static func test(
    _ path: PropertyPath, _ comparison: ComparisonOperator, _ literal: Literal,
    at position: SourcePosition
  ) throws(LanguageError) -> EventCondition {
    switch (comparison, literal) {
    // Null is no value, so that comparing with it asks whether there is one.
    case (.equal, .null): return .not(.test(.exists(path)))
    case (.notEqual, .null): return .test(.exists(path))
    case (.greater, .string), (.greater, .number), (.greaterOrEqual, .string),
      (.greaterOrEqual, .number), (.less, .string), (.less, .number), (.lessOrEqual, .string),
      (.lessOrEqual, .number), (.equal, _), (.notEqual, _), (.contains, .string),
      (.contains, .number), (.contains, .bool):
      return .test(.comparison(path, comparison, literal))
    default:
      throw LanguageError("'\(comparison.rawValue)' cannot compare with \(literal)", at: position)
    }
  }

  private mutating func eventLiteral() throws(LanguageError) -> Literal {
    let position = token.position
    let literal = try literal()
    if case .money = literal {
      throw LanguageError(
        "a property has no currency of its own; compare it with a plain number", at: position)
    }
    return literal
  }

  private mutating func eventLiteralList() throws(LanguageError) -> [Literal] {
    try expect(.openBracket, "to begin the list")
    var list: [Literal] = []
    repeat {
      if token.kind == .name("null") {
        throw LanguageError("a list has no null; use exists(…)", at: token.position)
      }
      list.append(try eventLiteral())
    } while take(.comma)
    try expect(.closeBracket, "to end the list")
    return list
  }

  /// Reads a path from the top of an event.
  package mutating func propertyPath() throws(LanguageError) -> PropertyPath {
    let start = token.position
    guard case .name(let root) = token.kind else {
      throw unexpected("expected a path such as properties.revenue", among: [])
    }
    guard PropertyPath.roots.contains(root) else {
      let near = NearName.of(root, among: PropertyPath.roots)
      throw LanguageError(
        "an event has no field '\(root)'", at: start, suggestion: near ?? "properties.\(root)")
    }
    advance()
    var keys = [root]
    while take(.dot) {
      switch token.kind {
      case .name(let key), .string(let key): keys.append(key)
      default:
        throw unexpected(
          "expected a key after '.' (one that is no plain word stands in quotes)", among: [])
      }
      advance()
    }
    if token.kind == .mark(.minus) {
      throw LanguageError("a key with '-' inside stands in quotes", at: token.position)
    }
    guard keys.count <= PropertyPath.keysMax else {
      throw LanguageError("the path has more than \(PropertyPath.keysMax) keys", at: start)
    }
    return PropertyPath(keys)
  }
}
