// Identity as people change it: rules, manual splits and merges. Each is one record of the log.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// The result of a manual split or merge.
public struct CorrectionOutcome: Sendable {
  /// The record that has it.
  public var sequence: SequenceNumber
  /// The profiles that its identifiers belong to now, each once.
  public var profiles: [ProfileID]
  /// Memberships that changed with it.
  public var memberships: MembershipCounts
}

extension Store {
  /// The rules by which identifiers are read and joined.
  public var identityRules: IdentityRules { fold.rules }

  /// Puts rules in force; see the call of the same name without `delivering`, which is what others use.
  ///
  /// - Parameter delivering: As for `erase`; called only once people have been erased.
  @discardableResult
  package func apply(
    _ rules: IdentityRules, delivering deliverAll: (Store) throws(StoreError) -> Void,
    onProgress: @escaping (LogProgress) -> Void
  ) throws(StoreError) -> MembershipCounts? {
    try makeReady()
    guard rules != fold.rules else { return nil }
    let record = IdentityRulesRecord(appliedAt: options.environment.now(), rules: rules)
    guard fold.erased != nil else {
      return try refold(.identityRules(record), at: record.appliedAt, onProgress: onProgress)
    }
    // They may read identifiers of people who have been erased where nobody looked before.
    try requireSpaceToErase(
      recordBytes: record.encode().count + 16 * Int(fold.state.scalars.profileCount))
    try deliverAll(self)
    let changes = try refold(.identityRules(record), at: record.appliedAt, onProgress: onProgress)
    try finishErasureOrClose()
    return changes
  }

  /// Splits a profile: the given identifiers leave the others, and stay apart from them until a merge by
  /// hand.
  ///
  /// Each side gets back the profile that it had before they were joined, as far as there was one.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for an identifier that was never seen, and
  ///   `.outOfOrder` where they are not some, but not all, of the identifiers of one person.
  public func split(_ identifiers: [Identifier]) throws(StoreError) -> CorrectionOutcome {
    let snapshot = try snapshot()
    let ordinals = try known(identifiers, in: snapshot)
    let profiles = try presentProfiles(of: ordinals, in: snapshot)
    guard profiles.count == 1, let profile = profiles.first else {
      throw StoreError(
        .outOfOrder,
        "the identifiers belong to \(profiles.count) profiles; name identifiers of one profile")
    }
    let all = try snapshot.profiles.identifiers(of: profile)
    guard Set(ordinals).count < all.count else {
      throw StoreError(
        .outOfOrder,
        "the whole profile is named, so nothing would remain; name only the identifiers that are to "
          + "leave")
    }
    let staying = all.filter { !ordinals.contains($0) }
    return try correct(.split, ordinals, staying: staying, in: snapshot)
  }

  /// Merges the profiles of identifiers regardless of limits; undoes a split.
  ///
  /// The oldest profile survives.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for an identifier that was never seen, and
  ///   `.outOfOrder` where they belong to one profile already, or to an account.
  public func merge(_ identifiers: [Identifier]) throws(StoreError) -> CorrectionOutcome {
    let snapshot = try snapshot()
    let ordinals = try known(identifiers, in: snapshot)
    guard try presentProfiles(of: ordinals, in: snapshot).count > 1 else {
      throw StoreError(
        .outOfOrder, "the identifiers belong to one profile already; there is nothing to merge")
    }
    return try correct(.merge, ordinals, in: snapshot)
  }

  private func known(
    _ identifiers: [Identifier], in snapshot: Snapshot
  ) throws(StoreError) -> [IdentifierOrdinal] {
    var ordinals: [IdentifierOrdinal] = []
    for (index, identifier) in identifiers.enumerated() {
      guard let ordinal = try snapshot.ordinal(of: identifier) else {
        throw StoreError(
          .noSuchRecord,
          "identifier \(index + 1) was never seen; check its type and value")
      }
      let type = try snapshot.profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
        row.type
      }
      guard type != IdentifierType.groupID.rawValue else {
        throw StoreError(
          .outOfOrder, "identifier \(index + 1) is that of an account; name identifiers of persons")
      }
      ordinals.append(ordinal)
    }
    return ordinals
  }

  private func presentProfiles(
    of ordinals: [IdentifierOrdinal], in snapshot: Snapshot
  ) throws(StoreError) -> [ProfileOrdinal] {
    var profiles: Set<ProfileOrdinal> = []
    for ordinal in ordinals { profiles.insert(try snapshot.profiles.presentProfile(of: ordinal)) }
    return profiles.sorted()
  }

  private func correct(
    _ action: IdentityCorrection.Action, _ ordinals: [IdentifierOrdinal],
    staying: [IdentifierOrdinal] = [], in snapshot: Snapshot
  ) throws(StoreError) -> CorrectionOutcome {
    let correction = IdentityCorrection(
      appliedAt: options.environment.now(), action: action,
      identifiers: try snapshot.named(ordinals), staying: try snapshot.named(staying))
    let before = fold.changes
    let sequence = try record(
      .identityCorrection(correction), receivedAt: decisionInstant(correction.appliedAt))
    let after = try self.snapshot()
    var ids: [ProfileID] = []
    for profile in try presentProfiles(of: try after.everyone(with: ordinals, snapshot), in: after)
    {
      ids.append(try after.profiles.profileRow(profile) { (row) throws(DecodeError) in row.id })
    }
    return CorrectionOutcome(
      sequence: sequence, profiles: ids, memberships: fold.changes - before)
  }
}

extension Snapshot {
  /// Identifiers by value.
  fileprivate func named(
    _ ordinals: [IdentifierOrdinal]
  ) throws(StoreError) -> [IdentityCorrection.Named] {
    var result: [IdentityCorrection.Named] = []
    for ordinal in ordinals {
      result.append(
        try profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
          IdentityCorrection.Named(
            type: IdentifierType(rawValue: row.type), value: row.value.toArray())
        })
    }
    return result
  }

  /// The identifiers that were together with the given ones in an earlier snapshot.
  func everyone(
    with identifiers: [IdentifierOrdinal], _ before: Snapshot
  ) throws(StoreError) -> [IdentifierOrdinal] {
    var result: Set<IdentifierOrdinal> = []
    for identifier in identifiers {
      let profile = try before.profiles.presentProfile(of: identifier)
      result.formUnion(try before.profiles.identifiers(of: profile))
    }
    return result.sorted()
  }
}
