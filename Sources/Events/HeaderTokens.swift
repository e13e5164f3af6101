// Where the members of an event stand that become its header, until they are read.

/// The tokens of the members that become the header; nil where there is none.
struct HeaderTokens {
  /// By the symbols of their keys, -1 where there is none: one store for the parser, whichever it is.
  private var bySymbol: Slots = (-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
  private typealias Slots = (
    Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32
  )
  private var group: Int32 = -1
  private var previous: Int32 = -1
  private var emails: (traits: Int32, contextTraits: Int32, properties: Int32) = (-1, -1, -1)
  /// Whether `historical` is true.
  var isHistorical = false

  /// Notes the token of a member whose key is one of the header.
  @inline(__always)
  mutating func note(_ token: Int, slot: UInt8) {
    precondition(slot <= WellKnownSymbol.sentAt.rawValue, "not a key of the header")
    withUnsafeMutableBytes(of: &bySymbol) { slots in
      slots.storeBytes(
        of: Int32(truncatingIfNeeded: token), toByteOffset: 4 * Int(slot), as: Int32.self)
    }
  }

  /// Notes a member that stays among the others, and that only some calls need.
  mutating func note(groupID token: Int) { group = Int32(truncatingIfNeeded: token) }
  /// As above.
  mutating func note(previousID token: Int) { previous = Int32(truncatingIfNeeded: token) }

  /// Notes what may be the e-mail identifier: strings and lists only.
  mutating func note(email token: Int, _ place: EmailPlace) {
    let token = Int32(truncatingIfNeeded: token)
    switch place {
    case .traits: emails.traits = token
    case .contextTraits: emails.contextTraits = token
    case .properties: emails.properties = token
    case .none: break
    }
  }

  private static func token(_ slot: Int32) -> Int? { slot < 0 ? nil : Int(slot) }

  var type: Int? { Self.token(bySymbol.1) }
  var event: Int? { Self.token(bySymbol.2) }
  var messageID: Int? { Self.token(bySymbol.3) }
  var userID: Int? { Self.token(bySymbol.4) }
  var anonymousID: Int? { Self.token(bySymbol.5) }
  var timestamp: Int? { Self.token(bySymbol.6) }
  var originalTimestamp: Int? { Self.token(bySymbol.11) }
  var sentAt: Int? { Self.token(bySymbol.12) }
  var groupID: Int? { Self.token(group) }
  var previousID: Int? { Self.token(previous) }
  var traitsEmail: Int? { Self.token(emails.traits) }
  var contextTraitsEmail: Int? { Self.token(emails.contextTraits) }
  var propertiesEmail: Int? { Self.token(emails.properties) }
}
