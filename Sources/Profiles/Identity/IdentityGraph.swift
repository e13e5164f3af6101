// Who is who. Identifiers that come on one event belong to one profile; when they belonged to
// several, the oldest profile absorbs the others, history included.

import Bytes
import Storage

/// What identity resolution made of one event.
public struct Resolution: Sendable {
  /// The event's highest-priority identifier; fold state is kept per home.
  public var home: IdentifierOrdinal
  /// The profile that the event belongs to now.
  public var profile: ProfileOrdinal
  /// Whether the profile came to be with this event.
  public var isNew = false
  /// The profiles that this event merged into `profile`, oldest first.
  public var absorbed: [ProfileOrdinal] = []
}

/// Resolves identifiers to profiles over the tables of `ProfileTables`.
///
/// Deterministic: the outcome follows from the log order alone.
public struct IdentityGraph {
  let tables: ProfileTables
  let seed: HashSeed
  private var scratch = ByteWriter()
  /// Ordinals of the event's identifiers; nil for one never seen before.
  private var known: [IdentifierOrdinal?] = []
  private var found: [ProfileOrdinal] = []

  /// Works on `tables`; profile ids follow from `seed`.
  public init(tables: ProfileTables, seed: HashSeed) {
    self.tables = tables
    self.seed = seed
  }

  /// Finds or creates the profile of an event and records what was decided.
  ///
  /// - Parameters:
  ///   - identifiers: At least one, highest priority first.
  ///   - address: The event, the evidence of whatever is linked.
  ///   - decide: Receives each decision in order.
  /// - Throws: `StoreError` with code `.damagedIndex` if a table is damaged.
  /// - Complexity: O(*i*) look-ups in the event's identifiers; a merge adds O(*m*) in those of the
  ///   absorbed profiles.
  public mutating func resolve(
    _ identifiers: borrowing IncomingIdentifiers, at address: EventAddress,
    decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> Resolution {
    precondition(identifiers.count > 0, "an event without identifiers is never folded")
    try lookUp(identifiers)
    var resolution = Resolution(
      home: IdentifierOrdinal(0), profile: found.min() ?? ProfileOrdinal(tables.profileCount))
    if found.isEmpty {
      resolution.isNew = true
      createProfile(at: address, decide: decide)
    } else if found.count > 1 {
      found.sort()
      for absorbed in found.dropFirst() {
        try merge(absorbed, into: resolution.profile)
        decide(.merged(absorbed, into: resolution.profile))
        resolution.absorbed.append(absorbed)
      }
    }
    try attachNew(identifiers, to: resolution.profile, at: address, decide: decide)
    guard let home = known[0] else { preconditionFailure("every identifier has an ordinal now") }
    resolution.home = home
    for other in known.dropFirst() {
      guard let other else { continue }
      try link(home, other, in: resolution.profile, at: address, decide: decide)
    }
    return resolution
  }

  /// Fills `known` and `found` from the tables.
  private mutating func lookUp(
    _ identifiers: borrowing IncomingIdentifiers
  ) throws(StoreError) {
    known.removeAll(keepingCapacity: true)
    found.removeAll(keepingCapacity: true)
    for index in 0..<identifiers.count {
      let hash = identifiers.entries[index].hash
      guard let ordinal = try tables.identifierOrdinal(hash) else {
        known.append(nil)
        continue
      }
      let type = identifiers.entries[index].type
      let profile = try identifiers.value(at: index) { (value) throws(StoreError) in
        try tables.profile(ofIdentifier: ordinal, type: type, value: value)
      }
      known.append(ordinal)
      if !found.contains(profile) { found.append(profile) }
    }
  }

  private mutating func createProfile(
    at address: EventAddress, decide: (IdentityDecision) -> Void
  ) {
    let ordinal = ProfileOrdinal(tables.profileCount)
    tables.profileCount += 1
    let id = profileID(createdAt: address.sequence)
    ProfileRow.encodeNew(id: id, kind: .person, sequence: address.sequence, into: &scratch)
    tables.profiles.put(TableKey(ordinal), scratch.bytes.span.bytes)
    scratch.removeAll()
    scratch.u32(ordinal.value)
    tables.profileIDs.put(TableKey(id.bits), scratch.bytes.span.bytes)
    decide(.created(ordinal))
  }

  /// A profile's id follows from the store's secret and the record that created it, so the same log
  /// gives the same ids.
  private func profileID(createdAt sequence: SequenceNumber) -> ProfileID {
    var writer = ByteWriter(capacity: 8)
    writer.u64(sequence.value)
    return ProfileID(seed.hash(writer.bytes.span.bytes, domain: HashDomain.profileID))
  }

  private mutating func attachNew(
    _ identifiers: borrowing IncomingIdentifiers, to profile: ProfileOrdinal,
    at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) {
    for index in 0..<identifiers.count where known[index] == nil {
      let ordinal = IdentifierOrdinal(tables.identifierCount)
      tables.identifierCount += 1
      let entry = identifiers.entries[index]
      identifiers.value(at: index) { value in
        IdentifierRow.encodeNew(
          type: entry.type, value: value, profile: profile, sequence: address.sequence,
          into: &scratch)
      }
      tables.identifierRows.put(TableKey(ordinal), scratch.bytes.span.bytes)
      scratch.removeAll()
      scratch.u32(ordinal.value)
      tables.identifiers.put(TableKey(entry.hash), scratch.bytes.span.bytes)
      try tables.profiles.mutate(TableKey(profile)) { (row) throws(StoreError) in
        row.append(scratch.bytes.span.bytes)
      }
      known[index] = ordinal
      decide(.attached(ordinal, to: profile))
    }
  }

  private mutating func merge(
    _ absorbed: ProfileOrdinal, into survivor: ProfileOrdinal
  ) throws(StoreError) {
    let moved = try tables.profileRow(absorbed) { (row) throws(DecodeError) in
      (0..<row.identifierCount).map { row.identifier(at: $0) }
    }
    scratch.removeAll()
    for identifier in moved { scratch.u32(identifier.value) }
    try tables.profiles.mutate(TableKey(survivor)) { (row) throws(StoreError) in
      row.append(scratch.bytes.span.bytes)
    }
    try tables.profiles.mutate(TableKey(absorbed)) { (row) throws(StoreError) in
      row.store(survivor.value, at: ProfileRow.mergedIntoOffset)
      row.removeSubrange(ProfileRow.headerBytes..<row.count)
    }
    for identifier in moved {
      try tables.identifierRows.mutate(TableKey(identifier)) { (row) throws(StoreError) in
        row.store(survivor.value, at: IdentifierRow.profileOffset)
      }
    }
  }

  private mutating func link(
    _ home: IdentifierOrdinal, _ other: IdentifierOrdinal, in profile: ProfileOrdinal,
    at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) {
    let key = LinkRow.key(home, other)
    let isKnown = try tables.links.withValue(key) { (_) throws(StoreError) in true } ?? false
    guard !isKnown else { return }
    let row = LinkRow(evidence: address, profile: profile)
    row.encode(into: &scratch)
    tables.links.put(key, scratch.bytes.span.bytes)
    decide(.linked(home, other, row.kind, probability: row.probability))
  }
}

/// The domains that keep keyed hashes of different things apart.
///
/// Identifier types use their own raw value, below 65,536.
public enum HashDomain {
  /// Profile ids, from the sequence of the creating record.
  public static let profileID: UInt64 = 0x1_0000
}
