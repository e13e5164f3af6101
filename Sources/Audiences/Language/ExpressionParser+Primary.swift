// Reads what stands between operators: constants, aggregates, functions, names.

import Bytes
import Profiles

extension ExpressionParser {
  mutating func primary() throws(LanguageError) -> Expression {
    let start = position
    switch parser.token.kind {
    case .string(let text):
      parser.advance()
      return Expression(.constant(.string(text)), at: start)
    case .number, .quantity:
      return parser.isAtDuration
        ? Expression(.duration(try parser.duration()), at: start)
        : Expression(.constant(try parser.literal()), at: start)
    case .mark(.open):
      parser.advance()
      let inner = try nested { reader throws(LanguageError) in try reader.expression() }
      try parser.expect(.close, "to close the parenthesis")
      return inner
    case .name(let name): return try named(name, at: start)
    default:
      throw parser.unexpected(
        "expected an aggregate such as count(\"Order Completed\") or the name of a trait",
        among: [])
    }
  }

  private mutating func named(
    _ name: String, at start: SourcePosition
  ) throws(LanguageError) -> Expression {
    if name == "true" || name == "false" {
      parser.advance()
      return Expression(.constant(.bool(name == "true")), at: start)
    }
    if let (quantity, asked) = try quantity(name) {
      let part = try argument(of: "'\(quantity.text(of: asked))'")
      let kind: Expression.Kind =
        asked == .account ? .accounts(quantity, part) : .members(quantity, part)
      return Expression(kind, at: start)
    }
    if parser.following.kind == .mark(.open) { return try call(name, at: start) }
    if name == "traits", parser.following.kind == .mark(.dot) {
      return Expression(.known(try knownPath()), at: start)
    }
    guard DefinitionName.isValid(name) else {
      throw LanguageError(
        "'\(name)' is not a name of a trait; \(DefinitionName.requirement)", at: start)
    }
    parser.advance()
    return Expression(.trait(name), at: start)
  }

  /// Reads the path of a known trait.
  ///
  /// Unlike a path inside an event, a minus may follow it.
  private mutating func knownPath() throws(LanguageError) -> PropertyPath {
    var keys = ["traits"]
    var end = position
    parser.advance()
    while parser.take(.dot) {
      end = position
      switch parser.token.kind {
      case .name(let key):
        keys.append(key)
        end.column += key.unicodeScalars.count
      case .string(let key): keys.append(key)
      default:
        throw parser.unexpected(
          "expected a key after '.' (one that is not a plain word must be quoted)", among: [])
      }
      parser.advance()
    }
    if parser.token.kind == .mark(.minus), position == end {
      throw LanguageError("a key with '-' inside must be quoted", at: position)
    }
    guard keys.count <= PropertyPath.keysMax else {
      throw LanguageError("the path has more than \(PropertyPath.keysMax) keys", at: position)
    }
    return PropertyPath(keys)
  }

  /// Reads what asks about members or accounts, up to the parenthesis; nil if nothing of the kind comes
  /// next.
  private mutating func quantity(
    _ name: String
  ) throws(LanguageError) -> (MemberQuantity, of: EntityKind)? {
    let simple: [String: (MemberQuantity, ending: String)] = [
      "any": (.any, ""), "all": (.all, "s"), "no": (.none, ""),
    ]
    if let (quantity, ending) = simple[name], case .name = parser.following.kind {
      parser.advance()
      return (quantity, try askedEntity(["member" + ending, "account" + ending], after: name))
    }
    let values: [String: MemberQuantity] = [
      "count": .count, "sum": .sum, "avg": .average, "max": .maximum, "min": .minimum,
    ]
    if let quantity = values[name], parser.following.kind == .name("over") {
      parser.advance()
      parser.advance()
      return (quantity, try askedEntity(["members", "accounts"], after: "\(name) over"))
    }
    guard name == "at", parser.following.kind == .name("least") else { return nil }
    parser.advance()
    parser.advance()
    guard case .number(let text) = parser.token.kind, let count = Int(text), count > 0 else {
      throw parser.unexpected("expected a whole number from 1 after 'at least'", among: [])
    }
    parser.advance()
    let words = ["members", "member", "accounts", "account"]
    return (.atLeast(count), try askedEntity(words, after: "the number"))
  }

  /// Reads one of the words for members or accounts.
  private mutating func askedEntity(
    _ words: [String], after what: String
  ) throws(LanguageError) -> EntityKind {
    guard case .name(let word) = parser.token.kind, words.contains(word) else {
      throw parser.unexpected(
        "expected '\(words[0])' or '\(words[words.count / 2])' after '\(what)'", among: words)
    }
    parser.advance()
    return word.hasPrefix("account") ? .account : .person
  }

