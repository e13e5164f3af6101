// What may stand after the events of an aggregate, in any order: named options and one window.

import Bytes

/// An option with a name.
enum AggregateOption: String {
  case currency
  case limit
  case by
  case gap
  case halfLife = "half_life"
  case within
  case merge

  /// How it is written.
  var example: String {
    switch self {
    case .currency: "currency: …"
    case .limit: "limit: 100"
    case .by: "by: properties.ticket_id"
    case .gap: "gap: 30m"
    case .halfLife: "half_life: 14d"
    case .within: "within 7d"
    case .merge: "merge: latest"
    }
  }
}

extension AggregateFunction {
  /// The options that it takes.
  var options: [AggregateOption] {
    switch self {
    case .sum, .average, .minimum, .maximum: [.currency]
    case .uniqueList, .categoryCount: [.limit]
    case .unmatched: [.by]
    case .sessions: [.gap]
    case .sequence: [.within]
    case .score: [.halfLife]
    case .consent: [.merge]
    default: []
    }
  }

  /// Whether it is about the values at a path.
  var takesPath: Bool {
    switch self {
    case .sum, .average, .minimum, .maximum, .first, .last, .mostFrequent, .leastFrequent,
      .uniqueList, .uniqueCount, .categoryCount:
      true
    default: false
    }
  }
}

/// What stands between the parentheses of an aggregate, after the events.
struct AggregateOptions {
  let function: String
  let takes: [AggregateOption]
  var path: PropertyPath?
  var answer: EventPattern?
  var currency: CurrencySource?
  var limit: Int?
  var key: PropertyPath?
  var gap: Milliseconds?
  var halfLife: Milliseconds?
  var within: Milliseconds?
  var merge: ConsentMerge?
  var window: Window?
  var windowPosition = SourcePosition.start

  init(_ function: String, takes: [AggregateOption]) {
    self.function = function
    self.takes = takes
  }

  /// Whether the option has been given.
  func has(_ option: AggregateOption) -> Bool {
    switch option {
    case .currency: currency != nil
    case .limit: limit != nil
    case .by: key != nil
    case .gap: gap != nil
    case .halfLife: halfLife != nil
    case .within: within != nil
    case .merge: merge != nil
    }
  }
}

extension DefinitionParser {
  /// Reads options and a window in any order, each after a comma, then the closing parenthesis.
  mutating func read(_ options: inout AggregateOptions) throws(LanguageError) {
    while take(.comma) {
      let position = token.position
      if let window = try window() {
        guard options.window == nil else {
          throw LanguageError("'\(options.function)' has two windows; keep one", at: position)
        }
        options.window = window
        options.windowPosition = position
      } else {
        try readOption(&options)
      }
    }
    guard take(.close) else {
      throw unexpected("expected ',' or ')' in '\(options.function)'", among: ["where"])
    }
  }

  private mutating func readOption(_ options: inout AggregateOptions) throws(LanguageError) {
    let position = token.position
    guard case .name(let name) = token.kind, let option = AggregateOption(rawValue: name),
      options.takes.contains(option)
    else {
      let texts = options.takes.map { "'\($0.example)'" } + ["'last 90d'"]
      throw unexpected(
        "expected \(texts.joined(separator: " or "))",
        among: options.takes.map(\.rawValue) + Self.windowWords)
    }
    guard !options.has(option) else {
      let plural = option == .currency ? "two currencies" : "'\(name)' twice"
      throw LanguageError("'\(options.function)' has \(plural); keep one", at: position)
    }
    advance()
    if option != .within { try expect(.colon, "after '\(name)'") }
    switch option {
    case .currency: options.currency = try currencySource()
    case .limit: options.limit = try limit()
    case .by: options.key = try propertyPath()
    case .gap: options.gap = try duration()
    case .halfLife: options.halfLife = try duration()
    case .within: options.within = try duration()
    case .merge: options.merge = try consentMerge()
    }
  }

  private mutating func currencySource() throws(LanguageError) -> CurrencySource {
    guard case .string(let text) = token.kind else { return .path(try propertyPath()) }
    guard text == text.uppercased(), let code = CurrencyCode(text) else {
      throw LanguageError(
        "a currency is three capital letters, as in \"USD\"", at: token.position)
    }
    advance()
    return .constant(code)
  }

  private mutating func limit() throws(LanguageError) -> Int {
    guard case .number(let text) = token.kind, let limit = Int(text), limit > 0,
      limit <= Aggregate.listLimitMax
    else {
      throw LanguageError(
        "a limit is a whole number from 1 to \(Aggregate.listLimitMax), found \(token.text)",
        at: token.position)
    }
    advance()
    return limit
  }
}
