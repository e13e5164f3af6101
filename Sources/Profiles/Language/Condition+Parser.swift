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
    if token.kind == .name("match"), following.kind == .mark(.open) {
      advance()
      advance()
      let (path, functions) = try eventOperand()
      try expect(.comma, "and a pattern such as \"/docs/*\"")
      let test = EventTest.text(path, .match, try pattern())
      try expect(.close, "after the pattern")
      return .test(Self.applied(functions, test))
    }
    let (path, functions) = try eventOperand()
    if take(keyword: "in") {
      return .test(Self.applied(functions, .isIn(path, try eventLiteralList())))
    }
    if case .name(let name) = token.kind, let operation = TextOperator(rawValue: name),
      operation != .match
    {
      advance()
      return .test(Self.applied(functions, .text(path, operation, try pattern())))
    }
    guard let comparison = comparisonOperator() else {
      throw unexpected(
        "expected one of = != > >= < <= in contains starts_with ends_with after \(path)",
        among: ["in", "contains", "starts_with", "ends_with"])
    }
    let position = token.position
    let test = try Self.test(path, comparison, try eventLiteral(), at: position)
    if functions.isEmpty { return test }
    guard case .test(let inner) = test else {
      throw LanguageError("a function is not compared with null; use exists(…)", at: position)
    }
    if functions.last == .length, case .comparison(_, _, let literal) = inner {
      guard case .number = literal else {
        throw LanguageError("a length is compared with a number", at: position)
      }
    }
    return .test(Self.applied(functions, inner))
  }

  /// Reads a path, perhaps inside functions; they come innermost first.
  private mutating func eventOperand() throws(LanguageError) -> (PropertyPath, [EventFunction]) {
    guard case .name(let name) = token.kind, following.kind == .mark(.open) else {
      return (try propertyPath(), [])
    }
    guard let function = EventFunction(rawValue: name) else {
      let names = EventFunction.allCases.map(\.rawValue) + ["match", "exists"]
      throw unexpected("expected one of \(names.joined(separator: ", "))", among: names)
    }
    advance()
    advance()
    let (path, functions) = try nested { parser throws(LanguageError) in
      try parser.eventOperand()
    }
    try expect(.close, "after the value")
    return (path, functions + [function])
  }

  private static func applied(_ functions: [EventFunction], _ test: EventTest) -> EventTest {
    functions.reversed().reduce(test) { .applied($1, $0) }
  }

  private mutating func pattern() throws(LanguageError) -> String {
    guard case .string(let text) = token.kind else {
      throw unexpected("expected a text in quotes", among: [])
    }
    advance()
    return text
  }

  private static func test(
    _ path: PropertyPath, _ comparison: ComparisonOperator, _ literal: Literal,
    at position: SourcePosition
  ) throws(LanguageError) -> EventCondition {
    switch (comparison, literal) {
    // Null is not a value, so that comparing with it asks whether there is one.
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
        throw LanguageError("a list cannot contain null; use exists(…)", at: token.position)
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
          "expected a key after '.' (one that is not a plain word must be quoted)", among: [])
      }
      advance()
    }
    if token.kind == .mark(.minus) {
      throw LanguageError("a key with '-' inside must be quoted", at: token.position)
    }
    guard keys.count <= PropertyPath.keysMax else {
      throw LanguageError("the path has more than \(PropertyPath.keysMax) keys", at: start)
    }
    return PropertyPath(keys)
  }
}
