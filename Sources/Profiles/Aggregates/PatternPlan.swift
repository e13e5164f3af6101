// One of several patterns of an aggregate, compiled for one store.

import Bytes
import Events

/// Which events one part of an aggregate means, compiled.
struct PatternPlan: Sendable {
  private let eventNames: [Symbol]?
  private let predicate: EventPredicate?
  /// Of scores: what a matching event adds.
  let weight: FixedDecimal

  init(
    _ pattern: EventPattern, weight: FixedDecimal, names: SymbolTable, for use: NameUse
  ) throws(LanguageError) {
    eventNames = try names.symbols(pattern.events, for: use)
    predicate = try pattern.condition.map { (condition) throws(LanguageError) in
      try EventPredicate(condition, names: names, for: use)
    }
    self.weight = weight
  }

  func matches(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    if let eventNames {
      guard let name = event.name, eventNames.contains(name) else { return false }
    }
    return try predicate?.matches(event) ?? true
  }
}

extension Aggregate {
  /// The patterns of functions that have several, with their weights; none for the others.
  var patterns: [(pattern: EventPattern, weight: FixedDecimal)] {
    switch kind {
    case .unmatched(let answer, _):
      [(EventPattern(events, where: condition), .zero), (answer, .zero)]
    case .sequence(let sequence): sequence.patterns.map { ($0, .zero) }
    case .score(let weights, _): weights.map { ($0.pattern, $0.weight) }
    default: []
    }
  }

  /// All events that any part is about.
  var allEvents: EventSelector {
    if case .unmatched(let answer, _) = kind { events.union(answer.events) } else { events }
  }
}

extension SymbolTable {
  /// The symbols of event names; nil for all events, none for names that no event has.
  func symbols(_ events: EventSelector, for use: NameUse) throws(LanguageError) -> [Symbol]? {
    guard case .names(let list) = events else { return nil }
    var symbols: [Symbol] = []
    for name in list {
      if let symbol = use == .defining ? intern(definition: name) : lookup(name) {
        symbols.append(symbol)
      } else if use == .defining || isTooLong(name) {
        throw LanguageError(
          "the event name \(name.quoted) is too long to be indexed; the most is 256 bytes",
          at: .start)
      }
    }
    return symbols
  }
}
