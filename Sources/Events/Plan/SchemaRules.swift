// The rules of a compiled schema by the type of value that they are about.

import Bytes

/// Rules for numbers.
public struct NumberRules: Sendable, Equatable {
  /// The least number.
  public var minimum: SchemaNumber?
  /// The greatest number.
  public var maximum: SchemaNumber?
  /// A number that must be exceeded.
  public var exclusiveMinimum: SchemaNumber?
  /// A number that must not be reached.
  public var exclusiveMaximum: SchemaNumber?
  /// A number of which the value must be a multiple.
  public var multipleOf: SchemaDivisor?

  /// Makes no rules.
  public init() {}
}

/// Rules for strings.
public struct TextRules: Sendable {
  /// The least number of characters.
  public var minLength: Int?
  /// The greatest number of characters.
  public var maxLength: Int?
  /// A pattern that must match somewhere.
  public var pattern: SchemaPattern?
  /// What the text must be.
  public var format: SchemaFormat?

  /// Makes no rules.
  public init() {}
}

/// Rules for arrays; schemas are indices of nodes.
public struct ArrayRules: Sendable {
  /// The schemas of the first elements.
  public var first: [Int] = []
  /// The schema of the elements after those.
  public var rest: Int?
  /// The keyword that `rest` is from, for elements that must not be there.
  public var restKeyword = "items"
  /// The least number of elements.
  public var minItems: Int?
  /// The greatest number of elements.
  public var maxItems: Int?
  /// Whether no two elements may be equal.
  public var isUnique = false
  /// A schema that some elements must fit.
  public var contains: Int?
  /// The least number of elements that fit `contains`.
  public var minContains: Int?
  /// The greatest number of elements that fit `contains`.
  public var maxContains: Int?

  /// Makes no rules.
  public init() {}
}

/// Rules for objects; schemas are indices of nodes.
public struct ObjectRules: Sendable {
  /// What members that neither `properties` nor `patterns` names must be.
  public enum Additional: Sendable, Equatable {
    /// Nothing is said of them.
    case unsaid
    /// They are allowed.
    case allowed
    /// There must be none.
    case forbidden
    /// They must fit the node of this index.
    case node(Int)
  }

  /// What the presence of one member demands.
  public struct Dependency: Sendable {
    /// The keyword it is from.
    public var keyword: String
    /// The member.
    public var key: Symbol
    /// The members that must then be there.
    public var required: [Symbol] = []
    /// The schema that the object must then fit.
    public var node: Int?

    /// Makes a dependency that demands nothing.
    public init(keyword: String, key: Symbol) {
      self.keyword = keyword
      self.key = key
    }
  }

  /// The schemas of members, by key.
  public var properties = SchemaMembers()
  /// The members that must be there.
  public var required: [Symbol] = []
  /// The schemas of members whose key a pattern matches.
  public var patterns: [(pattern: SchemaPattern, node: Int)] = []
  /// What other members must be.
  public var additional = Additional.unsaid
  /// The schema that keys must fit.
  public var names: Int?
  /// The least number of members.
  public var minProperties: Int?
  /// The greatest number of members.
  public var maxProperties: Int?
  /// What the presence of members demands.
  public var dependencies: [Dependency] = []

  /// Makes no rules.
  public init() {}

  /// Whether each member must be looked at.
  var isAboutMembers: Bool {
    !properties.isEmpty || !patterns.isEmpty || additional != .unsaid || names != nil
      || minProperties != nil || maxProperties != nil
  }

  /// Whether keys are looked at as texts.
  var readsKeys: Bool { !patterns.isEmpty || names != nil }
}

/// Schemas by key.
public struct SchemaMembers: Sendable {
  /// Up to so many are searched one after the other.
  private static let linearMax = 8

  private var entries: [(key: Symbol, node: Int)] = []

  /// Makes no schemas.
  public init() {}

  /// The keys with their schemas, by symbol.
  public var all: [(key: Symbol, node: Int)] { entries }

  /// Whether there are none.
  public var isEmpty: Bool { entries.isEmpty }

  /// Adds a key, in place of what it had.
  ///
  /// - Complexity: O(keys).
  public mutating func add(_ key: Symbol, _ node: Int) {
    let place = index(of: key)
    if place < entries.count, entries[place].key == key {
      entries[place].node = node
    } else {
      entries.insert((key, node), at: place)
    }
  }

  /// The schema of a key; nil if it has none.
  func node(of key: Symbol) -> Int? {
    if entries.count <= Self.linearMax {
      for entry in entries where entry.key == key { return entry.node }
      return nil
    }
    let place = index(of: key)
    guard place < entries.count, entries[place].key == key else { return nil }
    return entries[place].node
  }

  /// Where a key is, or would be.
  private func index(of key: Symbol) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.value < key.value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Schemas that are about the same value; indices of nodes.
public struct AppliedSchemas: Sendable {
  /// `$ref`.
  public var reference: Int?
  /// `allOf`.
  public var all: [Int] = []
  /// `anyOf`.
  public var any: [Int]?
  /// `oneOf`.
  public var one: [Int]?
  /// `not`.
  public var not: Int?
  /// `if`.
  public var condition: Int?
  /// `then`.
  public var consequence: Int?
  /// `else`.
  public var alternative: Int?

  /// Makes none.
  public init() {}
}
