// Which events a reader wants, in the rule language.

import Bytes
import Engine
import Events
import Profiles

/// A condition over one event, as it follows `where` in a definition.
///
/// Asking changes nothing: keys that the store does not know stay unknown to it, and are found once events have them.
public struct EventFilter: Sendable {
  /// The longest condition in bytes, so that asking an event takes little.
  public static let ruleBytesMax = 1024

  private let condition: EventCondition
  private let symbols: SymbolTable
  private var predicate: EventPredicate

  /// Reads a condition such as `event = "Order Completed" and properties.total > 100`.
  init(_ rule: String, _ symbols: SymbolTable) throws(DefinitionError) {
    guard rule.utf8.count <= Self.ruleBytesMax else {
      throw DefinitionError(
        message: "the rule is longer than \(Self.ruleBytesMax) bytes; shorten it", file: Self.place,
        line: 1, column: 1)
    }
    do throws(LanguageError) { condition = try EventCondition(parsing: rule) } catch {
      throw DefinitionError(
        message: error.explanation, file: Self.place, line: error.position.line,
        column: error.position.column)
    }
    self.symbols = symbols
    predicate = EventPredicate(asking: condition, names: symbols)
  }

  private static let place = "the rule"

  /// Takes note of the keys that have come into use.
  mutating func refresh() {
    if !predicate.isKnown { predicate = EventPredicate(asking: condition, names: symbols) }
  }

  /// Whether an event satisfies the condition.
  func matches(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    try predicate.matches(event)
  }
}

extension LiveStore {
  /// A filter of this store's events.
  ///
  /// - Throws: If the rule is not a condition over one event, with the place in it.
  public func eventFilter(_ rule: String) throws(DefinitionError) -> EventFilter {
    try EventFilter(rule, board.basis.symbols)
  }
}
