// Whose an identifier is, and which identifiers a profile has, where profiles with many have merged.
//
// A *holder* is a profile as that in whose row identifiers are entered; the identifiers' rows name it. When profiles
// merge, the entries of one with few are handed over to the holder of the other. Of two with many, the holder with
// fewer identifiers is taken in by the other as a whole, whichever profile is the older: entered like an identifier, at
// the end, where the profile of the greater survives, and before all entries, in a list, where it is absorbed. So a
// merge costs the same however many identifiers there are, an identifier is at most 32 holders away from its
// profile's, and the order of identifiers is that in which they joined.
//
//     profile     survivor ──holder──▶ root ◀──heldBy── holder that was taken in ◀── identifiers' rows
//                 survivor ◀──owner── root
//
// Holders are a matter of layout: no answer and no hash of the state depends on them.

import Bytes
import Storage

extension ProfileState {
  /// The profile that the identifiers of a holder belong to now.
  ///
  /// - Complexity: O(log identifiers), one row read each; one for nearly all.
  @inlinable
  public func owner(ofHolder holder: ProfileOrdinal) throws(StoreError) -> ProfileOrdinal {
    let (owner, above) = try profileRow(holder) { (row) throws(DecodeError) in row.place(holder) }
    guard let above else { return owner }
    return try self.owner(above: above)
  }

  @usableFromInline
  func owner(above: ProfileOrdinal) throws(StoreError) -> ProfileOrdinal {
    var current = above
    for _ in 0..<Self.depthMax {
      let (owner, next) = try profileRow(current) { (row) throws(DecodeError) in
        row.place(current)
      }
      guard let next else { return owner }
      current = next
    }
    throw .derivedMismatch("profiles", "holders lead nowhere")
  }

  /// How deep holders can lie within each other: each has at least as many identifiers as what it took in.
  private static var depthMax: Int { 34 }

  /// The number of identifiers of a profile; none of an absorbed one.
  public func identifierCount(of profile: ProfileOrdinal) throws(StoreError) -> Int {
    let (count, holder) = try profileRow(profile) { (row) throws(DecodeError) in row.held(profile) }
    guard let holder else { return count }
    return try profileRow(holder) { (row) throws(DecodeError) in Int(row.holder?.count ?? 0) }
  }

  /// Visits the identifiers of a profile, in the order they joined; none of an absorbed one.
  ///
  /// - Complexity: O(identifiers).
  public func visitEntries(
    of profile: ProfileOrdinal, _ body: (ProfileIdentifier) -> Void
  ) throws(StoreError) {
    let holder = try profileRow(profile) { (row) throws(DecodeError) -> ProfileOrdinal? in
      let (count, holder) = row.held(profile)
      for index in 0..<(holder == nil ? count : 0) { body(row.entry(at: index)) }
      return holder
    }
    if let holder { try visitEntries(ofHolder: holder, body) }
  }

  /// Visits all that is entered in a holder and in those that it took in, in order.
  ///
  /// - Parameter visit: Receives the holders.
  func visitEntries(
    ofHolder holder: ProfileOrdinal, visit: (ProfileOrdinal) -> Void = { (_) in },
    _ body: (ProfileIdentifier) -> Void
  ) throws(StoreError) {
    if try visitPlain(holder, body) { return visit(holder) }
    // Every holder holds something, so that a damaged row cannot lead in circles.
    var steps = try profileRow(holder) { (row) throws(DecodeError) in
      3 * max(Int(row.holder?.count ?? 0), row.entryCount) + 3
    }
    try visitHolder(holder, depth: 0, &steps, visit: visit, body)
  }

  /// Visits the entries of a holder that has taken none in and was not taken in.
  private func visitPlain(
    _ holder: ProfileOrdinal, _ body: (ProfileIdentifier) -> Void
  ) throws(StoreError) -> Bool {
    try profileRow(holder) { (row) throws(DecodeError) in
      guard row.holder == nil else { return false }
      for index in 0..<row.entryCount { body(row.entry(at: index)) }
      return true
    }
  }

  /// Visits a holder and those that it took in, each after its entries.
  private func visitHolder(
    _ holder: ProfileOrdinal, depth: Int, _ steps: inout Int, visit: (ProfileOrdinal) -> Void,
    _ body: (ProfileIdentifier) -> Void
  ) throws(StoreError) {
    guard depth < Self.depthMax else { throw .derivedMismatch("profiles", "holders lead nowhere") }
    var before = try profileRow(holder) { (row) throws(DecodeError) in row.holder?.firstBefore }
    while let child = before {
      before = try profileRow(child) { (row) throws(DecodeError) in row.holder?.nextBefore }
      try visitHolder(child, depth: depth + 1, &steps, visit: visit, body)
    }
    let found: Void? = try profiles.withRow(holder.value) { (bytes) throws(StoreError) in
      let row: ProfileRow
      do throws(DecodeError) { row = try ProfileRow(bytes) } catch {
        throw .derivedMismatch("profiles", "a row does not decode")
      }
      steps -= row.entryCount + 1
      guard steps >= 0 else { throw .derivedMismatch("profiles", "holders lead in circles") }
      for index in 0..<row.entryCount {
        let entry = row.entry(at: index)
        if entry.type == ProfileIdentifier.holderType {
          try visitHolder(
            ProfileOrdinal(entry.ordinal.value), depth: depth + 1, &steps, visit: visit, body)
        } else {
          body(entry)
        }
      }
    }
    guard found != nil else { throw .derivedMismatch("profiles", "a row is missing") }
    visit(holder)
  }

  /// The identifiers of a profile, in the order they joined; none for an absorbed one.
  public func identifiers(of profile: ProfileOrdinal) throws(StoreError) -> [IdentifierOrdinal] {
    var result: [IdentifierOrdinal] = []
    try visitEntries(of: profile) { result.append($0.ordinal) }
    return result
  }

  /// The identifiers of a profile with their types and times, in the order they joined.
  public func entries(of profile: ProfileOrdinal) throws(StoreError) -> [ProfileIdentifier] {
    var result: [ProfileIdentifier] = []
    try visitEntries(of: profile) { result.append($0) }
    return result
  }
}

extension ProfileRow {
  /// As a holder: whose it is, unless another took it in.
  @usableFromInline
  func place(_ ordinal: ProfileOrdinal) -> (owner: ProfileOrdinal, above: ProfileOrdinal?) {
    guard let holder else { return (ordinal, nil) }
    return (holder.owner, holder.heldBy)
  }

  /// Appends the identifiers of a profile, unless they are many or stand elsewhere.
  ///
  /// - Returns: Whether that was all of them.
  public func identifiers(
    ifFewInto list: inout [IdentifierOrdinal]
  ) -> Bool {
    guard holder == nil, entryCount < LargeProfiles.identifiersMin else {
      return mergedInto != nil
    }
    for index in 0..<entryCount { list.append(identifier(at: index)) }
    return true
  }

  /// As a profile: how many identifiers stand in its row, or who holds them.
  func held(_ ordinal: ProfileOrdinal) -> (count: Int, holder: ProfileOrdinal?) {
    if mergedInto != nil { return (0, nil) }
    guard let holder else { return (entryCount, nil) }
    return (Int(holder.count), holder.holder)
  }
}
