// The way to a value that rules or definitions ask for of every event.

import Bytes

/// A path of keys from an event's top, with its number in the store's table of fields.
///
/// Made by `SymbolTable.field(_:)`. Where the parser has noted places, the value is found without a search.
public struct FieldPath: Sendable, Equatable {
  /// The keys, outermost first; at least one.
  public let keys: [Symbol]
  /// The number in the table, or `Int.max` for what the parser notes no place of.
  public let number: Int

  /// A path that is always searched for.
  init(unnumbered keys: [Symbol]) {
    self.init(keys, number: .max)
  }

  init(_ keys: [Symbol], number: Int) {
    self.keys = keys
    self.number = number
  }
}
