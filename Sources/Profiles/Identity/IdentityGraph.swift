// Who is who. Identifiers that come on one event belong to one profile; when they belonged to
// several, the oldest profile absorbs the others, history included, unless the rules keep them apart.

import Bytes
import Events
import Storage

/// What identity resolution made of one event.
///
/// Which profiles the event merged is what `IdentityGraph.absorbed` says.
public struct Resolution: BitwiseCopyable, Sendable {
  /// The event's highest-priority identifier; fold state is kept per home.
  public var home: IdentifierOrdinal
  /// The profile that the event belongs to now.
  public var profile: ProfileOrdinal
  /// Whether the profile came to be with this event.
  public var isNew = false
  /// Whether the event merged other profiles into `profile`.
  public var merges = false
  /// The account that the event counts for, and that account's identifier.
  public var account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?
  /// Whether the account came to be with this event.
  public var isAccountNew = false
  /// Whether the event is the first of its home that counts for the account.
  public var isMemberNew = false
  /// Whether the event is of an account and of no person: home and profile are the account's.
  public var isAccountAlone = false
}

/// Resolves identifiers to profiles over the tables of `ProfileTables`.
///
/// Deterministic: the outcome follows from the rules and the log order alone. Not copied: one writer has it.
public struct IdentityGraph: ~Copyable {
  let tables: ProfileTables
  let seed: HashSeed
  let constraints: [IdentityRules.Constraint]
  var scratch = ByteWriter()
  /// The event's identifiers, highest priority first, and last what an alias call says of before.
  var candidates = ReusableArray<IncomingIdentifiers.Entry>()
  /// Ordinals of the event's identifiers; nil for one never seen before.
  var known = ReusableArray<IdentifierOrdinal?>()
  /// The profiles of the event's identifiers; nil for one never seen before.
  var owners = ReusableArray<ProfileOrdinal?>()
  /// What the identifiers' rows say they were linked with last.
  private var linked = ReusableArray<IdentifierOrdinal?>()
  /// The profiles that the last event with `Resolution.merges` merged into its own, oldest first.
  public private(set) var absorbed: [ProfileOrdinal] = []
  /// The distinct profiles among those of the identifiers in hand.
  var parties = ReusableArray<ProfileOrdinal>()

  /// Works on `tables` by `rules`; profile ids follow from `seed`.
  public init(tables: ProfileTables, seed: HashSeed, rules: IdentityRules) {
    self.tables = tables
    self.seed = seed
    constraints = rules.constraints.filter { $0.limit != nil || $0.isProtected }
  }

