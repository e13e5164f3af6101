// One number for the whole logical state. Two stores with the same hash answer every question alike,
// however their files lie; the order of tables, runs and batches does not enter.

import Audiences
import Bytes
import Profiles
import Roaring
import Storage

/// A hash of logical state.
public struct StateHash: Equatable, Sendable, CustomStringConvertible {
  private var high: UInt64 = 0
  private var low: UInt64 = 0

  /// 32 lowercase hexadecimal digits.
  public var description: String { ProfileID(Hash128(high: high, low: low)).description }

  /// Adds one item.
  ///
  /// Addition makes the hash that of the multiset, whatever the order.
  mutating func add(_ domain: UInt64, _ writer: ByteWriter, _ seed: HashSeed) {
    let hash = seed.hash(writer.bytes.span.bytes, domain: domain)
    let (sum, carry) = low.addingReportingOverflow(hash.low)
    low = sum
    high = high &+ hash.high &+ (carry ? 1 : 0)
  }
}

extension Snapshot {
  /// The hash of the logical state at the logical now.
  ///
  /// Complexity: O(state); reads every table once.
  public func stateHash() throws(StoreError) -> StateHash {
    var hash = StateHash()
    let publicSeed = Self.publicSeed
    var item = ByteWriter()
    item.u64(lastSequence.value)
    item.append(
      scalarsForHash().encodeForHash(definitions: recordedDefinitions, erased: erased))
    hash.add(1, item, publicSeed)
    for (domain, table) in plainTables {
      try table.forEach { (key, value) throws(StoreError) in
        item.removeAll()
        item.u64(key.high)
        item.u64(key.low)
        item.append(value)
        hash.add(domain, item, publicSeed)
      }
    }
    try addAddresses(&hash)
    try profiles.identifierRows.forEach { (ordinal, value) throws(StoreError) in
      item.removeAll()
      item.u64(UInt64(ordinal))
      item.u64(0)
      let hint = IdentifierRow.hintBytes
      guard value.byteCount >= hint.upperBound else {
        throw .derivedMismatch("identifierRows", "a row does not decode")
      }
      let holder = IdentifierRow.holderBytes
      item.u32(try profiles.presentProfile(of: IdentifierOrdinal(ordinal)).value)
      item.append(value.extracting(holder.upperBound..<hint.lowerBound))
      item.append(value.extracting(hint.upperBound...))
      hash.add(3, item, publicSeed)
    }
    try profiles.profiles.forEach { (ordinal, value) throws(StoreError) in
      item.removeAll()
      item.u64(UInt64(ordinal))
      item.u64(0)
      guard value.byteCount >= ProfileRow.logicalBytes else {
        throw .derivedMismatch("profiles", "a row does not decode")
      }
      item.append(value.extracting(..<ProfileRow.logicalBytes))
      item.u8(0)
      item.append(value.extracting((ProfileRow.logicalBytes + 1)..<ProfileRow.headerBytes))
      try profiles.visitEntries(of: ProfileOrdinal(ordinal)) { $0.encode(into: &item) }
      hash.add(4, item, publicSeed)
    }
    try addMemberships(&hash)
    try addCells(&hash)
    for audience in plan.audiences {
      item.removeAll()
      item.u32(audience.number.value)
      for ordinal in try memberships.members(of: audience.number).toArray() { item.u32(ordinal) }
      hash.add(21, item, publicSeed)
    }
    return hash
  }

  /// The hash of the present answers: who the live profiles are, what they hold, and where they are
  /// members, but not how it came to be.
  ///
  /// A split followed by the merge of what was split gives the same answers, while the state remembers
  /// both.
  ///
  /// Complexity: O(state).
  public func answersHash() throws(StoreError) -> StateHash {
    var hash = StateHash()
    var item = ByteWriter()
    for value in 0..<profiles.profileCount {
      let profile = ProfileOrdinal(value)
      item.removeAll()
      let isLive = try profiles.profileRow(profile) { (row) throws(DecodeError) in
        item.u64(row.id.bits.high)
        item.u64(row.id.bits.low)
        return row.mergedInto == nil
      }
      guard isLive else { continue }
      for identifier in try profiles.identifiers(of: profile).sorted() {
        try profiles.identifierRow(identifier) { (row) throws(DecodeError) in
          item.u16(row.type)
          item.lengthPrefixed(row.value.toArray())
          item.u64(row.eventCount)
        }
      }
      for audience in plan.audiences {
        let row = try memberships.row(profile, audience.number)
        if row?.isMember == true { item.u32(audience.number.value) }
      }
      hash.add(1, item, Self.publicSeed)
    }
    try addCells(&hash)
    return hash
  }

