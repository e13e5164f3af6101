// Reads aggregates.

import Bytes

extension DefinitionParser {
  /// The names of all aggregate functions.
  package static let aggregateNames = ["count", "sum", "first", "last"]

  /// The units of durations with their lengths in milliseconds, largest first.
  package static let durationUnits: [(unit: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// Reads an aggregate.
  package mutating func aggregate() throws(LanguageError) -> Aggregate {
    guard case .name(let name) = token.kind, following.kind == .mark(.open) else {
      throw unexpected(
        "expected an aggregate such as count(\"Order Completed\")", among: Self.aggregateNames)
    }
    guard Self.aggregateNames.contains(name) else {
      throw unexpected(
        "expected one of \(Self.aggregateNames.joined(separator: ", "))",
        among: Self.aggregateNames)
    }
    advance()
    advance()
    let (events, condition) = try eventsAndCondition()
    var arguments = AggregateArguments(takesPath: name != "count", takesCurrency: name == "sum")
    if arguments.takesPath {
      try expect(.comma, "and a path such as properties.revenue")
      arguments.path = try propertyPath()
    }
    try options(of: name, into: &arguments)
    guard let kind = arguments.kind(of: name) else {
      throw unexpected("expected one of \(Self.aggregateNames.joined(separator: ", "))")
    }
    return Aggregate(kind, of: events, where: condition, within: arguments.window)
  }

  /// Reads `performed(…)` behind its name: the count that must be at least one.
  package mutating func performed() throws(LanguageError) -> Aggregate {
    try expect(.open, "after 'performed'")
    let (events, condition) = try eventsAndCondition()
    var arguments = AggregateArguments(takesPath: false, takesCurrency: false)
    try options(of: "performed", into: &arguments)
    return Aggregate(.count, of: events, where: condition, within: arguments.window)
  }

  private mutating func eventsAndCondition() throws(LanguageError)
    -> (EventSelector, EventCondition?)
  {
    let events = try eventSelector()
    guard take(keyword: "where") else { return (events, nil) }
    let condition = try nested { parser throws(LanguageError) in try parser.eventCondition() }
    return (events, condition)
  }

  private mutating func eventSelector() throws(LanguageError) -> EventSelector {
    if take(.star) { return .any }
    guard take(.openBracket) else { return .names([try eventName()]) }
    var names = [try eventName()]
    while take(.comma) { names.append(try eventName()) }
    try expect(.closeBracket, "to end the list of events")
    return .names(names)
  }

  private mutating func eventName() throws(LanguageError) -> String {
    guard case .string(let name) = token.kind else {
      throw unexpected("expected an event name in quotes, a list of them, or *", among: [])
    }
    guard !name.isEmpty else {
      throw LanguageError("an event name is not empty", at: token.position)
    }
    advance()
    return name
  }

  /// Reads `, currency: …` and `, last N` in any order, then the closing parenthesis.
  private mutating func options(
    of function: String, into arguments: inout AggregateArguments
  ) throws(LanguageError) {
    while take(.comma) {
      let position = token.position
      if token.kind == .name("last") {
        advance()
        let window = Window.last(try duration())
        guard arguments.window == .allTime else {
          throw LanguageError("'\(function)' has two windows; keep one", at: position)
        }
        arguments.window = window
      } else if token.kind == .name("currency"), arguments.takesCurrency {
        advance()
        try expect(.colon, "after 'currency'")
        let currency = try currencySource()
        guard arguments.currency == nil else {
          throw LanguageError("'\(function)' has two currencies; keep one", at: position)
        }
        arguments.currency = currency
      } else {
        let options = arguments.takesCurrency ? ["currency", "last"] : ["last"]
        let texts = arguments.takesCurrency ? "'currency: …' or 'last 90d'" : "'last 90d'"
        throw unexpected("expected \(texts)", among: options)
      }
    }
    guard take(.close) else {
      throw unexpected("expected ',' or ')' in '\(function)'", among: ["where"])
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

  /// Reads a length of time: a whole number with the unit d, h, m or s.
  package mutating func duration() throws(LanguageError) -> Milliseconds {
    let position = token.position
    guard case .quantity(let number, let unit) = token.kind,
      let length = Self.durationUnits.first(where: { $0.unit == unit })?.milliseconds,
      let count = Int64(number), count > 0
    else {
      throw LanguageError(
        "expected a time such as 90d, 12h, 30m or 45s, found \(token.text)", at: position)
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard !overflow, Milliseconds(product) <= Window.lengthMax else {
      throw LanguageError("a window is at most 36,525 days", at: position)
    }
    advance()
    return Milliseconds(product)
  }
}

/// What stands between the parentheses of an aggregate, behind the events.
private struct AggregateArguments {
  let takesPath: Bool
  let takesCurrency: Bool
  var path: PropertyPath?
  var currency: CurrencySource?
  var window = Window.allTime

  func kind(of function: String) -> Aggregate.Kind? {
    guard let path else { return function == "count" ? .count : nil }
    switch function {
    case "sum": return .sum(path, currency: currency)
    case "first": return .first(path)
    case "last": return .last(path)
    default: return nil
    }
  }
}
