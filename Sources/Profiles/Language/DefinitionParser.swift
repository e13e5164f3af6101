// The parts of the parser that every kind of definition needs: a place in the words, what may come
// next, literals, and the boolean structure. `Condition+Parser.swift` and `Aggregate+Parser.swift`
// add theirs; rules add theirs in the module above.

import Bytes

/// Reads definitions from words, by recursive descent with one word of look-ahead.
package struct DefinitionParser {
  /// How deep parentheses and negations may nest: far beyond use, far below the stack.
  package static let depthMax = 64

  private let tokens: [Token]
  /// Where time zones come from.
  let zones: TimeZones
  private var index = 0
  private var depth = 0

  /// Reads the words of `text`.
  package init(_ text: String, zones: TimeZones = .utcOnly) throws(LanguageError) {
    tokens = try Lexer.tokens(of: text)
    self.zones = zones
  }

  /// The word that comes next.
  package var token: Token { tokens[index] }

  /// The word after the next one.
  package var following: Token { tokens[min(index + 1, tokens.count - 1)] }

  /// The kind of the word this many words further on.
  func peek(_ distance: Int) -> Token.Kind { tokens[min(index + distance, tokens.count - 1)].kind }

  /// Skips the next word; at the end it stays there.
  package mutating func advance() { index = min(index + 1, tokens.count - 1) }

  /// Takes the mark if it comes next.
  package mutating func take(_ mark: Token.Mark) -> Bool {
    guard token.kind == .mark(mark) else { return false }
    advance()
    return true
  }

  /// Takes the keyword if it comes next.
  package mutating func take(keyword: String) -> Bool {
    guard token.kind == .name(keyword) else { return false }
    advance()
    return true
  }

  /// Takes the mark or throws, saying what for.
  package mutating func expect(_ mark: Token.Mark, _ purpose: String) throws(LanguageError) {
    guard take(mark) else {
      throw LanguageError(
        "expected '\(mark.rawValue)' \(purpose), found \(token.text)", at: token.position)
    }
  }

  /// Throws unless all words have been read.
  package func expectEnd() throws(LanguageError) {
    guard token.kind == .end else { throw unexpected("expected 'and', 'or' or the end") }
  }

  /// The error for a word that cannot stand here, with a near keyword if there is one.
  package func unexpected(
    _ expectation: String, among candidates: [String] = ["and", "or"]
  ) -> LanguageError {
    var suggestion: String?
    if case .name(let name) = token.kind { suggestion = NearName.of(name, among: candidates) }
    return LanguageError(
      "\(expectation), found \(token.text)", at: token.position, suggestion: suggestion)
  }

  /// Runs `body` one level deeper; too deep is an error.
  package mutating func nested<R>(
    _ body: (inout Self) throws(LanguageError) -> R
  ) throws(LanguageError) -> R {
    guard depth < Self.depthMax else {
      throw LanguageError(
        "nested deeper than \(Self.depthMax) levels; simplify the definition", at: token.position)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  /// Reads a boolean combination whose tests `test` reads.
  package mutating func expression<Test>(
    _ test: (inout Self) throws(LanguageError) -> BooleanExpression<Test>
  ) throws(LanguageError) -> BooleanExpression<Test> {
    var parts = [try conjunction(test)]
    while take(keyword: "or") { parts.append(try conjunction(test)) }
    return .any(parts)
  }

  private mutating func conjunction<Test>(
    _ test: (inout Self) throws(LanguageError) -> BooleanExpression<Test>
  ) throws(LanguageError) -> BooleanExpression<Test> {
    var parts = [try negation(test)]
    while take(keyword: "and") { parts.append(try negation(test)) }
    return .all(parts)
  }

  private mutating func negation<Test>(
    _ test: (inout Self) throws(LanguageError) -> BooleanExpression<Test>
  ) throws(LanguageError) -> BooleanExpression<Test> {
    if take(keyword: "not") || take(.exclamation) {
      return try nested { parser throws(LanguageError) in try parser.negation(test).negated }
    }
    guard take(.open) else { return try test(&self) }
    let inner = try nested { parser throws(LanguageError) in try parser.expression(test) }
    try expect(.close, "to close the parenthesis")
    return inner
  }

  /// Reads a comparison operator, if one comes next.
  package mutating func comparisonOperator() -> ComparisonOperator? {
    let result: ComparisonOperator? =
      switch token.kind {
      case .mark(let mark): ComparisonOperator(rawValue: mark.rawValue)
      case .name(let name): ComparisonOperator(rawValue: name)
      default: nil
      }
    if result != nil { advance() }
    return result
  }

  /// Reads a constant: a text, a number, an amount of money, `true`, `false` or `null`.
  package mutating func literal() throws(LanguageError) -> Literal {
    let start = token
    switch start.kind {
    case .string(let text):
      advance()
      return .string(text)
    case .name("true"), .name("false"):
      advance()
      return .bool(start.kind == .name("true"))
    case .name("null"):
      advance()
      return .null
    case .number, .quantity, .mark(.minus):
      return try number()
    default:
      throw unexpected(
        "expected a constant (a text in quotes, a number, true, false or null)",
        among: ["true", "false", "null"])
    }
  }

  /// Reads `[a, b, …]` with at least one element.
  package mutating func literalList() throws(LanguageError) -> [Literal] {
    try expect(.openBracket, "to begin the list")
    var list = [try literal()]
    while take(.comma) { list.append(try literal()) }
    try expect(.closeBracket, "to end the list")
    return list
  }

  private mutating func number() throws(LanguageError) -> Literal {
    let position = token.position
    let sign = take(.minus) ? "-" : ""
    let text: String
    var unit: String?
    var unitPosition = token.position
    switch token.kind {
    case .number(let number): text = number
    case .quantity(let number, let suffix): (text, unit) = (number, suffix)
    default: throw unexpected("expected a number after '-'", among: [])
    }
    advance()
    if unit == nil, case .name(let name) = token.kind, !Self.endsConstant(name) {
      (unit, unitPosition) = (name, token.position)
      advance()
    }
    guard let unit else { return .number(try Self.decimal(sign + text, at: position)) }
    guard unit == unit.uppercased(), let currency = CurrencyCode(unit) else {
      throw noCurrency(unit, at: unitPosition)
    }
    return .money(try Self.decimal(sign + text, at: position), currency)
  }

  private func noCurrency(_ unit: String, at position: SourcePosition) -> LanguageError {
    let remedy = "write three capital letters, as in 100 USD"
    guard !LengthUnit.names(unit) else {
      return LanguageError("'\(unit)' is not a currency; \(remedy)", at: position)
    }
    return LanguageError(
      "'\(unit)' is neither a currency nor a unit of time; \(remedy), or \(LengthUnit.choices)",
      at: position,
      suggestion: NearName.of(unit, among: ["and", "or"]) ?? LengthUnit.suggestion(for: unit))
  }

  /// Whether a name right after a number goes on with the expression rather than being a unit.
  private static func endsConstant(_ name: String) -> Bool {
    ["and", "or", "not", "in", "contains", "where", "without"].contains(name)
  }

  static func decimal(
    _ text: String, at position: SourcePosition
  ) throws(LanguageError) -> FixedDecimal {
    switch FixedDecimal.read(text) {
    case .exact(let value): return value
    case .tooPrecise:
      throw LanguageError(
        "the number has more than \(FixedDecimal.scale) digits after the point", at: position)
    case .overflow: throw LanguageError("the number is too large", at: position)
    case .notANumber: throw LanguageError("'\(text)' is not a number", at: position)
    }
  }
}
