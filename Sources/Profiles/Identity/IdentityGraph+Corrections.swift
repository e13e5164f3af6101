// Manual splits and merges. A split gives every identifier back the profile that it first had, as far
// as that is free; what was split stays apart until it is merged manually.

import Bytes
import Storage

extension IdentityGraph {
  /// Parts a profile: some of its identifiers leave the others.
  ///
  /// The side that has the profile's founding identifier keeps the profile; the other gets back the
  /// oldest of the absorbed profiles that its identifiers began in, or else a new one. Ids of absorbed
  /// profiles follow the identifiers that founded them.
  ///
  /// - Parameters:
  ///   - leaving: Some, not all, of the profile's identifiers.
  ///   - index: Tells apart the profiles that one record parts.
  /// - Returns: The profile that has what left the side of `profile`'s founder.
  /// - Complexity: O(identifiers) lookups.
  public mutating func split(
    _ leaving: Set<IdentifierOrdinal>, from profile: ProfileOrdinal, at sequence: SequenceNumber,
    index: UInt32, decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> ProfileOrdinal {
    tables.large.removeAll()
    let entries = try tables.entries(of: profile)
    var origins: [IdentifierOrdinal: ProfileOrdinal] = [:]
    var founders: [ProfileOrdinal: IdentifierOrdinal] = [:]
    for entry in entries {
      let origin = try tables.identifierRow(entry.ordinal) { (row) throws(DecodeError) in
        row.origin
      }
      origins[entry.ordinal] = origin
      founders[origin] = min(founders[origin] ?? entry.ordinal, entry.ordinal)
    }
    let keepsLeaving = founders[profile].map(leaving.contains) ?? false
    let moving = entries.filter { leaving.contains($0.ordinal) != keepsLeaving }
    let staying = entries.filter { leaving.contains($0.ordinal) == keepsLeaving }
    guard !moving.isEmpty, !staying.isEmpty else { return profile }
    let movingOrdinals = Set(moving.map(\.ordinal))
    let freed = founders.filter { $0.key != profile && movingOrdinals.contains($0.value) }.keys
    let other: ProfileOrdinal
    if let first = freed.min() {
      other = first
    } else {
      other = try createProfile(.person, at: sequence, index: index, decide: decide)
    }
    decide(.split(profile, into: other))
    try tables.count(.split)
    try tables.dissolveHolders(of: profile)
    try rewrite(staying, of: profile)
    try rewrite(moving, of: other)
    for origin in founders.keys.sorted() where origin != profile && origin != other {
      guard let founder = founders[origin] else { continue }
      let heir = movingOrdinals.contains(founder) ? other : profile
      var row = try tables.profiles.edit(origin.value)
      row.store(heir.value, at: ProfileRow.mergedIntoOffset)
    }
    for entry in entries {
      let moves = movingOrdinals.contains(entry.ordinal)
      let here = moves ? other : profile
      let origin = origins[entry.ordinal] ?? here
      // The founder of the profile it began in is on the other side: it starts again here.
      let founder = founders[origin]
      let isParted = founder.map { movingOrdinals.contains($0) != moves } ?? true
      var row = try tables.identifierRows.edit(entry.ordinal.value)
      let isOwner = (moves ? moving : staying).count <= ProfileTables.handedOverMax
      row.store(
        IdentifierRow.word(holder: here, isOwner: isOwner), at: IdentifierRow.holderOffset)
      if isParted { row.store(here.value, at: IdentifierRow.originOffset) }
      if moves { decide(.moved(entry.ordinal, to: other)) }
      var partings = try tables.partings(of: entry.ordinal)
      // By who was named and not by who moves: one record can part several profiles, and what left
      // together is on one side whichever of them keeps its id.
      partings.append(Parting(split: sequence, side: leaving.contains(entry.ordinal) ? 1 : 0))
      tables.setPartings(partings, of: entry.ordinal)
    }
    return other
  }

  /// Keeps apart what a split named, also where it split nothing: by rules that came later the two sides
  /// may not be one profile at that point, and must not become one.
  ///
  /// - Complexity: O(identifiers) lookups.
  public mutating func keepApart(
    _ leaving: [IdentifierOrdinal], from staying: [IdentifierOrdinal], by split: SequenceNumber
  ) throws(StoreError) {
    guard !leaving.isEmpty, !staying.isEmpty else { return }
    tables.large.removeAll()
    var isParted = false
    for (side, identifiers) in [(UInt8(1), leaving), (UInt8(0), staying)] {
      for identifier in identifiers {
        var partings = try tables.partings(of: identifier)
        guard !partings.contains(where: { $0.split == split }) else {
          isParted = true
          continue
        }
        partings.append(Parting(split: split, side: side))
        tables.setPartings(partings, of: identifier)
      }
    }
    if !isParted { try tables.count(.split) }
  }

  /// Makes two profiles one, whatever the limits say, and lifts the splits that keep them apart.
  ///
  /// - Returns: The survivor and the absorbed profile; nil if they are one already.
  public mutating func join(
    _ a: IdentifierOrdinal, _ b: IdentifierOrdinal, at address: EventAddress,
    decide: (IdentityDecision) -> Void
  ) throws(StoreError) -> (survivor: ProfileOrdinal, absorbed: ProfileOrdinal)? {
    let first = try tables.presentProfile(of: a)
    let second = try tables.presentProfile(of: b)
    guard first != second else { return nil }
    let survivor = min(first, second)
    let absorbed = max(first, second)
    try liftPartings(between: survivor, and: absorbed)
    tables.large.removeAll()
    try tables.merge(absorbed, into: survivor)
    try tables.count(.mergedByHand)
    decide(.merged(absorbed, into: survivor))
    try link(a, b, kind: .manual, in: survivor, at: address, decide: decide)
    return (survivor, absorbed)
  }

  /// Makes entries all that a profile has.
  private mutating func rewrite(
    _ entries: [ProfileIdentifier], of profile: ProfileOrdinal
  ) throws(StoreError) {
    scratch.removeAll()
    for entry in entries {
      let words = entry.words
      scratch.append(words.span.bytes)
    }
    var row = try tables.profiles.edit(profile.value)
    guard row.count >= ProfileRow.headerBytes else {
      throw .derivedMismatch("profiles", "a row is cut short")
    }
    row.store(ProfileRow.none, at: ProfileRow.mergedIntoOffset)
    row.removeSubrange(ProfileRow.headerBytes..<row.count)
    row.append(scratch.bytes.span.bytes)
  }

  /// Forgets the splits that two profiles are on different sides of.
  private func liftPartings(
    between a: ProfileOrdinal, and b: ProfileOrdinal
  ) throws(StoreError) {
    var sides: [SequenceNumber: Set<UInt8>] = [:]
    var entries: [IdentifierOrdinal: [Parting]] = [:]
    for profile in [a, b] {
      for entry in try tables.entries(of: profile) {
        let partings = try tables.partings(of: entry.ordinal)
        guard !partings.isEmpty else { continue }
        entries[entry.ordinal] = partings
        for parting in partings { sides[parting.split, default: []].insert(parting.side) }
      }
    }
    for (ordinal, partings) in entries {
      let rest = partings.filter { sides[$0.split]?.count == 1 }
      if rest.count < partings.count { tables.setPartings(rest, of: ordinal) }
    }
  }
}
