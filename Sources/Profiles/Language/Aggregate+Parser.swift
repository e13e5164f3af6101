// Reads aggregates. Windows are read in `Window+Parser.swift`.

import Bytes

extension DefinitionParser {
  /// The names of all aggregate functions.
  package static let aggregateNames = AggregateFunction.allCases.map(\.name)

  /// Reads an aggregate.
  package mutating func aggregate() throws(LanguageError) -> Aggregate {
    guard case .name(let name) = token.kind, following.kind == .mark(.open) else {
      throw unexpected(
        "expected an aggregate such as count(\"Order Completed\")", among: Self.aggregateNames)
    }
    guard let function = AggregateFunction(rawValue: name) else {
      throw unexpected(
        "expected one of \(Self.aggregateNames.joined(separator: ", "))",
        among: Self.aggregateNames)
    }
    advance()
    advance()
    switch function {
    case .sequence: return try sequence()
    case .score: return try score()
    case .consent: return try consent()
    default: return try aggregate(function)
    }
  }

  /// Reads `performed(…)` after its name: the count that must be at least one.
  package mutating func performed() throws(LanguageError) -> Aggregate {
    try expect(.open, "after 'performed'")
    let pattern = try eventPattern()
    var options = AggregateOptions("performed", takes: [])
    try read(&options)
    return Aggregate(
      .count, of: pattern.events, where: pattern.condition, within: options.window ?? .allTime)
  }

  private mutating func aggregate(
    _ function: AggregateFunction
  ) throws(LanguageError) -> Aggregate {
    let pattern = try eventPattern()
    var options = AggregateOptions(function.name, takes: function.options)
    if function.takesPath {
      try expect(.comma, "and a path such as properties.revenue")
      options.path = try propertyPath()
    } else if function == .firstAt || function == .lastAt, isPathNext {
      advance()
      options.path = try propertyPath()
    } else if function == .unmatched {
      try expect(.comma, "and the events that answer, as in unmatched(\"Asked\", \"Solved\", …)")
      options.answer = try eventPattern()
    }
    try read(&options)
    try refuseSession(function, options)
    return Aggregate(
      try kind(function, options), of: pattern.events, where: pattern.condition,
      within: options.window ?? .allTime)
  }

  private func kind(
    _ function: AggregateFunction, _ options: AggregateOptions
  ) throws(LanguageError) -> Aggregate.Kind {
    let currency = options.currency
    let limit = options.limit ?? Aggregate.listLimitDefault
    switch (function, options.path) {
    case (.count, _): return .count
    case (.exists, _): return .exists
    case (.sum, let path?): return .sum(path, currency: currency)
    case (.average, let path?): return .average(path, currency: currency)
    case (.minimum, let path?): return .minimum(path, currency: currency)
    case (.maximum, let path?): return .maximum(path, currency: currency)
    case (.first, let path?): return .first(path)
    case (.last, let path?): return .last(path)
    case (.firstAt, let path): return .firstAt(path)
    case (.lastAt, let path): return .lastAt(path)
    case (.mostFrequent, let path?): return .mostFrequent(path)
    case (.leastFrequent, let path?): return .leastFrequent(path)
    case (.uniqueList, let path?): return .uniqueList(path, limit: limit)
    case (.uniqueCount, let path?): return .uniqueCount(path)
    case (.categoryCount, let path?): return .categoryCount(path, limit: limit)
    case (.unmatched, _):
      guard let answer = options.answer, let path = options.key else {
        throw missing("by: properties.ticket_id", function)
      }
      return .unmatched(answer: answer, by: path)
    case (.sessions, _):
      guard let gap = options.gap else { throw missing("gap: 30m", function) }
      return .sessions(gap: gap)
    default: throw missing("a path such as properties.revenue", function)
    }
  }

  func refuseSession(
    _ function: AggregateFunction, _ options: AggregateOptions
  ) throws(LanguageError) {
    guard case .latestSession? = options.window,
      [.unmatched, .sessions, .sequence, .consent].contains(function)
    else { return }
    throw LanguageError(
      "'\(function.name)' cannot look at one session; give it a window such as 'last 90d'",
      at: options.windowPosition)
  }

