// An aggregate, compiled for one store: whether an event matters to it and what it brings.

import Bytes
import Events

/// An aggregate, compiled for one store.
public final class AggregatePlan: Sendable {
  /// What its cells need to know.
  public let spec: CellSpec
  /// The names of the events it is about; nil for every event.
  public let eventNames: [Symbol]?
  let predicate: EventPredicate?
  let field: EventField?
  /// The way to the whole that the value is, or is a part of, where the whole without the value says something: to a
  /// known trait, or to all answers about consent.
  let whole: EventField?
  /// Of consent: the way to what marks answers as some of several.
  private let partial: EventField?
  private let currency: CurrencyPlan?
  /// Of functions with several patterns: those after the first.
  private let patterns: [PatternPlan]
  private let names: SymbolTable

  private enum CurrencyPlan: Sendable {
    case field(EventField)
    case constant(CurrencyCode)
  }

  /// Compiles an aggregate; what becomes of names and keys that the store has no symbols for is decided by `use`.
  ///
  /// - Throws: if one is too long to be a symbol.
  public init(
    _ aggregate: Aggregate, names: SymbolTable, for use: NameUse = .defining
  ) throws(LanguageError) {
    spec = aggregate.cellSpec
    self.names = names
    eventNames = try names.symbols(aggregate.allEvents, for: use)
    let compile = { (path) throws(LanguageError) in try names.field(path, for: use) }
    field = try aggregate.kind.path.map(compile)
    whole = try aggregate.wholePath.map(compile)
    partial =
      aggregate.kind.function == .consent ? try compile(Aggregate.partialConsentPath) : nil
    switch aggregate.kind.currency {
    case .none: currency = nil
    case .constant(let code)?: currency = .constant(code)
    case .path(let path)?: currency = .field(try compile(path))
    }
    var patterns: [PatternPlan] = []
    for (pattern, weight) in aggregate.patterns {
      patterns.append(try PatternPlan(pattern, weight: weight, names: names, for: use))
    }
    self.patterns = patterns
    if patterns.isEmpty, let condition = aggregate.condition {
      predicate = try EventPredicate(condition, names: names, for: use)
    } else {
      predicate = nil
    }
  }

  /// Whether it has several patterns.
  var hasPatterns: Bool { !patterns.isEmpty }

  /// Whether the event has one of the names and satisfies the condition.
  ///
  /// Of functions with several patterns this is about the names alone; `amount` looks further.
  public func matches(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    if let eventNames {
      guard let name = event.name, eventNames.contains(name) else { return false }
    }
    return try predicate?.matches(event) ?? true
  }

  /// Whether an event that has one of the names satisfies the condition.
  public func satisfies(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    try predicate?.matches(event) ?? true
  }

  /// The number of the field whose value, in its canonical form, is all that an event brings; nil if it brings
  /// something else.
  public var canonicalField: Int? {
    guard spec.kind == .tally, case .path(let path)? = field, path.number != .max else {
      return nil
    }
    return path.number
  }

  /// What an event brings to a cell that has one of the names; nil if it does not satisfy the condition.
  public func amountIfMatching(
    named event: borrowing EventView
  ) throws(DecodeError) -> CellAmount? {
    if let predicate, try !predicate.matches(event) { return nil }
    return try amount(of: event)
  }

  /// What a matching event brings to a cell.
  ///
  /// `none` leaves every cell but those of `count`, `exists` and `sessions` as it is.
  public func amount(of event: borrowing EventView) throws(DecodeError) -> CellAmount {
    switch spec.function {
    case .count, .exists, .sessions: return .none
    case .first, .last:
      guard let field else { return .none }
      if let value = try Self.value(field, event, names) { return .value(value) }
      // A call that says the trait says all of it: a part that it does not have is gone.
      guard let whole, case .path(let path) = whole else { return .none }
      return try event.value(at: path) == nil ? .none : .value(.unset)
    case .firstAt, .lastAt:
      // Only the time counts; the value says that there is one.
      guard let field else { return .value(.bool(true)) }
      return try hasValue(field, event) ? .value(.bool(true)) : .none
    case .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount:
      guard let field, let value = try Self.value(field, event, names) else { return .none }
      return .value(value.canonical)
    case .sum, .average, .minimum, .maximum:
      guard let field, case .path(let path) = field else { return .skipped }
      guard let value = try event.value(at: path), value.kind != .null else { return .none }
      guard let code = try currencyCode(event) else { return .skipped }
      return try amount(value, code)
    case .unmatched: return try keyed(event)
    case .consent: return try consent(event)
    case .sequence: return .steps(try mask(event))
    case .score: return try weight(event)
    }
  }

