// What an event breaks, and where.

import Bytes

/// A step on the way to a value in an event.
public enum EventPathStep: Hashable, Sendable {
  /// A member of an object, by its symbol.
  case symbol(Symbol)
  /// A member of an object whose key is not interned.
  case text([UInt8])
  /// An element of an array.
  case element
}

/// A way in which an event differs from its schema.
public struct SchemaViolation: Equatable, Sendable {
  /// The keyword of the schema that is broken.
  public var keyword: String
  /// Where.
  public var path: [EventPathStep]

  /// Makes a violation.
  public init(keyword: String, path: [EventPathStep]) {
    self.keyword = keyword
    self.path = path
  }

  /// The path as far as it leads through objects: what can be left out of the event.
  var removable: [EventPathStep] { Array(path.prefix { $0 != .element }) }

  /// Whether a member is missing, which leaving out more cannot help.
  var isMissing: Bool {
    keyword == "required" || keyword == "dependentRequired" || keyword == "dependencies"
  }
}
