// An identifier by name: what people write and are shown, where the store has a number and bytes.

import Bytes
import Events
import Profiles
import Storage

/// An identifier as people write it: a type and a value.
public struct Identifier: Hashable, Sendable {
  /// The type's name, such as `user_id`.
  public var type: String
  /// The value.
  public var value: String

  /// Reads `type:value`, as in `user_id:cdnow-00002`; nil if there is no colon.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    type = String(text[..<colon])
    value = String(text[text.index(after: colon)...])
  }

  /// Names an identifier.
  public init(type: String, value: String) {
    self.type = type
    self.value = value
  }

  package init(type: UInt16, value: String, rules: IdentityRules) {
    let type = IdentifierType(rawValue: type)
    self.type = rules.identifiers.name(of: type) ?? "type_\(type.rawValue)"
    self.value = value
  }
}

extension Snapshot {
  /// The identifier that has an ordinal.
  package func identifier(_ ordinal: IdentifierOrdinal) throws(StoreError) -> Identifier {
    try profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
      Identifier(type: row.type, value: row.value.toString(), rules: scalars.identityRules)
    }
  }

  /// The identifiers of a profile, in the order they joined.
  package func identifiers(of profile: ProfileOrdinal) throws(StoreError) -> [Identifier] {
    var identifiers: [Identifier] = []
    for home in try profiles.identifiers(of: profile) {
      identifiers.append(try identifier(home))
    }
    return identifiers
  }

  /// The profile that an identifier belongs to; nil if the identifier was never seen.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for an identifier type that does not exist.
  public func profile(of identifier: Identifier) throws(StoreError) -> ProfileOrdinal? {
    if identifier.type == "profile_id" {
      guard let id = ProfileID(hex: identifier.value) else { return nil }
      return try profiles.profile(id: id)
    }
    guard let ordinal = try ordinal(of: identifier) else { return nil }
    return try profiles.presentProfile(of: ordinal)
  }

  /// The ordinal of an identifier, normalised by the store's rules; nil if it was never seen.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for an identifier type that does not exist.
  package func ordinal(of identifier: Identifier) throws(StoreError) -> IdentifierOrdinal? {
    let (type, value) = try normalised(identifier)
    let hash = EventHash.identifier(type, value.span.bytes, seed: seed)
    guard let ordinal = try profiles.identifierOrdinal(hash) else { return nil }
    _ = try profiles.profile(ofIdentifier: ordinal, type: type.rawValue, value: value.span.bytes)
    return ordinal
  }

  /// The type of an identifier and its text as it is compared.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for an identifier type that does not exist.
  package func normalised(
    _ identifier: Identifier
  ) throws(StoreError) -> (type: IdentifierType, value: [UInt8]) {
    let rules = scalars.identityRules.identifiers
    guard let type = rules.type(named: identifier.type) else {
      guard identifier.type != "profile_id" else {
        throw StoreError(
          .noSuchRecord,
          "profile_id is the id of a whole profile, but an identifier is needed here; "
            + "'cairn profile show STORE profile_id:ID' lists those of the profile")
      }
      throw .notFound(
        "identifier type", identifier.type,
        among: rules.entries.map(\.name) + ["group_id", "profile_id"], ifNone: "")
    }
    let sent = Array(identifier.value.utf8)
    return (type, rules.normalised(sent.span.bytes, as: type) ?? sent)
  }
}
