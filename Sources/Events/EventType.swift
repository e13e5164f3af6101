// The closed vocabulary of an event: the six calls of the Segment spec, and the identifier types in
// their order of priority. Apart from the parser because readers of stored events need it too.

import Bytes

/// The six calls of the Segment spec.
public enum EventType: UInt8, Sendable, CaseIterable {
  /// Something a person did.
  case track = 1
  /// Who a person is.
  case identify = 2
  /// A page seen.
  case page = 3
  /// A screen of an app seen.
  case screen = 4
  /// The account a person belongs to.
  case group = 5
  /// A new name for a known person.
  case alias = 6

  /// The value of `type` in JSON.
  public var name: StaticString {
    switch self {
    case .track: "track"
    case .identify: "identify"
    case .page: "page"
    case .screen: "screen"
    case .group: "group"
    case .alias: "alias"
    }
  }

  /// Reads the value of `type` in JSON, or nil for any other text.
  init?(_ text: RawSpan) {
    // The length tells most of them apart; a comparison settles it.
    let candidate: EventType
    switch text.byteCount {
    case 4: candidate = .page
    case 6: candidate = .screen
    case 8: candidate = .identify
    case 5 where text[0] == UInt8(ascii: "t"): candidate = .track
    case 5 where text[0] == UInt8(ascii: "g"): candidate = .group
    default: candidate = .alias
    }
    guard text.equals(candidate.name) else { return nil }
    self = candidate
  }
}

/// The type of an identifier; the order is that of priority, highest first.
///
/// A struct and not an enum, because a store may define further types.
public struct IdentifierType: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number that is stored and that keeps hashes of different types apart.
  public var rawValue: UInt16
  /// Wraps a number.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The id of a known user, from `userId`.
  public static let userID = IdentifierType(rawValue: 1)
  /// An e-mail address, from `traits.email`, `context.traits.email` or `properties.email`.
  public static let email = IdentifierType(rawValue: 2)
  /// The id of a browser or device, from `anonymousId`.
  public static let anonymousID = IdentifierType(rawValue: 3)

  /// The name in commands and exports, `user_id` for instance; nil for an unknown number.
  public var name: String? {
    switch self {
    case .userID: "user_id"
    case .email: "email"
    case .anonymousID: "anonymous_id"
    default: nil
    }
  }

  /// Finds a type by its name, `user_id` for instance.
  public init?(name: String) {
    switch name {
    case "user_id": self = .userID
    case "email": self = .email
    case "anonymous_id": self = .anonymousID
    default: return nil
    }
  }

  /// Whether `a` has the higher priority.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
