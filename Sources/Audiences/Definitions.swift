// Definitions as values: what an operator calls a trait or an audience.

import Profiles

/// A named expression.
public struct TraitDefinition: Sendable {
  /// The name, unique among traits.
  public let name: String
  /// What it is a trait of.
  public let entity: EntityKind
  /// What it computes.
  public let expression: Expression
  var program: Program

  /// The type of its value.
  public var type: ExpressionType { program.type }
}

/// A named rule.
public struct AudienceDefinition: Sendable {
  /// The name, unique among audiences.
  public let name: String
  /// The number of the audience in its store; it keeps it when it is redefined, and no other
  /// audience ever gets it.
  public let number: AudienceNumber
  /// What its members are.
  public let entity: EntityKind
  /// The condition of membership.
  public let rule: Rule
  var program: Program
}

/// The number of an audience in its store, from 0; the condition of its timers.
public struct AudienceNumber: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number.
  public var value: UInt32
  /// Wraps a number.
  @inlinable public init(_ value: UInt32) { self.value = value }
  /// Whether `a` was defined before `b`.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// One change of a set of definitions.
public enum DefinitionChange: Hashable, Sendable {
  /// Defines a trait of this name by this text, replacing any that exists.
  case defineTrait(String, String, of: EntityKind = .person)
  /// Defines an audience of this name by this text, replacing any that exists.
  case defineAudience(String, String, of: EntityKind = .person)
  /// Removes the trait of this name.
  case removeTrait(String)
  /// Removes the audience of this name.
  case removeAudience(String)
}

/// A definition that cannot be accepted.
public struct InvalidDefinition: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is defined.
  public enum Kind: String, Sendable {
    /// A trait.
    case trait
    /// An audience.
    case audience
  }

  /// What is defined.
  public var kind: Kind
  /// Its name.
  public var name: String
  /// What is wrong with it, and where in its text.
  public var error: LanguageError

  /// One line: what is defined, the place, what is wrong.
  public var description: String { "\(kind.rawValue) '\(name)', \(error)" }
}
