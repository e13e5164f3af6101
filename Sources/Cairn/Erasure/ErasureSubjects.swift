// Who is to be erased: from the identifiers that were asked for to all that the persons have.

import Bytes
import Events
import Profiles
import Storage

/// The identifiers that an erasure is about.
struct ErasureSubjects {
  /// By name, for people.
  private(set) var names: [Identifier] = []
  /// The hash of each in this store.
  private(set) var hashes: [Hash128] = []
  private var known: Set<Hash128> = []
  /// The ordinals of those that the store has seen.
  private(set) var ordinals: [IdentifierOrdinal] = []
  /// Persons that these belong to.
  private(set) var persons = 0

  /// - Parameter alone: Whether only the identifiers themselves are meant.
  init(
    _ identifiers: [Identifier], alone: Bool, in snapshot: Snapshot
  ) throws(StoreError) {
    guard !identifiers.isEmpty else {
      throw StoreError(.outOfOrder, "there is nobody to erase; name an identifier")
    }
    let rules = snapshot.scalars.identityRules.identifiers
    var profiles: Set<ProfileOrdinal> = []
    for identifier in identifiers {
      let (type, value) = try snapshot.normalised(identifier)
      guard type != .groupID else {
        throw StoreError(
          .outOfOrder, "a group_id names an account; erase persons by their own identifiers")
      }
      guard rules.entry(of: type) != nil, rules.normalised(value.span.bytes, as: type) != nil else {
        throw StoreError(
          .noSuchRecord,
          "by the identity rules in force no event has this identifier: its type is not in use, or its "
            + "value is blocked or no such value; see `cairn identity show`")
      }
      guard value.count <= EventLimits().identifierBytesMax else {
        throw StoreError(
          .tooLarge,
          "an identifier is longer than \(EventLimits().identifierBytesMax) bytes, which none can be; "
            + "check it")
      }
      guard let ordinal = try snapshot.ordinal(of: identifier) else {
        let name = Identifier(
          type: type.rawValue, value: String(decoding: value, as: UTF8.self),
          rules: snapshot.scalars.identityRules)
        add(name, EventHash.identifier(type, value.span.bytes, seed: snapshot.seed), nil)
        continue
      }
      let profile = try snapshot.presentProfile(of: ordinal)
      profiles.insert(profile)
      let meant = alone ? [ordinal] : try snapshot.profiles.identifiers(of: profile)
      for ordinal in meant { try add(ordinal, in: snapshot) }
    }
    persons = profiles.count
  }

  private mutating func add(
    _ ordinal: IdentifierOrdinal, in snapshot: Snapshot
  ) throws(StoreError) {
    let hash = try snapshot.profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
      EventHash.identifier(IdentifierType(rawValue: row.type), row.value, seed: snapshot.seed)
    }
    add(try snapshot.identifier(ordinal), hash, ordinal)
  }

  private mutating func add(_ name: Identifier, _ hash: Hash128, _ ordinal: IdentifierOrdinal?) {
    guard known.insert(hash).inserted else { return }
    names.append(name)
    hashes.append(hash)
    if let ordinal { ordinals.append(ordinal) }
  }
}
