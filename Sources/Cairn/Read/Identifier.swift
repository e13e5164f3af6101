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

  init(type: UInt16, value: String, rules: IdentityRules) {
    let type = IdentifierType(rawValue: type)
    self.type = rules.identifiers.name(of: type) ?? "type_\(type.rawValue)"
    self.value = value
  }
}

extension Snapshot {
  /// The identifier that has an ordinal.
  func identifier(_ ordinal: IdentifierOrdinal) throws(StoreError) -> Identifier {
    try profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
      Identifier(type: row.type, value: row.value.toString(), rules: scalars.identityRules)
    }
  }

  /// The identifiers of a profile, in the order they joined.
  func identifiers(of profile: ProfileOrdinal) throws(StoreError) -> [Identifier] {
    var identifiers: [Identifier] = []
    for home in try profiles.identifiers(of: profile) {
      identifiers.append(try identifier(home))
    }
    return identifiers
  }
}
