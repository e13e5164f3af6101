// What other rules would do to the log: it is folded by them into a separate state, and the two
// partitions of identifiers into profiles are compared. The store is not changed.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// What putting rules in force would change.
public struct IdentityPreview: Sendable {
  /// A profile that would change.
  public struct Affected: Equatable, Sendable {
    /// Its present id.
    public var id: ProfileID
    /// One of its identifiers.
    public var example: Identifier
    /// How many identifiers it has.
    public var identifiers: Int
    /// Into how many profiles they would go.
    public var parts: Int
    /// How many present profiles would come together in those parts.
    public var joined: Int
  }

  /// Persons now.
  public var profilesBefore = 0
  /// Persons by the new rules.
  public var profilesAfter = 0
  /// Present profiles whose identifiers would go to more than one.
  public var split = 0
  /// New profiles that would have identifiers of more than one present profile.
  public var merged = 0
  /// Identifiers that would no longer be identifiers.
  public var identifiersGone = 0
  /// Identifiers that are not identifiers now.
  public var identifiersNew = 0
  /// Events that would belong to no profile.
  public var unidentified: UInt64 = 0
  /// The profiles concerned that have the most identifiers, at most ten.
  public var biggest: [Affected] = []
  /// Warnings to consider before applying.
  public var warnings: [String] = []
}

extension Store {
  /// Finds out what rules would do to the real log.
  ///
  /// - Parameters:
  ///   - rules: With numbers of types that follow on the present ones.
  ///   - onProgress: Called now and then with the progress.
  /// - Complexity: O(log), about as long as the ingest took; memory as for verifying, plus 16 bytes per identifier.
  public func preview(
    _ rules: IdentityRules, onProgress: @escaping (LogProgress) -> Void = { _ in }
  ) throws(StoreError) -> IdentityPreview {
    let before = try snapshot()
    var basis = FoldBasis(of: fold.state)
    basis.scalars.identityRules = rules
    basis.scalars.refolds.append(lastSequence)
    // Identity depends neither on definitions nor on time.
    let replay = try tellingProgress(to: onProgress) { () throws(StoreError) in
      try foldAside(basis, only: [.event, .identityCorrection])
    }
    let after = Snapshot(self, replayed: replay.fold)
    var preview = try PartitionComparison(before, after).preview()
    preview.unidentified = try after.profiles.count(of: .unidentified)
    preview.warnings = rules.warnings(after: fold.rules)
    if fold.erased != nil, rules.recognisesLess(than: fold.rules) {
      preview.warnings.append(
        "identifiers are read in fewer places or normalised differently, so people who have been "
          + "erased may no longer be recognised and could come back")
    }
    return preview
  }
}

/// Two partitions of identifiers into profiles.
private struct PartitionComparison {
  let before: Snapshot
  let after: Snapshot
  /// (present profile, new profile) of every identifier of a person that both have, each pair once.
  private var pairs: [UInt64] = []
  private var gone = 0
  private var kept = 0

  init(_ before: Snapshot, _ after: Snapshot) throws(StoreError) {
    self.before = before
    self.after = after
    var found: [UInt64] = []
    var (gone, kept) = (0, 0)
    try before.profiles.identifiers.forEach { (hash, bytes) throws(StoreError) in
      guard bytes.byteCount == 4 else {
        throw StoreError.derivedMismatch("identifiers", "an ordinal does not decode")
      }
      let ordinal = IdentifierOrdinal(bytes.load(at: 0, as: UInt32.self))
      let isPerson = try before.profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
        row.type != IdentifierType.groupID.rawValue
      }
      guard isPerson else { return }
      guard
        let other = try after.profiles.identifierOrdinal(Hash128(high: hash.high, low: hash.low))
      else {
        gone += 1
        return
      }
      kept += 1
      let old = try before.profiles.presentProfile(of: ordinal)
      let new = try after.profiles.presentProfile(of: other)
      found.append(UInt64(old.value) << 32 | UInt64(new.value))
      if found.count == 1 << 22 { found = Array(Set(found)) }
    }
    pairs = Set(found).sorted()
    (self.gone, self.kept) = (gone, kept)
  }

  func preview() throws(StoreError) -> IdentityPreview {
    var preview = IdentityPreview()
    preview.profilesBefore = try persons(before)
    preview.profilesAfter = try persons(after)
    preview.identifiersGone = gone
    preview.identifiersNew = try identifiersOfPersons(after) - kept
    var partsOfOld: [UInt32: Int] = [:]
    var partsOfNew: [UInt32: Int] = [:]
    for pair in pairs {
      partsOfOld[UInt32(pair >> 32), default: 0] += 1
      partsOfNew[UInt32(truncatingIfNeeded: pair), default: 0] += 1
    }
    preview.split = partsOfOld.values.count { $0 > 1 }
    preview.merged = partsOfNew.values.count { $0 > 1 }
    var joined: [UInt32: Int] = [:]
    for pair in pairs {
      let others = (partsOfNew[UInt32(truncatingIfNeeded: pair)] ?? 1) - 1
      joined[UInt32(pair >> 32), default: 0] += others
    }
    let affected = partsOfOld.filter { $0.value > 1 || (joined[$0.key] ?? 0) > 0 }
    var sized: [(profile: UInt32, identifiers: Int)] = []
    for profile in affected.keys {
      sized.append((profile, try before.profiles.identifiers(of: ProfileOrdinal(profile)).count))
    }
    sized.sort { ($0.identifiers, $1.profile) > ($1.identifiers, $0.profile) }
    for (profile, count) in sized.prefix(10) {
      let ordinal = ProfileOrdinal(profile)
      guard let first = try before.profiles.identifiers(of: ordinal).first else { continue }
      preview.biggest.append(
        .init(
          id: try before.profiles.profileRow(ordinal) { (row) throws(DecodeError) in row.id },
          example: try before.identifier(first), identifiers: count,
          parts: affected[profile] ?? 1, joined: joined[profile] ?? 0))
    }
    return preview
  }

  private func persons(_ snapshot: Snapshot) throws(StoreError) -> Int {
    var count = 0
    for value in 0..<snapshot.profiles.profileCount {
      let isPerson = try snapshot.profiles.profileRow(ProfileOrdinal(value)) {
        (row) throws(DecodeError) in
        row.mergedInto == nil && row.kind == .person
      }
      if isPerson { count += 1 }
    }
    return count
  }

  private func identifiersOfPersons(_ snapshot: Snapshot) throws(StoreError) -> Int {
    var count = 0
    for value in 0..<snapshot.profiles.identifierCount {
      let isPerson = try snapshot.profiles.identifierRow(IdentifierOrdinal(value)) {
        (row) throws(DecodeError) in
        row.type != IdentifierType.groupID.rawValue
      }
      if isPerson { count += 1 }
    }
    return count
  }
}
