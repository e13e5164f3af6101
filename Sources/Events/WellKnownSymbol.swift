// Keys that the engine itself must find in stored events have the same symbol in every store, so
// that a payload can be read without the store's table (identifiers, for instance).

import Bytes

/// Keys whose symbols are fixed, from 1 in this order; part of the format, only ever appended to.
public enum WellKnownSymbol: UInt32, CaseIterable, Sendable {
  /// `type`.
  case type = 1
  /// `event`.
  case event
  /// `messageId`.
  case messageID
  /// `userId`.
  case userID
  /// `anonymousId`.
  case anonymousID
  /// `timestamp`.
  case timestamp
  /// `properties`.
  case properties
  /// `traits`.
  case traits
  /// `context`.
  case context
  /// `email`.
  case email
  /// `originalTimestamp`.
  case originalTimestamp
  /// `sentAt`.
  case sentAt
  /// `historical`.
  case historical
  /// `groupId`.
  case groupID
  /// `previousId`.
  case previousID

  /// The symbol.
  @inline(__always)
  public var symbol: Symbol { Symbol(rawValue) }

  /// Whether the top-level member of this name lies in the header of a payload.
  @inline(__always)
  var isHeader: Bool {
    rawValue <= Self.timestamp.rawValue || self == .originalTimestamp || self == .sentAt
  }

  /// The key.
  public var key: String {
    switch self {
    case .type: "type"
    case .event: "event"
    case .messageID: "messageId"
    case .userID: "userId"
    case .anonymousID: "anonymousId"
    case .timestamp: "timestamp"
    case .properties: "properties"
    case .traits: "traits"
    case .context: "context"
    case .email: "email"
    case .originalTimestamp: "originalTimestamp"
    case .sentAt: "sentAt"
    case .historical: "historical"
    case .groupID: "groupId"
    case .previousID: "previousId"
    }
  }
}
