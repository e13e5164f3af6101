// The conflict loop: which of an event's identifiers may be joined. Reads rows only when an event
// brings an identifier that is new or that belongs to another profile than the rest.

import Bytes
import Events
import Storage

extension IdentityGraph {
  /// How many of the first identifiers of an event can be joined, and why the others cannot.
  ///
  /// - Complexity: O(1) for an event that brings nothing new.
  mutating func keep(
    at time: Timestamp, decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> (count: Int, demoted: [(index: Int, reason: DemotionReason)]) {
    var count = candidates.count
    var demoted: [(index: Int, reason: DemotionReason)] = []
    while let reason = try conflict(among: count, at: time) {
      guard count > 1 else { break }
      count -= 1
      demoted.append((count, reason))
    }
    guard !demoted.isEmpty else { return (count, []) }
    // What belongs to the profile already was given up on the way and loses nothing.
    gatherParties(count)
    demoted = demoted.filter { item in
      guard let owner = owners[item.index] else { return true }
      return !parties.contains(owner)
    }
    for (index, reason) in demoted {
      decide(
        .demoted(
          index: UInt32(index),
          IdentifierType(rawValue: candidates[index].type), reason))
      try tables.count(reason.count, reason.type ?? IdentifierType(rawValue: 0))
    }
    return (count, demoted)
  }

  /// What joining the first identifiers would break; nil if nothing.
  private mutating func conflict(
    among count: Int, at time: Timestamp
  ) throws(StoreError) -> DemotionReason? {
    gatherParties(count)
    var hasNew = false
    for index in 0..<count where known[index] == nil { hasNew = true }
    guard hasNew || parties.count > 1 else { return nil }
    if parties.count > 1 {
      if let type = try protectedType() { return .protection(type) }
      if let split = try parting() { return .keptApart(since: split) }
    }
    for constraint in constraints {
      guard let limit = constraint.limit else { continue }
      var arriving: UInt32 = 0
      for index in 0..<count
      where known[index] == nil && candidates[index].type == constraint.type.rawValue {
        arriving += 1
      }
      guard arriving > 0 || parties.count > 1 else { continue }
      var total = arriving
      var greatest: UInt32 = 0
      for index in parties.indices {
        let party = parties[index]
        let held = try tables.count(constraint.type, of: party, within: limit.period, before: time)
        total += held
        greatest = max(greatest, held)
      }
      // A profile that has too many already, joined manually, is not made worse by what adds none.
      if total > greatest, total > limit.count { return .limit(constraint.type, limit) }
    }
    return nil
  }

  /// A protected type of which at least two of the parties have an identifier.
  private func protectedType() throws(StoreError) -> IdentifierType? {
    for constraint in constraints where constraint.isProtected {
      var holders = 0
      for index in parties.indices where try tables.has(constraint.type, parties[index]) {
        holders += 1
      }
      if holders > 1 { return constraint.type }
    }
    return nil
  }

  /// The latest split that keeps two of the parties apart.
  private func parting() throws(StoreError) -> SequenceNumber? {
    guard try tables.count(of: .split) > 0 else { return nil }
    var sides: [SequenceNumber: (side: UInt8, party: ProfileOrdinal)] = [:]
    var latest: SequenceNumber?
    for index in parties.indices {
      let party = parties[index]
      try tables.visitPartings(of: party) { parting in
        guard let other = sides[parting.split] else {
          sides[parting.split] = (parting.side, party)
          return
        }
        if other.side != parting.side, other.party != party {
          latest = max(latest ?? parting.split, parting.split)
        }
      }
    }
    return latest
  }

  /// Keeps the evidence that an identifier was left out.
  mutating func note(
    _ reason: DemotionReason, against hash: Hash128, home: IdentifierOrdinal,
    at address: EventAddress
  ) throws(StoreError) {
    let key = TableKey(refusalOf: hash, home: home)
    let before = try tables.refusal(key)?.count ?? 0
    RefusalRow(evidence: address, count: before + 1, reason: reason).encode(into: &scratch)
    tables.refusals.put(key, scratch.bytes.span.bytes)
  }
}

extension DemotionReason {
  /// What it is counted as.
  fileprivate var count: IdentityCount {
    switch self {
    case .limit: .limited
    case .protection: .protected
    case .keptApart: .keptApart
    }
  }
}

extension TableKey {
  /// The key of what kept an identifier away from the profile of a home.
  init(refusalOf hash: Hash128, home: IdentifierOrdinal) {
    self.init(high: hash.high ^ HashSeed.mix(UInt64(home.value) &+ 1), low: hash.low)
  }
}

extension ProfileState {
  /// The evidence that an identifier was kept away from the profile of a home.
  public func refusal(
    of hash: Hash128, home: IdentifierOrdinal
  ) throws(StoreError) -> RefusalRow? {
    try refusal(TableKey(refusalOf: hash, home: home))
  }

  func refusal(_ key: TableKey) throws(StoreError) -> RefusalRow? {
    try refusals.withValue(key) { (bytes) throws(StoreError) in
      do { return try RefusalRow(bytes) } catch {
        throw StoreError.derivedMismatch("refusals", "a row does not decode")
      }
    }
  }
}
