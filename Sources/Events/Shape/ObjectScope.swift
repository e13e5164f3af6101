// Where an object stands in an event, and what its members mean to the engine there. Both encoders ask here,
// so they cannot disagree.

import Bytes

/// Which keys of an object mean something to the engine.
enum ObjectScope: UInt8 {
  /// The event itself.
  case event
  /// `properties`.
  case properties
  /// `traits`.
  case traits
  /// `context`.
  case context
  /// `context.traits`.
  case contextTraits
  /// Any other object.
  case other

  /// Where an e-mail identifier would be, if this object held one.
  private var emailPlace: EmailPlace {
    switch self {
    case .properties: .properties
    case .traits: .traits
    case .contextTraits: .contextTraits
    case .event, .context, .other: .none
    }
  }

  /// What a member of this object means.
  func role(of key: WellKnownSymbol?) -> MemberRole {
    guard let key else { return .plain }
    if self == .event {
      if key.isHeader { return .header(key) }
      switch key {
      case .properties, .traits, .context: return .section(key)
      case .groupID, .previousID, .historical: return .noted(key)
      default: return .plain
      }
    }
    if key == .email, emailPlace != .none { return .email(emailPlace) }
    return .plain
  }

  /// What the members of an object mean that is the value of a member of this one.
  func inner(of key: WellKnownSymbol?) -> ObjectScope {
    switch (self, key) {
    case (.event, .properties): .properties
    case (.event, .traits): .traits
    case (.event, .context): .context
    case (.context, .traits): .contextTraits
    default: .other
    }
  }

  private static let ofEvent: [StaticString] = ["properties", "traits", "context", "integrations"]
  private static let ofContext: [StaticString] = [
    "app", "campaign", "consent", "device", "integrations", "library", "location", "network", "os",
    "page", "referrer", "screen", "traits", "userAgentData",
  ]
  private static let ofTraits: [StaticString] = ["address", "company"]

  /// Whether the Segment spec says that a member of this object is an object.
  func hasObject(_ key: RawSpan) -> Bool {
    let names: [StaticString] =
      switch self {
      case .event: Self.ofEvent
      case .context: Self.ofContext
      case .traits, .contextTraits: Self.ofTraits
      case .properties, .other: []
      }
    for name in names where key.equals(name) { return true }
    return false
  }
}

/// What a member of an object means to the engine.
enum MemberRole {
  /// Nothing.
  case plain
  /// It lies in the header of the payload, not among the other members.
  case header(WellKnownSymbol)
  /// An object, or null, whose members may mean something.
  case section(WellKnownSymbol)
  /// It stays among the other members, and some calls need it.
  case noted(WellKnownSymbol)
  /// Perhaps the e-mail identifier.
  case email(EmailPlace)
}