  /// Adds the links and the addresses of events, in fixed widths.
  private func addAddresses(_ hash: inout StateHash) throws(StoreError) {
    var item = ByteWriter()
    try profiles.links.forEach { (key, value) throws(StoreError) in
      item.removeAll()
      item.u64(key.high)
      item.u64(key.low)
      do throws(DecodeError) {
        let link = try LinkRow(value)
        item.u16(UInt16(link.kind.rawValue))
        item.u16(link.probability)
        item.u32(link.profile.value)
        item.i64(link.time.milliseconds)
        item.u64(link.sequence.value)
      } catch {
        throw .derivedMismatch("links", "a row does not decode")
      }
      hash.add(6, item, Self.publicSeed)
    }
    try profiles.homeEvents.forEach { (key, value) throws(StoreError) in
      item.removeAll()
      item.u64(key.high)
      item.u64(key.low)
      var reader = ByteReader(value)
      do throws(DecodeError) {
        while !reader.isAtEnd {
          let address = try EventAddress(&reader)
          item.i64(address.time.milliseconds)
          item.u64(address.sequence.value)
        }
      } catch {
        throw .derivedMismatch("homeEvents", "an address does not decode")
      }
      hash.add(7, item, Self.publicSeed)
    }
  }

  /// Adds what is known of each profile in each audience.
  ///
  /// When its timer fires follows from the cells, and may be earlier than needed.
  private func addMemberships(_ hash: inout StateHash) throws(StoreError) {
    var item = ByteWriter()
    try memberships.visitRows { (profile, audience, row) throws(StoreError) in
      guard row.isMember || row.cause != nil else { return }
      item.removeAll()
      item.u32(profile.value)
      item.u32(audience.value)
      item.u8(row.isMember ? 1 : 0)
      item.u8(row.cause?.rawValue ?? 0)
      item.i64(row.since.milliseconds)
      item.u64(row.sequence.value)
      hash.add(9, item, Self.publicSeed)
    }
  }

  private func addCells(_ hash: inout StateHash) throws(StoreError) {
    try profiles.homeCells.forEach { (home, value) throws(StoreError) in
      try add(rowOfCells: value, of: UInt64(home), &hash)
    }
    try profiles.cells.forEach { (key, value) throws(StoreError) in
      guard key.low == 0 else {
        return try add(value, of: key.high, slot: UInt32(truncatingIfNeeded: key.low - 1), &hash)
      }
      try add(rowOfCells: value, of: key.high, &hash)
    }
  }

  private func add(
    rowOfCells value: RawSpan, of owner: UInt64, _ hash: inout StateHash
  ) throws(StoreError) {
    try HomeCells(checking: value).forEach { (slot, cell) throws(StoreError) in
      try add(cell, of: owner, slot: slot, &hash)
    }
  }

  /// Adds one cell, wherever it stands.
  private func add(
    _ cell: RawSpan, of owner: UInt64, slot: UInt32, _ hash: inout StateHash
  ) throws(StoreError) {
    guard let spec = plan.spec(ofSlot: Int(slot)) else { return }
    var item = ByteWriter()
    item.u64(owner)
    item.u64(UInt64(slot))
    do {
      try Cell.hashCanonical(cell, spec, now: logicalNow, into: &item)
    } catch {
      throw StoreError.derivedMismatch("cells", "fold state does not decode")
    }
    // A cell that has emptied says no more than one that was never made.
    guard item.count > 16 else { return }
    hash.add(20, item, Self.publicSeed)
  }

  private static let publicSeed = HashSeed([UInt8](repeating: 0x43, count: HashSeed.byteCount))

  /// The tables whose bytes are their logical content.
  private var plainTables: [(UInt64, TableSnapshot)] {
    [
      (2, profiles.identifiers), (5, profiles.profileIDs), (8, messages),
      (30, profiles.accountMembers), (31, profiles.memberTimes), (32, profiles.neighbours),
      (33, profiles.refusals), (34, profiles.identityNotes), (35, deadLetters),
    ]
  }

  private func scalarsForHash() -> Scalars {
    var scalars = self.scalars
    scalars.profileCount = profiles.profileCount
    scalars.identifierCount = profiles.identifierCount
    // Where copies of events are changes no answer.
    scalars.historyThrough = SequenceNumber(0)
    // Nor does how the log was cut into files.
    for index in scalars.erasures.indices {
      scalars.erasures[index].receipt?.segments = 0
      scalars.erasures[index].receipt?.logBytes = 0
    }
    return scalars
  }
}
