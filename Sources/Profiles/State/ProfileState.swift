// Reading single rows, for the writer's tables and for snapshots alike. A row that does not decode is
// damage to a derived file, never a trap and never a guess.

import Bytes
import Storage

/// The identity tables, as the writer or a snapshot sees them.
public protocol ProfileState {
  /// The type of hashed table that is read.
  associatedtype Rows: TableReading
  /// The type of table of rows by ordinal that is read.
  associatedtype OrdinalRows: RowReading
  /// Hash of (type, value) -> identifier ordinal.
  var identifiers: Rows { get }
  /// Identifier ordinal -> `IdentifierRow`.
  var identifierRows: OrdinalRows { get }
  /// Profile ordinal -> `ProfileRow`.
  var profiles: OrdinalRows { get }
  /// Profile id -> profile ordinal.
  var profileIDs: Rows { get }
  /// Pair of identifier ordinals -> `LinkRow`.
  var links: Rows { get }
  /// Home identifier ordinal -> `HomeCells` of all its events.
  var homeCells: OrdinalRows { get }
  /// (home, account) -> `HomeCells` of its events in an account; (owner, slot) -> a large cell.
  var cells: Rows { get }
  /// (home identifier, page) -> addresses of its events.
  var homeEvents: Rows { get }
  /// The homes of an account's members, and the accounts of a home.
  var accountMembers: Rows { get }
  /// (account, home) -> first and last time; (account, none) -> number of its homes.
  var memberTimes: Rows { get }
  /// Identifier -> the identifiers that it has links to.
  var neighbours: Rows { get }
  /// (demoted identifier, home) -> `RefusalRow`.
  var refusals: Rows { get }
  /// What is split manually, and counts.
  var identityNotes: Rows { get }
  /// One more than the greatest profile ordinal.
  var profileCount: UInt32 { get }
  /// One more than the greatest identifier ordinal.
  var identifierCount: UInt32 { get }
  /// What is kept of a profile with many identifiers; nil of others, and for readers.
  func largeProfile(_ profile: ProfileOrdinal) throws(StoreError) -> LargeProfile?
}

extension ProfileTables: ProfileState {}
extension ProfileSnapshot: ProfileState {}

extension ProfileState {
  /// The ordinal of the identifier with this hash, if it has been seen.
  public func identifierOrdinal(_ hash: Hash128) throws(StoreError) -> IdentifierOrdinal? {
    guard let value = try identifiers.shortValue(TableKey(hash)) else { return nil }
    guard value.byteCount == 4 else {
      throw .derivedMismatch("identifiers", "an ordinal does not decode")
    }
    return IdentifierOrdinal(UInt32(truncatingIfNeeded: value.word))
  }

  /// The present profile of an identifier, after checking that the row is that identifier's.
  public func profile(
    ofIdentifier ordinal: IdentifierOrdinal, type: UInt16, value: RawSpan
  ) throws(StoreError) -> ProfileOrdinal {
    let (holder, isOwner, isIt) = try identifierRow(ordinal) { (row) throws(DecodeError) in
      (row.holder, row.isOwnedByHolder, row.type == type && row.value.elementsEqual(value))
    }
    guard isIt else { throw .derivedMismatch("identifiers", "its row names another value") }
    return isOwner ? holder : try owner(ofHolder: holder)
  }

  /// The profile that an identifier belongs to now.
  @inlinable
  public func presentProfile(
    of identifier: IdentifierOrdinal
  ) throws(StoreError) -> ProfileOrdinal {
    let (holder, isOwner) = try identifierRow(identifier) { (row) throws(DecodeError) in
      (row.holder, row.isOwnedByHolder)
    }
    return isOwner ? holder : try owner(ofHolder: holder)
  }

  /// Follows merges to the profile that an ordinal stands for now.
  @inlinable
  public func survivor(of profile: ProfileOrdinal) throws(StoreError) -> ProfileOrdinal {
    var current = profile
    // A merge always goes to a smaller ordinal, so the chain ends.
    while let next = try profileRow(current, { (row) throws(DecodeError) in row.mergedInto }) {
      guard next < current else { throw .derivedMismatch("profiles", "a merge goes forward") }
      current = next
    }
    return current
  }

