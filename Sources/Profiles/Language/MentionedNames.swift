// The names of events and of their properties in a definition: a name that no event has makes it say
// nothing, and nothing else shows that it was misspelt.

import Bytes

/// The names of events and the paths to their values that definitions mention.
public struct MentionedNames: Hashable, Sendable {
  /// Names of events.
  public private(set) var events: Set<String> = []
  /// Paths of two keys or more, which begin with `properties`, `context` or `traits`.
  public private(set) var paths: Set<PropertyPath> = []

  /// Paths of known traits of persons, as identify calls set them.
  public private(set) var personTraits: Set<PropertyPath> = []
  /// Paths of known traits of accounts, as group calls set them.
  public private(set) var accountTraits: Set<PropertyPath> = []

  /// Makes a set without names.
  public init() {}

  /// Adds all that an aggregate mentions.
  public mutating func add(_ aggregate: Aggregate) {
    let patterns = aggregate.patterns.map(\.pattern)
    if patterns.isEmpty {
      add(EventPattern(aggregate.events, where: aggregate.condition))
    } else {
      for pattern in patterns { add(pattern) }
    }
    if let path = aggregate.kind.path { add(path) }
    if case .path(let path)? = aggregate.kind.currency { add(path) }
  }

  /// Adds the names of another.
  public mutating func formUnion(_ other: MentionedNames) {
    events.formUnion(other.events)
    paths.formUnion(other.paths)
    personTraits.formUnion(other.personTraits)
    accountTraits.formUnion(other.accountTraits)
  }

  /// Adds the path of a known trait.
  public mutating func addTrait(_ path: PropertyPath, ofAccount isAccount: Bool) {
    if isAccount { accountTraits.insert(path) } else { personTraits.insert(path) }
  }

  /// Adds a path, if it is one that leads to what senders name.
  public mutating func add(_ path: PropertyPath) {
    guard path.keys.count > 1, ["properties", "context", "traits"].contains(path.keys[0]) else {
      return
    }
    paths.insert(path)
  }

  private mutating func add(_ pattern: EventPattern) {
    if case .names(let names) = pattern.events { events.formUnion(names) }
    pattern.condition?.forEachTest { add($0) }
  }

  private mutating func add(_ test: EventTest) {
    switch test {
    case .comparison(let path, let operation, let literal):
      add(path)
      if operation == .equal { addName(path, literal) }
    case .isIn(let path, let list):
      add(path)
      for literal in list { addName(path, literal) }
    case .exists(let path), .text(let path, _, _): add(path)
    case .applied(_, let test):
      // What a function makes of a name is not a name.
      var inner = MentionedNames()
      inner.add(test)
      paths.formUnion(inner.paths)
    }
  }

  private mutating func addName(_ path: PropertyPath, _ literal: Literal) {
    if path.keys == ["event"], case .string(let name) = literal { events.insert(name) }
  }
}
