// Who is to be erased or exported: from the identifiers that were asked for to all that the persons have.

import Bytes
import Events
import Profiles
import Storage

/// The identifiers that an erasure or an export is about.
struct ErasureSubjects {
  /// By name, for people.
  private(set) var names: [Identifier] = []
  /// The hash of each in this store.
  private(set) var hashes: [Hash128] = []
  private var known: Set<Hash128> = []
  /// The profiles of the persons that these belong to.
  private(set) var profiles: Set<ProfileOrdinal> = []

  /// How many persons they belong to.
  var persons: Int { profiles.count }

  /// Nobody.
  init() {}

  /// - Parameter alone: Whether only the identifiers themselves are meant.
  init(
    _ identifiers: [Identifier], alone: Bool, in snapshot: Snapshot
  ) throws(StoreError) {
    guard !identifiers.isEmpty else {
      throw StoreError(.outOfOrder, "this names nobody; name an identifier")
    }
    let rules = snapshot.scalars.identityRules.identifiers
    for identifier in identifiers {
      if identifier.type == "profile_id" {
        guard !alone else {
          throw StoreError(
            .outOfOrder,
            "a profile id selects the whole person; to erase less, name single identifiers")
        }
        guard let profile = try snapshot.profile(of: identifier) else {
          throw StoreError(.noSuchRecord, "there is no profile of this id")
        }
        guard profiles.insert(profile).inserted else { continue }
        for ordinal in try snapshot.profiles.identifiers(of: profile) {
          try add(ordinal, in: snapshot)
        }
        continue
      }
      let (type, value) = try snapshot.normalised(identifier)
      guard type != .groupID else { throw Self.isAccount }
      guard rules.entry(of: type) != nil, rules.normalised(value.span.bytes, as: type) != nil else {
        throw StoreError(
          .noSuchRecord,
          "under the identity rules in force no event has this identifier: its type is not in use, or its "
            + "value is blocked or invalid; see `cairn identity show`")
      }
      guard value.count <= EventLimits().identifierBytesMax else {
        throw StoreError(
          .tooLarge,
          "an identifier is longer than \(EventLimits().identifierBytesMax) bytes, the limit; "
            + "check it")
      }
      guard let ordinal = try snapshot.ordinal(of: identifier) else {
        let name = Identifier(
          type: type.rawValue, value: String(decoding: value, as: UTF8.self),
          rules: snapshot.scalars.identityRules)
        add(name, EventHash.identifier(type, value.span.bytes, seed: snapshot.seed))
        continue
      }
      let profile = try snapshot.profiles.presentProfile(of: ordinal)
      // All of one person's identifiers may be asked for one by one.
      guard profiles.insert(profile).inserted || alone else { continue }
      let meant = alone ? [ordinal] : try snapshot.profiles.identifiers(of: profile)
      for ordinal in meant { try add(ordinal, in: snapshot) }
    }
  }

  private static var isAccount: StoreError {
    StoreError(
      .outOfOrder, "this is the identifier of an account; name persons by their own identifiers")
  }

  private mutating func add(
    _ ordinal: IdentifierOrdinal, in snapshot: Snapshot
  ) throws(StoreError) {
    let (type, hash) = try snapshot.profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
      let type = IdentifierType(rawValue: row.type)
      return (type, EventHash.identifier(type, row.value, seed: snapshot.seed))
    }
    guard type != .groupID else { throw Self.isAccount }
    add(try snapshot.identifier(ordinal), hash)
  }

  private mutating func add(_ name: Identifier, _ hash: Hash128) {
    guard known.insert(hash).inserted else { return }
    names.append(name)
    hashes.append(hash)
  }
}