  func missing(_ what: String, _ function: AggregateFunction) -> LanguageError {
    LanguageError("'\(function.name)' needs '\(what)'", at: token.position)
  }

  /// Whether `, word.` comes next: only a path can go on like that.
  private var isPathNext: Bool {
    guard token.kind == .mark(.comma), case .name = following.kind else { return false }
    return peek(2) == .mark(.dot)
  }

  // MARK: - Events

  /// Reads which events are meant, with the condition after `where`.
  package mutating func eventPattern() throws(LanguageError) -> EventPattern {
    let events = try eventSelector()
    guard take(keyword: "where") else { return EventPattern(events) }
    let condition = try nested { parser throws(LanguageError) in try parser.eventCondition() }
    return EventPattern(events, where: condition)
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

  // MARK: - Sequences and scores

  /// Reads `"A", "B" without "D", …, within 7d, WINDOW)` after the opening parenthesis.
  private mutating func sequence() throws(LanguageError) -> Aggregate {
    let start = token.position
    var options = AggregateOptions("sequence", takes: [.within])
    var steps: [EventSequence.Step] = []
    repeat {
      let position = token.position
      let pattern = try eventPattern()
      var exclusions: [EventPattern] = []
      while take(keyword: "without") { exclusions.append(try eventPattern()) }
      if steps.isEmpty, !exclusions.isEmpty {
        throw LanguageError(
          "'without' is about the time since the step before; the first step has none",
          at: position)
      }
      steps.append(EventSequence.Step(pattern, without: exclusions))
    } while isStepNext && take(.comma)
    try read(&options)
    try refuseSession(.sequence, options)
    guard steps.count >= 2 else {
      throw LanguageError("a sequence has at least two steps", at: start)
    }
    let sequence = EventSequence(steps, within: options.within)
    guard sequence.patterns.count <= EventSequence.patternsMax else {
      throw LanguageError(
        "a sequence has at most \(EventSequence.patternsMax) steps and exclusions", at: start)
    }
    return Aggregate(.sequence(sequence), within: options.window ?? .allTime)
  }

  private var isStepNext: Bool {
    guard token.kind == .mark(.comma) else { return false }
    switch following.kind {
    case .string, .mark(.star), .mark(.openBracket): return true
    default: return false
    }
  }

  /// Reads `{"A": 10, "B" where …: 1}, half_life: 14d)` after the opening parenthesis.
  private mutating func score() throws(LanguageError) -> Aggregate {
    let start = token.position
    try expect(.openBrace, "and weights, as in score({\"Order Completed\": 10}, half_life: 14d)")
    var weights: [ScoreWeight] = []
    repeat {
      let pattern = try eventPattern()
      try expect(.colon, "and the weight")
      weights.append(ScoreWeight(pattern, try weight()))
    } while take(.comma)
    try expect(.closeBrace, "to end the weights")
    guard weights.count <= ScoreWeight.weightsMax else {
      throw LanguageError("a score has at most \(ScoreWeight.weightsMax) weights", at: start)
    }
    var options = AggregateOptions("score", takes: [.halfLife])
    try read(&options)
    guard let halfLife = options.halfLife else { throw missing("half_life: 14d", .score) }
    guard options.window == nil else {
      throw LanguageError(
        "a score decays by its half-life and takes no window", at: options.windowPosition)
    }
    return Aggregate(.score(weights, halfLife: halfLife))
  }

  private mutating func weight() throws(LanguageError) -> FixedDecimal {
    let position = token.position
    guard case .number(let weight) = try literal() else {
      throw LanguageError("a weight is a number", at: position)
    }
    guard weight.mantissa.magnitude <= ScoreWeight.weightMax.mantissa.magnitude else {
      throw LanguageError("a weight is at most 1000000 in size", at: position)
    }
    return weight
  }
}
