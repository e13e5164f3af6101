// How well identifiers distinguish people, in numbers that reveal problems of a store's rules.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// The state of a store's identity graph.
public struct IdentityHealth: Sendable {
  /// One of the profiles with the most identifiers.
  public struct Biggest: Equatable, Sendable {
    /// Its id.
    public var id: ProfileID
    /// How many identifiers it has.
    public var identifiers: Int
    /// Its first identifier.
    public var example: Identifier
  }

  /// What there is of one type.
  public struct TypeCount: Equatable, Sendable {
    /// The type's name.
    public var type: String
    /// All identifiers of the type.
    public var identifiers: Int
    /// Profiles that have one.
    public var profiles: Int
    /// The most that one profile has.
    public var most: Int
  }

  /// Persons.
  public var profiles = 0
  /// Accounts.
  public var accounts = 0
  /// Identifiers of persons.
  public var identifiers = 0
  /// Profiles by their number of identifiers: 1, 2 to 5, 6 to 10, 11 to 100, above.
  public var histogram = [0, 0, 0, 0, 0]
  /// By type, in order of priority.
  public var types: [TypeCount] = []
  /// The profiles with the most identifiers, at most ten.
  public var biggest: [Biggest] = []
  /// Values skipped because they identify nobody, by type.
  public var blocked: [String: UInt64] = [:]
  /// Identifiers left out by limits, by the limited type.
  public var limited: [String: UInt64] = [:]
  /// Identifiers left out by merge protection, by the protected type.
  public var protected: [String: UInt64] = [:]
  /// Identifiers left out because a split keeps them apart.
  public var keptApart: UInt64 = 0
  /// Profiles absorbed by events.
  public var merged: UInt64 = 0
  /// Manual splits.
  public var splits: UInt64 = 0
  /// Manual merges.
  public var mergedByHand: UInt64 = 0
  /// Events that by the rules in force have no identifier.
  public var unidentified: UInt64 = 0

  /// The average number of identifiers of a person.
  public var average: Double {
    profiles == 0 ? 0 : Double(identifiers) / Double(profiles)
  }

  /// What the average says.
  ///
  /// Source: Snowplow's measure of identity graphs; about 1 is ideal, 2 to 5 acceptable.
  public var verdict: String {
    switch average {
    case 0: "there are no profiles"
    case ..<2: "good: about one identifier a person"
    case ..<5: "acceptable: a few identifiers a person"
    case ..<10: "high: see which type has the most, and limit it"
    default: "reconsider the identifiers: one of them does not identify people"
    }
  }
}

extension Snapshot {
  /// Counts the identity graph.
  ///
  /// - Complexity: O(profiles and their identifiers).
  public func identityHealth() throws(StoreError) -> IdentityHealth {
    var health = IdentityHealth()
    var counts: [UInt16: (identifiers: Int, profiles: Int, most: Int)] = [:]
    var biggest: [(profile: ProfileOrdinal, identifiers: Int)] = []
    for value in 0..<profiles.profileCount {
      var own: [UInt16: Int] = [:]
      let kind = try profiles.profileRow(ProfileOrdinal(value)) { (row) throws(DecodeError) in
        row.mergedInto == nil ? row.kind : nil
      }
      if kind == .account { health.accounts += 1 }
      guard kind == .person else { continue }
      try profiles.visitEntries(of: ProfileOrdinal(value)) { own[$0.type, default: 0] += 1 }
      let total = own.values.reduce(0, +)
      health.profiles += 1
      health.identifiers += total
      health.histogram[
        total <= 1 ? 0 : total <= 5 ? 1 : total <= 10 ? 2 : total <= 100 ? 3 : 4] += 1
      for (type, number) in own {
        let before = counts[type] ?? (0, 0, 0)
        counts[type] = (
          before.identifiers + number, before.profiles + 1, max(before.most, number)
        )
      }
      if total > 1, total > biggest.last?.identifiers ?? 0 || biggest.count < 10 {
        biggest.append((ProfileOrdinal(value), total))
        biggest.sort { ($0.identifiers, $1.profile) > ($1.identifiers, $0.profile) }
        if biggest.count > 10 { biggest.removeLast() }
      }
    }
    let rules = scalars.identityRules.identifiers
    let order = rules.entries.map(\.type.rawValue)
    for type in order + counts.keys.filter({ !order.contains($0) }).sorted() {
      guard let found = counts[type] else { continue }
      health.types.append(
        .init(
          type: rules.name(of: IdentifierType(rawValue: type)) ?? "type_\(type)",
          identifiers: found.identifiers, profiles: found.profiles, most: found.most))
    }
    for (profile, number) in biggest {
      guard let first = try profiles.identifiers(of: profile).first else { continue }
      let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
      health.biggest.append(
        .init(id: id, identifiers: number, example: try identifier(first)))
    }
    try addCounts(to: &health)
    return health
  }

  private func addCounts(to health: inout IdentityHealth) throws(StoreError) {
    let rules = scalars.identityRules.identifiers
    let types =
      (rules.entries + rules.retired).map { ($0.type, $0.name) } + [
        (IdentifierType.groupID, "group_id")
      ]
    for (type, name) in types {
      let blocked = try profiles.count(of: .blocked, type)
      if blocked > 0 { health.blocked[name] = blocked }
      let limited = try profiles.count(of: .limited, type)
      if limited > 0 { health.limited[name] = limited }
      let protected = try profiles.count(of: .protected, type)
      if protected > 0 { health.protected[name] = protected }
    }
    health.keptApart = try profiles.count(of: .keptApart)
    health.merged = try profiles.count(of: .merged)
    health.splits = try profiles.count(of: .split)
    health.mergedByHand = try profiles.count(of: .mergedByHand)
    health.unidentified = try profiles.count(of: .unidentified)
  }
}