  /// Reads a parenthesis with one expression inside.
  private mutating func argument(of what: String) throws(LanguageError) -> Expression {
    try parser.expect(.open, "after \(what)")
    let part = try nested { reader throws(LanguageError) in try reader.expression() }
    try parser.expect(.close, "after the operand of \(what)")
    return part
  }

  private mutating func call(
    _ name: String, at start: SourcePosition
  ) throws(LanguageError) -> Expression {
    switch name {
    case "performed":
      parser.advance()
      let count = Expression(.aggregate(try parser.performed()), at: start)
      let one = Expression(.constant(.number(FixedDecimal(1))), at: start)
      return Expression(.comparison(.greaterOrEqual, count, one), at: start)
    case "exists" where !isAggregate(name):
      parser.advance()
      return Expression(.exists(try argument(of: "'exists'")), at: start)
    case "time_since_first", "time_since_last":
      parser.advance()
      let moment = Aggregate.moment(
        isFirst: name == "time_since_first", of: try parser.performed())
      return Expression(.timeSince(moment), at: start)
    case "member":
      return Expression(.member(try textArgument("the name of an audience")), at: start)
    case "bucket": return Expression(.bucket(try textArgument("a text to mix in")), at: start)
    case "stage": return try stages(at: start)
    default: break
    }
    if isAggregate(name) { return Expression(.aggregate(try parser.aggregate()), at: start) }
    if let function = ExpressionFunction(rawValue: name) { return try call(function, at: start) }
    throw parser.unexpected(
      "expected one of \(Self.functionNames.joined(separator: ", "))", among: Self.functionNames)
  }

  /// All that can stand in front of a parenthesis.
  static let functionNames =
    DefinitionParser.aggregateNames
    + ["performed", "time_since_first", "time_since_last", "member", "bucket", "stage"]
    + ExpressionFunction.allCases.map(\.rawValue).filter {
      !DefinitionParser.aggregateNames.contains($0)
    }

  /// Whether an aggregate comes next: `min`, `max` and `exists` are functions of values too, which do
  /// not begin with events.
  private func isAggregate(_ name: String) -> Bool {
    guard DefinitionParser.aggregateNames.contains(name) else { return false }
    guard ExpressionFunction(rawValue: name) != nil || name == "exists" else { return true }
    var ahead = parser
    ahead.advance()
    ahead.advance()
    switch ahead.token.kind {
    case .string, .mark(.openBracket), .mark(.star): return true
    default: return false
    }
  }

  private mutating func textArgument(_ what: String) throws(LanguageError) -> String {
    parser.advance()
    parser.advance()
    guard case .string(let text) = parser.token.kind else {
      throw parser.unexpected("expected \(what) in quotes", among: [])
    }
    parser.advance()
    try parser.expect(.close, "after the text")
    return text
  }

  private mutating func call(
    _ function: ExpressionFunction, at start: SourcePosition
  ) throws(LanguageError) -> Expression {
    parser.advance()
    parser.advance()
    var arguments: [Expression] = []
    repeat {
      arguments.append(try nested { reader throws(LanguageError) in try reader.expression() })
    } while parser.take(.comma)
    try parser.expect(.close, "after the arguments of '\(function.rawValue)'")
    guard function.arity.contains(arguments.count) else {
      let (least, most) = (function.arity.lowerBound, function.arity.upperBound)
      let count = least == most ? "\(least)" : "\(least) to \(most)"
      throw LanguageError(
        "'\(function.rawValue)' takes \(count) values and not \(arguments.count)", at: start)
    }
    return Expression(.call(function, arguments), at: start)
  }

  private mutating func stages(at start: SourcePosition) throws(LanguageError) -> Expression {
    parser.advance()
    parser.advance()
    var stages: [Expression.Stage] = []
    repeat {
      let place = position
      let name: String
      switch parser.token.kind {
      case .name(let word) where DefinitionName.isPlain(word): name = word
      case .string(let text) where !text.isEmpty: name = text
      default:
        throw LanguageError(
          "expected the name of a stage, as in stage(new: RULE, active: RULE), found "
            + parser.token.text, at: place)
      }
      guard !stages.contains(where: { $0.name == name }) else {
        throw LanguageError("the stage '\(name)' occurs twice; keep one", at: place)
      }
      parser.advance()
      try parser.expect(.colon, "after the name of the stage")
      let rule = try nested { reader throws(LanguageError) in try reader.expression() }
      stages.append(Expression.Stage(name: name, rule: rule))
    } while parser.take(.comma)
    try parser.expect(.close, "after the stages")
    return Expression(.stage(stages), at: start)
  }
}