  /// Reads one identifier's row; an ordinal that was never given out is damage.
  @inlinable
  public func identifierRow<R>(
    _ ordinal: IdentifierOrdinal, _ body: (borrowing IdentifierRow) throws(DecodeError) -> R
  ) throws(StoreError) -> R {
    let result = try identifierRows.withRow(ordinal.value) { (bytes) throws(StoreError) in
      do throws(DecodeError) { return try body(try IdentifierRow(bytes)) } catch {
        throw .derivedMismatch("identifierRows", "a row does not decode")
      }
    }
    guard let result else { throw .derivedMismatch("identifierRows", "a row is missing") }
    return result
  }

  /// Reads one profile's row; an ordinal that was never given out is damage.
  @inlinable
  public func profileRow<R>(
    _ ordinal: ProfileOrdinal, _ body: (borrowing ProfileRow) throws(DecodeError) -> R
  ) throws(StoreError) -> R {
    let result = try profiles.withRow(ordinal.value) { (bytes) throws(StoreError) in
      do throws(DecodeError) { return try body(try ProfileRow(bytes)) } catch {
        throw .derivedMismatch("profiles", "a row does not decode")
      }
    }
    guard let result else { throw .derivedMismatch("profiles", "a row is missing") }
    return result
  }
}

extension ProfileState {
  /// The profile that a profile id stands for now; absorbed ids resolve to the survivor.
  public func profile(id: ProfileID) throws(StoreError) -> ProfileOrdinal? {
    guard let ordinal = try ordinal(of: id) else { return nil }
    return try survivor(of: ordinal)
  }

  /// The ordinal of the profile that has this id itself, absorbed or not.
  public func ordinal(of id: ProfileID) throws(StoreError) -> ProfileOrdinal? {
    try profileIDs.withValue(TableKey(id.bits)) { (bytes) throws(StoreError) in
      ProfileOrdinal(try decodeOrdinal(bytes, table: "profileIDs"))
    }
  }

  /// The evidence that two identifiers belong together directly, if any.
  public func link(
    _ a: IdentifierOrdinal, _ b: IdentifierOrdinal
  ) throws(StoreError) -> LinkRow? {
    try links.withValue(LinkRow.key(a, b)) { (bytes) throws(StoreError) in
      do { return try LinkRow(bytes) } catch {
        throw StoreError.derivedMismatch("links", "a row does not decode")
      }
    }
  }

  /// The identifiers that an identifier has been linked with, in the order of the links.
  public func neighbours(
    of identifier: IdentifierOrdinal
  ) throws(StoreError) -> [IdentifierOrdinal] {
    var result: [IdentifierOrdinal] = []
    try visitOrdinals(neighbours, TableKey(identifier)) { result.append(IdentifierOrdinal($0)) }
    return result
  }

  /// Visits the addresses of all events of one home identifier, in log order.
  public func visitEvents(
    ofHome home: IdentifierOrdinal, _ body: (EventAddress) -> Void
  ) throws(StoreError) {
    let count = try identifierRow(home) { (row) throws(DecodeError) in row.eventCount }
    let pages =
      count / ProfileTables.eventsPerPage + (count % ProfileTables.eventsPerPage == 0 ? 0 : 1)
    for page in 0..<pages {
      try homeEvents.visit(TableKey(eventsOf: home, page: page)) { (bytes) throws(StoreError) in
        var reader = ByteReader(bytes)
        do {
          while !reader.isAtEnd { body(try EventAddress(&reader)) }
        } catch {
          throw StoreError.derivedMismatch("homeEvents", "an address does not decode")
        }
      }
    }
  }
}

/// Decodes the 4-byte ordinal that several tables have as their value.
func decodeOrdinal(_ bytes: RawSpan, table: StaticString) throws(StoreError) -> UInt32 {
  var reader = ByteReader(bytes)
  do {
    let value = try reader.u32()
    try reader.expectEnd()
    return value
  } catch {
    throw .derivedMismatch(table, "an ordinal does not decode")
  }
}

extension StoreError {
  /// A derived table contradicts itself: it is to be rebuilt from the log.
  public static func derivedMismatch(_ table: StaticString, _ what: StaticString) -> StoreError {
    StoreError(
      .damagedIndex,
      "the derived table \(table) is damaged (\(what)); rebuild it from the log with `cairn rebuild`"
    )
  }
}