  /// Finds or creates the profile of an event and records what was decided.
  ///
  /// Where joining the identifiers would break a rule, the one of lowest priority is left out and the
  /// rest is tried again; so the first, the home, is never left out.
  ///
  /// - Parameters:
  ///   - identifiers: Highest priority first.
  ///   - address: The event, the evidence of whatever is linked.
  ///   - decide: Receives each decision in order.
  /// - Returns: nil for an event without identifiers, which belongs to no profile. Without any of a person, an event
  ///   that names an account belongs to the account.
  /// - Throws: `StoreError` with code `.damagedIndex` if a table is damaged.
  /// - Complexity: O(*i*) lookups in the event's identifiers; one that brings a new identifier or
  ///   needs a merge reads the rows of the profiles concerned. Nothing grows with the number of identifiers of
  ///   a profile but by its logarithm.
  public mutating func resolve(
    _ identifiers: borrowing IncomingIdentifiers, at address: EventAddress,
    decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> Resolution? {
    for type in identifiers.blocked {
      decide(.blocked(type))
      try tables.count(.blocked, type)
    }
    guard identifiers.count > 0 else {
      if let account = identifiers.account {
        return try resolveAlone(account, of: identifiers, at: address, decide: decide)
      }
      decide(.unidentified)
      try tables.count(.unidentified)
      return nil
    }
    var resolution: Resolution
    if let (home, profile) = try lookUp(identifiers) {
      // Nothing is new, and all of it is one profile's.
      resolution = Resolution(home: home, profile: profile)
      try link(candidates.count, of: identifiers, resolution, at: address, decide: decide)
    } else {
      resolution = try join(identifiers, at: address, decide: decide)
    }
    if let account = identifiers.account {
      try resolve(account, of: identifiers, at: address, &resolution, decide: decide)
    }
    return resolution
  }

  /// Joins what can be joined of identifiers that are new or of several profiles; `lookUp` came before.
  private mutating func join(
    _ identifiers: borrowing IncomingIdentifiers, at address: EventAddress,
    decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> Resolution {
    let (kept, demoted) = try keep(at: address.time, decide: decide)
    gatherParties(kept)
    var resolution = Resolution(
      home: IdentifierOrdinal(0), profile: oldestParty ?? ProfileOrdinal(tables.profileCount))
    if parties.isEmpty {
      resolution.isNew = true
      try createProfile(.person, at: address.sequence, decide: decide)
    } else if parties.count > 1 {
      resolution.merges = true
      absorbed = parties.indices.map { parties[$0] }.sorted()
      absorbed.removeFirst()
      for absorbed in absorbed {
        try tables.merge(absorbed, into: resolution.profile)
        try tables.count(.merged)
        decide(.merged(absorbed, into: resolution.profile))
      }
    }
    for index in 0..<kept where known[index] == nil {
      known[index] = try attach(
        candidates[index], of: identifiers, to: resolution.profile, at: address, decide: decide)
    }
    guard let home = known[0] else { preconditionFailure("every identifier has an ordinal now") }
    resolution.home = home
    try link(kept, of: identifiers, resolution, at: address, decide: decide)
    for (index, reason) in demoted where owners[index] != resolution.profile {
      try note(reason, against: candidates[index].hash, home: home, at: address)
    }
    return resolution
  }

  private var oldestParty: ProfileOrdinal? {
    var oldest: ProfileOrdinal?
    for index in parties.indices { oldest = min(oldest ?? parties[index], parties[index]) }
    return oldest
  }

  /// Fills `candidates`, `known` and `owners`.
  ///
  /// - Returns: The home and the profile if every identifier is known and all are of one profile.
  private mutating func lookUp(
    _ identifiers: borrowing IncomingIdentifiers
  ) throws(StoreError) -> (home: IdentifierOrdinal, profile: ProfileOrdinal)? {
    candidates.assign(identifiers.entries)
    if let former = try former(identifiers) { candidates.append(former) }
    known.removeAll()
    owners.removeAll()
    linked.removeAll()
    // The identifiers of an event are mostly one profile's.
    var last: (holder: ProfileOrdinal, owner: ProfileOrdinal)?
    var isOneProfiles = true
    for index in candidates.indices {
      let candidate = candidates[index]
      guard let ordinal = try tables.identifierOrdinal(candidate.hash) else {
        known.append(nil)
        owners.append(nil)
        linked.append(nil)
        isOneProfiles = false
        continue
      }
      // The row of the home is to change in any case: it is not unpacked for a look at it first.
      if index == 0 { _ = try tables.identifierRows.edit(ordinal.value) }
      let (holder, isOwner, linkedWith, isIt) = try tables.identifierRow(ordinal) {
        (row) throws(DecodeError) -> (ProfileOrdinal, Bool, IdentifierOrdinal?, Bool) in
        let isIt =
          row.type == candidate.type
          && row.value.elementsEqual(identifiers.value(of: candidate))
        return (row.holder, row.isOwnedByHolder, row.linkedWith, isIt)
      }
      guard isIt else { throw .derivedMismatch("identifiers", "its row names another value") }
      if last?.holder != holder {
        let owner = isOwner ? holder : try tables.owner(ofHolder: holder)
        // A row that is damaged is found when it is needed.
        assert(
          (try? tables.owner(ofHolder: holder)) ?? owner == owner,
          "the row of an identifier says so")
        if let last, last.owner != owner { isOneProfiles = false }
        last = (holder, owner)
      }
      known.append(ordinal)
      owners.append(last?.owner)
      linked.append(linkedWith)
    }
    guard isOneProfiles, let home = known[0], let profile = owners[0] else { return nil }
    return (home, profile)
  }

  /// What an alias call names as the id of before: of the first type that was seen with this value, else of
  /// the last.
  ///
  /// Never an event's home, since which type it is depends on the state.
  private func former(
    _ identifiers: borrowing IncomingIdentifiers
  ) throws(StoreError) -> IncomingIdentifiers.Entry? {
    guard let last = identifiers.former.last else { return nil }
    for index in 0..<(identifiers.former.count - 1) {
      let entry = identifiers.former[index]
      if try tables.identifierOrdinal(entry.hash) != nil { return entry }
    }
    return identifiers.has(last.hash) ? nil : last
  }

  /// The distinct profiles of the first identifiers, into `parties`.
  mutating func gatherParties(_ count: Int) {
    parties.removeAll()
    for index in 0..<count {
      if let owner = owners[index], !parties.contains(owner) { parties.append(owner) }
    }
  }

  @discardableResult
  mutating func createProfile(
    _ kind: EntityKind, at sequence: SequenceNumber, index: UInt32 = 0,
    decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> ProfileOrdinal {
    let ordinal = ProfileOrdinal(tables.profileCount)
    tables.profileCount += 1
    let id = ProfileID(kind, createdAt: sequence, index: index, seed: seed)
    let row = ProfileRow.new(id: id, kind: kind, sequence: sequence)
    try tables.profiles.put(ordinal.value, row.span.bytes)
    let value: [1 of UInt32] = [ordinal.value.littleEndian]
    tables.profileIDs.put(TableKey(id.bits), value.span.bytes)
    decide(.created(ordinal))
    return ordinal
  }

  mutating func attach(
    _ entry: IncomingIdentifiers.Entry, of identifiers: borrowing IncomingIdentifiers,
    to profile: ProfileOrdinal, at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> IdentifierOrdinal {
    let ordinal = IdentifierOrdinal(tables.identifierCount)
    tables.identifierCount += 1
    let joined = ProfileIdentifier(ordinal: ordinal, type: entry.type, time: address.time)
    let holder = try tables.enter(joined, of: profile)
    try tables.addRow(
      of: ordinal, type: entry.type, value: identifiers.value(of: entry), profile: profile,
      in: holder, sequence: address.sequence)
    let value: [1 of UInt32] = [ordinal.value.littleEndian]
    tables.identifiers.put(TableKey(entry.hash), value.span.bytes)
    decide(.attached(ordinal, to: profile))
    return ordinal
  }

  /// Links the home of an event with the others of its first identifiers.
  private mutating func link(
    _ count: Int, of identifiers: borrowing IncomingIdentifiers, _ resolution: borrowing Resolution,
    at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) {
    let home = resolution.home
    for index in 1..<max(count, 1) {
      guard let other = known[index], linked[index] != home else { continue }
      let kind: EdgeKind = index < identifiers.count ? .deterministic : .alias
      try link(home, other, kind: kind, in: resolution.profile, at: address, decide: decide)
      var row = try tables.identifierRows.edit(other.value)
      row.store(home.value, at: IdentifierRow.linkedWithOffset)
    }
  }

  mutating func link(
    _ home: IdentifierOrdinal, _ other: IdentifierOrdinal, kind: EdgeKind = .deterministic,
    in profile: ProfileOrdinal, at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) {
    let key = LinkRow.key(home, other)
    // The tables stay while an event is resolved.
    let (links, neighbours) = (Uncounted(tables.links), Uncounted(tables.neighbours))
    let isKnown = try links.with { (links) throws(StoreError) in
      try links.withValue(key) { (_) throws(StoreError) in true } ?? false
    }
    guard !isKnown else { return }
    let row = LinkRow(evidence: address, profile: profile, kind: kind)
    row.encode(into: &scratch)
    links.with { $0.put(key, scratch.bytes.span.bytes) }
    let ends: [2 of UInt32] = [home.value.littleEndian, other.value.littleEndian]
    try neighbours.with { (neighbours) throws(StoreError) in
      try neighbours.append(TableKey(home), ends.span.bytes.extracting(4..<8))
      try neighbours.append(TableKey(other), ends.span.bytes.extracting(0..<4))
    }
    decide(.linked(home, other, row.kind, probability: row.probability))
  }

  /// Finds or creates the account of an event and notes the person with it.
  private mutating func resolve(
    _ account: IncomingIdentifiers.Entry, of identifiers: borrowing IncomingIdentifiers,
    at address: EventAddress, _ resolution: inout Resolution, decide: (IdentityDecision) -> Void
  ) throws(StoreError) {
    let (profile, ordinal, isNew) = try find(
      account, of: identifiers, at: address, decide: decide)
    resolution.isAccountNew = isNew
    resolution.account = (profile, ordinal)
    if try tables.note(resolution.home, in: profile, at: address.time) {
      decide(.joined(resolution.home, account: profile))
      resolution.isMemberNew = true
    }
  }

  /// What an event of an account alone comes to: it is filed under the account's identifier.
  private mutating func resolveAlone(
    _ account: IncomingIdentifiers.Entry, of identifiers: borrowing IncomingIdentifiers,
    at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> Resolution {
    let (profile, ordinal, isNew) = try find(
      account, of: identifiers, at: address, decide: decide)
    var resolution = Resolution(home: ordinal, profile: profile)
    resolution.account = (profile, ordinal)
    resolution.isAccountNew = isNew
    resolution.isAccountAlone = true
    return resolution
  }

  /// Finds or creates an account.
  private mutating func find(
    _ account: IncomingIdentifiers.Entry, of identifiers: borrowing IncomingIdentifiers,
    at address: EventAddress, decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> (profile: ProfileOrdinal, home: IdentifierOrdinal, isNew: Bool) {
    if let known = try tables.identifierOrdinal(account.hash) {
      let profile = try tables.profile(
        ofIdentifier: known, type: account.type, value: identifiers.value(of: account))
      return (profile, known, false)
    }
    let profile = try createProfile(.account, at: address.sequence, decide: decide)
    let home = try attach(account, of: identifiers, to: profile, at: address, decide: decide)
    return (profile, home, true)
  }
}
