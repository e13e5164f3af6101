// Entering identifiers in holders, and what merges do to them; see `ProfileHolders`.

import Bytes
import Storage

extension ProfileTables {
  /// Up to how many identifiers are handed over when their profile is absorbed.
  static var handedOverMax: Int { 32 }

  /// Enters an identifier that has joined a profile.
  ///
  /// - Returns: The holder that it is entered in, and whether that is sure to be the profile.
  /// - Complexity: O(1).
  func enter(
    _ joined: ProfileIdentifier, of profile: ProfileOrdinal
  ) throws(StoreError) -> (ordinal: ProfileOrdinal, isOwner: Bool) {
    let words = joined.words
    large.enter(joined, of: profile)
    var row = try profiles.edit(profile.value)
    if row.load(at: ProfileRow.holdsOffset, as: UInt8.self) == 0 {
      let before = (row.count - ProfileRow.headerBytes) / ProfileIdentifier.byteCount
      if before == Self.handedOverMax { try markEntries(of: profile) }
      row.append(words.span.bytes)
      return (profile, before < Self.handedOverMax)
    }
    let holder = try holder(of: profile).ordinal
    try append(words.span.bytes, count: 1, to: holder)
    return (holder, false)
  }

  /// Has the identifiers that are entered in a row say that it may be another profile's.
  ///
  /// That is so before the row gets a `HolderPart`. It gets one by merges of profiles with more than `handedOverMax`
  /// identifiers: those are marked as they become so many, the others then.
  private func markEntries(of holder: ProfileOrdinal) throws(StoreError) {
    var entries: [IdentifierOrdinal] = []
    try profileRow(holder) { (row) throws(DecodeError) in
      for index in 0..<row.entryCount {
        let entry = row.entry(at: index)
        if entry.type != ProfileIdentifier.holderType { entries.append(entry.ordinal) }
      }
    }
    for entry in entries {
      var row = try identifierRows.edit(entry.value)
      let word = row.load(at: IdentifierRow.holderOffset, as: UInt32.self)
      row.store(word | IdentifierRow.otherOwnerBit, at: IdentifierRow.holderOffset)
    }
  }

  /// Makes an older profile that of all identifiers of another.
  ///
  /// - Complexity: O(1); the homes of the smaller of two that have been judged lately are looked at.
  func merge(_ absorbed: ProfileOrdinal, into survivor: ProfileOrdinal) throws(StoreError) {
    try large.merge(absorbed, into: survivor, of: self)
    let from = try holder(of: absorbed)
    let to = try holder(of: survivor)
    if from.count <= Self.handedOverMax {
      try handOver(from.ordinal, to: to.ordinal)
    } else if from.count <= to.count {
      let entry = ProfileIdentifier(
        ordinal: IdentifierOrdinal(from.ordinal.value), type: ProfileIdentifier.holderType,
        time: Timestamp(milliseconds: 0))
      let words = entry.words
      try append(words.span.bytes, count: from.count, to: to.ordinal)
      try editPart(of: from.ordinal) { $0.store(to.ordinal.value, at: HolderPart.heldByOffset) }
    } else {
      try takeIn(to.ordinal, before: from.ordinal, count: from.count + to.count)
      try editPart(of: from.ordinal) { $0.store(survivor.value, at: HolderPart.ownerOffset) }
      try editPart(of: survivor) { $0.store(from.ordinal.value, at: HolderPart.holderOffset) }
    }
    var row = try profiles.edit(absorbed.value)
    row.store(survivor.value, at: ProfileRow.mergedIntoOffset)
  }

  /// The holder of a profile that has not been absorbed, and how many identifiers it has.
  private func holder(
    of profile: ProfileOrdinal
  ) throws(StoreError) -> (ordinal: ProfileOrdinal, count: Int) {
    let (count, other) = try profileRow(profile) { (row) throws(DecodeError) in row.held(profile) }
    guard let other else { return (profile, count) }
    return (
      other, try profileRow(other) { (row) throws(DecodeError) in Int(row.holder?.count ?? 0) }
    )
  }

  /// Enters bytes of entries at the end of a holder.
  ///
  /// - Parameter count: How many identifiers they stand for.
  private func append(
    _ entries: RawSpan, count: Int, to holder: ProfileOrdinal
  ) throws(StoreError) {
    let isForOne = count * ProfileIdentifier.byteCount == entries.byteCount
    try markIfMany(holder, adding: isForOne ? count : 0)
    var row = try profiles.edit(holder.value)
    if row.load(at: ProfileRow.holdsOffset, as: UInt8.self) != 0 || !isForOne {
      try addPart(to: &row, of: holder)
      let before = row.load(at: HolderPart.countOffset, as: UInt32.self)
      row.store(before + UInt32(count), at: HolderPart.countOffset)
    }
    row.append(entries)
  }