  private func keyed(_ event: borrowing EventView) throws(DecodeError) -> CellAmount {
    let mask = try mask(event)
    guard mask != 0, let field, let value = try Self.value(field, event, names) else {
      return .none
    }
    let role: MatchRole = mask == 1 ? .asks : mask == 2 ? .answersOnly : .both
    return .keyed(value.canonical.text, role)
  }

  /// The answer of an event about consent: true and nothing else is a consent, and a category that is not among its
  /// answers is refused, unless these are marked as some of several.
  private func consent(_ event: borrowing EventView) throws(DecodeError) -> CellAmount {
    guard case .path(let path)? = field, case .path(let all)? = whole,
      let answers = try event.value(at: all), answers.kind != .null
    else { return .none }
    if let answer = try event.value(at: path), answer.kind != .null {
      return .value(.bool(answer.kind == .boolean && answer.boolean == true))
    }
    if case .path(let mark)? = partial, let isPartial = try event.value(at: mark),
      isPartial.kind == .boolean, isPartial.boolean == true
    {
      return .none
    }
    return .value(.bool(false))
  }

  /// A bit for each pattern that the event satisfies.
  private func mask(_ event: borrowing EventView) throws(DecodeError) -> UInt32 {
    var mask: UInt32 = 0
    for (index, pattern) in patterns.enumerated() where try pattern.matches(event) {
      mask |= 1 << UInt32(index)
    }
    return mask
  }

  /// The weights of all patterns that the event satisfies.
  private func weight(_ event: borrowing EventView) throws(DecodeError) -> CellAmount {
    var sum: Int128 = 0
    var isMatch = false
    for pattern in patterns where try pattern.matches(event) {
      isMatch = true
      sum += pattern.weight.mantissa
    }
    return isMatch ? .decimal(FixedDecimal(mantissa: sum), .none) : .none
  }

  private func hasValue(
    _ field: EventField, _ event: borrowing EventView
  ) throws(DecodeError) -> Bool {
    switch field {
    case .type: return true
    case .name: return event.name != nil
    case .path(let path):
      guard let value = try event.value(at: path) else { return false }
      return value.kind != .null
    }
  }

  /// What a number brings, or a text that spells one.
  private func amount(
    _ value: borrowing ValueView, _ code: CurrencyCode
  ) throws(DecodeError) -> CellAmount {
    let reading: FixedDecimal.Reading =
      switch value.kind {
      case .number: value.decimal
      case .string: try value.withText { FixedDecimal.read($0) } ?? .notANumber
      default: .notANumber
      }
    switch reading {
    case .exact(let amount): return .decimal(amount, code)
    case .notANumber, .overflow: return .skipped
    case .tooPrecise:
      guard let number = try value.withText({ DecimalText($0) }) ?? nil else { return .skipped }
      if spec.kind.isExtreme { return number.exact.map { .exact($0, code) } ?? .skipped }
      return number.rounded.map { .rounded($0, code) } ?? .skipped
    }
  }

  /// The currency of an amount; `.none` if the event names none, nil if what it names is none.
  private func currencyCode(_ event: borrowing EventView) throws(DecodeError) -> CurrencyCode? {
    switch currency {
    case .none: return CurrencyCode.none
    case .constant(let code)?: return code
    case .field(let field)?:
      guard case .path(let path) = field else { return nil }
      guard let value = try event.value(at: path), value.kind != .null else {
        return CurrencyCode.none
      }
      guard value.kind == .string else { return nil }
      return try value.withText { CurrencyCode($0) } ?? nil
    }
  }

  private static func value(
    _ field: EventField, _ event: borrowing EventView, _ names: SymbolTable
  ) throws(DecodeError) -> FieldValue? {
    switch field {
    case .type: return .string(event.type.text)
    case .name: return try event.withName(names.names()) { .string($0.toArray()) }
    case .path(let path):
      guard let value = try event.value(at: path) else { return nil }
      switch value.kind {
      case .null: return nil
      case .boolean: return .bool(value.boolean ?? false)
      case .number: return try value.withText { .number($0.toArray()) }
      case .string: return try value.withText { .string($0.toArray()) }
      case .object, .array:
        var json = ByteWriter()
        try value.writeJSON(to: &json, names: names.names())
        return .json(json.bytes)
      }
    }
  }
}
