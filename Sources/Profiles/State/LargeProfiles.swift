// What the writer keeps of profiles with many identifiers, so that an event of one need not look at all of them.

import Bytes
import Events
import Storage

/// The profiles with many identifiers that events have concerned lately.
///
/// Nothing here is part of the state: it follows from it, and is forgotten at any time without a change of what
/// anything comes to. Splits, manual merges and definitions have it forgotten.
///
/// Not `Sendable`: part of the writer's tables.
public final class LargeProfiles {
  /// From how many identifiers on a profile is large.
  static let identifiersMin = 64
  /// What is kept, in units of about 32 bytes.
  private static let sizeMax = 1 << 20

  // One writer has it, and nothing that it calls leads back here.
  @exclusivity(unchecked) private var profiles: [ProfileOrdinal: LargeProfile] = [:]
  @exclusivity(unchecked) private var size = 0

  init() {}

  /// Forgets everything.
  public func removeAll() {
    profiles.removeAll()
    size = 0
  }

  /// What is kept of a profile; nil if it is not large.
  ///
  /// - Complexity: O(1); O(identifiers) if it was forgotten, or has just become large.
  public func profile(
    _ ordinal: ProfileOrdinal, of tables: ProfileTables
  ) throws(StoreError) -> LargeProfile? {
    if !profiles.isEmpty, let known = profiles[ordinal] { return known }
    guard try tables.identifierCount(of: ordinal) >= Self.identifiersMin else { return nil }
    let made = LargeProfile()
    try made.takeIn(try tables.entries(of: ordinal), of: tables)
    if size + made.size > Self.sizeMax { removeAll() }
    profiles[ordinal] = made
    count(made)
    return made
  }

  /// Notes that an event has changed the cells of a home of a profile.
  ///
  /// - Parameter account: The account that the event counted for.
  public func noteEvent(
    of home: IdentifierOrdinal, in profile: ProfileOrdinal, account: ProfileOrdinal?
  ) {
    guard !profiles.isEmpty, let known = profiles[profile] else { return }
    known.noteEvent(of: home, account: account)
    count(known)
    if size > Self.sizeMax { removeAll() }
  }

  private func count(_ profile: LargeProfile) {
    size += profile.size - profile.sizeCounted
    profile.sizeCounted = profile.size
  }

  /// Notes an identifier that has joined a profile.
  func enter(_ joined: ProfileIdentifier, of profile: ProfileOrdinal) {
    guard !profiles.isEmpty, let known = profiles[profile] else { return }
    known.enter(joined)
    count(known)
  }

  /// Notes that a profile is going to be absorbed by another.
  ///
  /// - Complexity: O(*n* log *n*) in the identifiers of the smaller, of what is kept.
  func merge(
    _ absorbed: ProfileOrdinal, into survivor: ProfileOrdinal, of tables: ProfileTables
  ) throws(StoreError) {
    guard !profiles.isEmpty else { return }
    let first = profiles.removeValue(forKey: absorbed)
    let second = profiles.removeValue(forKey: survivor)
    guard first != nil || second != nil else { return }
    size -= (first?.sizeCounted ?? 0) + (second?.sizeCounted ?? 0)
    let result: LargeProfile
    switch (first, second) {
    case (let first?, let second?):
      let isFirst = first.count > second.count
      result = isFirst ? first : second
      result.takeIn(isFirst ? second : first)
    default:
      guard let known = first ?? second else { return }
      let other = first == nil ? absorbed : survivor
      // One that is as large is left until it is asked for.
      guard try tables.identifierCount(of: other) <= known.count else { return }
      try known.takeIn(try tables.entries(of: other), of: tables)
      result = known
    }
    profiles[survivor] = result
    result.sizeCounted = 0
    count(result)
    if size > Self.sizeMax { removeAll() }
  }
}

extension ProfileTables {
  /// What is kept of a profile with many identifiers; see `ProfileState`.
  public func largeProfile(_ profile: ProfileOrdinal) throws(StoreError) -> LargeProfile? {
    try large.profile(profile, of: self)
  }
}

extension ProfileState {
  /// Nothing is kept for readers.
  public func largeProfile(_ profile: ProfileOrdinal) throws(StoreError) -> LargeProfile? { nil }
}

extension ProfileState {
  /// Whether a profile has an identifier of a type.
  func has(_ type: IdentifierType, _ profile: ProfileOrdinal) throws(StoreError) -> Bool {
    if let large = try largeProfile(profile) { return large.count(of: type.rawValue) > 0 }
    var isFound = false
    try visitEntries(of: profile) { if $0.type == type.rawValue { isFound = true } }
    return isFound
  }

  /// How many identifiers of a type came to a profile in event time (`time` − period, `time`].
  func count(
    _ type: IdentifierType, of profile: ProfileOrdinal, within period: IdentityRules.Period,
    before time: Timestamp
  ) throws(StoreError) -> UInt32 {
    if let large = try largeProfile(profile) {
      guard let span = period.milliseconds else { return UInt32(large.count(of: type.rawValue)) }
      return UInt32(large.count(of: type.rawValue, within: span, before: time))
    }
    var count: UInt32 = 0
    try visitEntries(of: profile) { entry in
      guard entry.type == type.rawValue else { return }
      if let span = period.milliseconds {
        let age = time.milliseconds &- entry.time.milliseconds
        guard age >= 0, age < span else { return }
      }
      count += 1
    }
    return count
  }

  /// Visits what splits say of the identifiers of a profile.
  func visitPartings(
    of profile: ProfileOrdinal, _ body: (Parting) -> Void
  ) throws(StoreError) {
    // With both sides of a split the order matters.
    if let large = try largeProfile(profile), !large.hasBothSides {
      return large.partings.forEach(body)
    }
    for entry in try entries(of: profile) {
      for parting in try partings(of: entry.ordinal) { body(parting) }
    }
  }

  /// The accounts that events of a profile counted for, in the order of ordinals.
  ///
  /// - Complexity: O(accounts) for one of which much is kept; else O(identifiers × accounts of each).
  public func accounts(ofProfile profile: ProfileOrdinal) throws(StoreError) -> [ProfileOrdinal] {
    if let large = try largeProfile(profile) { return large.sortedAccounts }
    return try accounts(ofHomes: try identifiers(of: profile))
  }
}