  /// Marks the entries of a row without a `HolderPart` that is going to have more than `handedOverMax`.
  private func markIfMany(_ holder: ProfileOrdinal, adding added: Int) throws(StoreError) {
    let count = try profileRow(holder) { (row) throws(DecodeError) in
      row.holder == nil ? row.entryCount : nil
    }
    guard let count, count <= Self.handedOverMax, count + added > Self.handedOverMax else { return }
    try markEntries(of: holder)
  }

  /// Puts a holder before all entries of another.
  private func takeIn(
    _ taken: ProfileOrdinal, before holder: ProfileOrdinal, count: Int
  ) throws(StoreError) {
    var next = ProfileRow.none
    try editPart(of: holder) { row in
      next = row.load(at: HolderPart.firstBeforeOffset, as: UInt32.self)
      row.store(taken.value, at: HolderPart.firstBeforeOffset)
      row.store(UInt32(count), at: HolderPart.countOffset)
    }
    try editPart(of: taken) { row in
      row.store(holder.value, at: HolderPart.heldByOffset)
      row.store(next, at: HolderPart.nextBeforeOffset)
    }
  }

  /// Enters all that a holder has in another.
  private func handOver(
    _ holder: ProfileOrdinal, to other: ProfileOrdinal
  ) throws(StoreError) {
    var moved = ByteWriter(capacity: Self.handedOverMax * ProfileIdentifier.byteCount)
    try visitEntries(ofHolder: holder) { $0.encode(into: &moved) }
    try dissolve(holder)
    let bytes = moved.bytes
    let count = bytes.count / ProfileIdentifier.byteCount
    try append(bytes.span.bytes, count: count, to: other)
    let isOwner = try profileRow(other) { (row) throws(DecodeError) in
      row.holder == nil && row.entryCount <= Self.handedOverMax
    }
    let word = IdentifierRow.word(holder: other, isOwner: isOwner)
    for index in 0..<count {
      let ordinal = bytes.span.bytes.load(at: index * ProfileIdentifier.byteCount, as: UInt32.self)
      var row = try identifierRows.edit(ordinal)
      row.store(word, at: IdentifierRow.holderOffset)
    }
  }

  /// Takes the entries out of all holders of a profile, which hold nothing afterwards.
  func dissolveHolders(of profile: ProfileOrdinal) throws(StoreError) {
    try dissolve(holder(of: profile).ordinal)
  }

  private func dissolve(_ holder: ProfileOrdinal) throws(StoreError) {
    var row = try profiles.edit(holder.value)
    guard row.count >= ProfileRow.headerBytes else {
      throw .derivedMismatch("profiles", "a row is cut short")
    }
    if row.load(at: ProfileRow.holdsOffset, as: UInt8.self) == 0 {
      return row.removeSubrange(ProfileRow.headerBytes..<row.count)
    }
    var holders: [ProfileOrdinal] = []
    try visitEntries(ofHolder: holder, visit: { holders.append($0) }, { (_) in })
    for holder in holders {
      var row = try profiles.edit(holder.value)
      guard row.count >= ProfileRow.headerBytes else {
        throw .derivedMismatch("profiles", "a row is cut short")
      }
      row.store(UInt8(0), at: ProfileRow.holdsOffset)
      row.removeSubrange(ProfileRow.headerBytes..<row.count)
    }
  }

  /// Changes the `HolderPart` of a row, which is made if there is none.
  private func editPart(
    of ordinal: ProfileOrdinal, _ body: (inout MutableValue) -> Void
  ) throws(StoreError) {
    var row = try profiles.edit(ordinal.value)
    try addPart(to: &row, of: ordinal)
    body(&row)
  }

  private func addPart(
    to row: inout MutableValue, of ordinal: ProfileOrdinal
  ) throws(StoreError) {
    guard row.count >= ProfileRow.headerBytes else {
      throw .derivedMismatch("profiles", "a row is cut short")
    }
    guard row.load(at: ProfileRow.holdsOffset, as: UInt8.self) == 0 else {
      guard row.count >= ProfileRow.headerBytes + HolderPart.byteCount else {
        throw .derivedMismatch("profiles", "a row is cut short")
      }
      return
    }
    let count = (row.count - ProfileRow.headerBytes) / ProfileIdentifier.byteCount
    if count <= Self.handedOverMax { try markEntries(of: ordinal) }
    row.insertZeros(HolderPart.byteCount, at: ProfileRow.headerBytes)
    row.store(UInt8(1), at: ProfileRow.holdsOffset)
    row.store(ordinal.value, at: HolderPart.holderOffset)
    row.store(ProfileRow.none, at: HolderPart.heldByOffset)
    row.store(ordinal.value, at: HolderPart.ownerOffset)
    row.store(ProfileRow.none, at: HolderPart.firstBeforeOffset)
    row.store(ProfileRow.none, at: HolderPart.nextBeforeOffset)
    row.store(UInt32(count), at: HolderPart.countOffset)
  }
}
