// What `where` asks of one event. The values here are what the language says; `EventPredicate` is
// their compiled form.

/// The operators that compare a value with a constant.
public enum ComparisonOperator: String, CaseIterable, Sendable {
  /// Equal.
  case equal = "="
  /// There is a value, and it is not equal.
  case notEqual = "!="
  /// Greater: numbers by value, texts by their UTF-8 bytes.
  case greater = ">"
  /// Greater or equal.
  case greaterOrEqual = ">="
  /// Less.
  case less = "<"
  /// Less or equal.
  case lessOrEqual = "<="
  /// A text that has the constant inside, or a list that has it as an element.
  case contains = "contains"
}

/// The way to a value inside an event, from the top: `properties.revenue`.
public struct PropertyPath: Hashable, Sendable {
  /// The keys, outermost first; at least one.
  public let keys: [String]

  /// Makes a path; no key at all traps.
  public init(_ keys: [String]) {
    precondition(!keys.isEmpty, "a path has a key")
    self.keys = keys
  }

  /// The fields of an event that a path may start with.
  public static let roots = [
    "properties", "context", "traits", "type", "event", "name", "category", "userId",
    "anonymousId", "groupId", "previousId", "messageId", "timestamp", "originalTimestamp",
    "sentAt", "receivedAt", "channel", "version", "integrations",
  ]

  /// The most keys a path may have; events nest no deeper.
  public static let keysMax = 32
}

extension PropertyPath: CustomStringConvertible {
  /// The path as the language writes it; keys that are not plain names stand in quotes.
  public var description: String {
    keys.map { key in
      if let tokens = try? Lexer.tokens(of: key), tokens.count == 2, tokens[0].kind == .name(key) {
        return key
      }
      return key.quoted
    }.joined(separator: ".")
  }
}

/// What else a text can be asked.
public enum TextOperator: String, CaseIterable, Sendable {
  /// Whether the constant stands at the beginning.
  case startsWith = "starts_with"
  /// Whether the constant stands at the end.
  case endsWith = "ends_with"
  /// Whether the whole text fits a pattern: `*` any characters, `?` one, `[a-z]` one of these, `\\`
  /// takes the next character as it is. Written `match(value, "pattern")`.
  case match
}

/// A function of an event's value.
public enum EventFunction: String, CaseIterable, Sendable {
  /// How many characters a text has, or how many elements a list.
  case length
  /// The text in lower case.
  case lowercase
  /// The text in capital letters.
  case uppercase
  /// The words of the text in lower case, `_` between them.
  case snakecase
  /// The words of the text in lower case, `-` between them.
  case kebabcase
  /// The words of the text, each with a capital first letter, a space between them.
  case titlecase
}

/// One test of an event's value.
public indirect enum EventTest: Hashable, Sendable {
  /// Compares the value with a constant. False if there is no value, for every operator.
  case comparison(PropertyPath, ComparisonOperator, Literal)
  /// Whether the value equals one of the constants.
  case isIn(PropertyPath, [Literal])
  /// Whether there is a value; null is none.
  case exists(PropertyPath)
  /// Whether a text, or a number as it was sent, begins or ends with or fits the constant.
  case text(PropertyPath, TextOperator, String)
  /// The test of what a function makes of the value.
  case applied(EventFunction, EventTest)

  /// The way to the value that is tested.
  var path: PropertyPath {
    switch self {
    case .comparison(let path, _, _), .isIn(let path, _), .exists(let path), .text(let path, _, _):
      path
    case .applied(_, let test): test.path
    }
  }
}

extension EventTest: CustomStringConvertible {
  /// The test as the language writes it.
  public var description: String { text { $0.description } }

  /// The test with its path as `operand` writes it.
  private func text(_ operand: (PropertyPath) -> String) -> String {
    switch self {
    case .comparison(let path, let comparison, let literal):
      "\(operand(path)) \(comparison.rawValue) \(literal)"
    case .isIn(let path, let list):
      "\(operand(path)) in [\(list.map(\.description).joined(separator: ", "))]"
    case .exists(let path): "exists(\(operand(path)))"
    case .text(let path, .match, let pattern): "match(\(operand(path)), \(pattern.quoted))"
    case .text(let path, let operation, let text):
      "\(operand(path)) \(operation.rawValue) \(text.quoted)"
    case .applied(let function, let test): test.text { "\(function.rawValue)(\(operand($0)))" }
    }
  }
}

/// A condition over one event.
public typealias EventCondition = BooleanExpression<EventTest>

extension BooleanExpression where Test == EventTest {
  /// Reads a condition, as it follows `where`.
  public init(parsing text: String) throws(LanguageError) {
    var parser = try DefinitionParser(text)
    self = try parser.eventCondition()
    try parser.expectEnd()
  }
}
