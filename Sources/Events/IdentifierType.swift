// The types of identifiers by number. Their order of priority is a matter of the store's rules.

/// The type of an identifier.
///
/// A struct and not an enum, because a store may define further types.
public struct IdentifierType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The number that is stored and that keeps hashes of different types apart.
  ///
  /// Up to 63 they are the same in every store; above, a store gives them out in the order in which
  /// its rules first name types.
  public var rawValue: UInt16
  /// Wraps a number.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The id of a known user, from `userId`.
  public static let userID = IdentifierType(rawValue: 1)
  /// An e-mail address, from `traits.email`, `context.traits.email` or `properties.email`.
  public static let email = IdentifierType(rawValue: 2)
  /// The id of a browser or device, from `anonymousId`.
  public static let anonymousID = IdentifierType(rawValue: 3)
  /// The id of an account, from `groupId` of a group call or `context.groupId`.
  public static let groupID = IdentifierType(rawValue: 4)
  /// A telephone number; read only where a store's rules say so.
  public static let phone = IdentifierType(rawValue: 5)
  /// The first number that a store gives to a type of its own.
  public static let firstCustom = IdentifierType(rawValue: 64)

  /// The names that are the same in every store.
  private static let known: [(IdentifierType, String)] = [
    (.userID, "user_id"), (.email, "email"), (.anonymousID, "anonymous_id"),
    (.groupID, "group_id"), (.phone, "phone"),
  ]

  /// The name in commands and exports, `user_id` for instance; nil for a store's own types, whose
  /// names its rules know.
  public var name: String? { Self.known.first { $0.0 == self }?.1 }

  /// Finds a type by its name, `user_id` for instance; not those of a store's own.
  public init?(name: String) {
    guard let found = Self.known.first(where: { $0.1 == name })?.0 else { return nil }
    self = found
  }
}
