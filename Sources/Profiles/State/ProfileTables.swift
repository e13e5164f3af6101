// The tables that hold everything derived about people: who is who, and the fold state of their
// events. One definition of each key and value layout is next to its table's accessors.

import Bytes
import Storage

/// The derived tables of identity and folding.
///
/// All of them are rebuilt by folding the log again; none is the only copy of anything.
public final class ProfileTables {
  /// Hash of (type, value) -> identifier ordinal.
  public let identifiers: Table
  /// Identifier ordinal -> `IdentifierRow`.
  public let identifierRows: RowTable
  /// Profile ordinal -> `ProfileRow`.
  public let profiles: RowTable
  /// Profile id -> profile ordinal; absorbed ids stay, so that they resolve forever.
  public let profileIDs: Table
  /// Pair of identifier ordinals -> evidence of the link.
  public let links: Table
  /// Home identifier ordinal -> `HomeCells` of all its events.
  public let homeCells: RowTable
  /// (home, account) -> `HomeCells` of its events in an account; (owner, slot) -> a large cell.
  public let cells: Table
  /// (home identifier ordinal, page) -> `EventAddress`es of its events, in log order.
  public let homeEvents: Table
  /// Lists of the homes of an account's members and of the accounts of a home; see `AccountMembers`.
  public let accountMembers: Table
  /// (account, home) -> first and last time; (account, none) -> number of its homes.
  public let memberTimes: Table
  /// Identifier -> the identifiers that it has links to, as u32.
  public let neighbours: Table
  /// (demoted identifier, home) -> `RefusalRow`.
  public let refusals: Table
  /// What is split manually, and counts; see `IdentityNotes`.
  public let identityNotes: Table
  /// (home identifier ordinal, page) -> `HistoryFrame`s; written by compaction only.
  public let homeHistory: Table

  /// What is kept of profiles with many identifiers.
  public let large = LargeProfiles()

  /// The ordinal that the next new profile gets.
  @exclusivity(unchecked) public internal(set) var profileCount: UInt32
  /// The ordinal that the next new identifier gets.
  @exclusivity(unchecked) public internal(set) var identifierCount: UInt32

  /// Opens each table from where its files are.
  public init(
    profileCount: UInt32, identifierCount: UInt32, from source: some TableSource
  ) throws(StoreError) {
    func open(_ table: ProfileTable) throws(StoreError) -> Table {
      try source.table(table.rawValue, table.kind)
    }
    func openRows(_ table: ProfileTable) throws(StoreError) -> RowTable {
      try source.rows(table.rawValue)
    }
    identifiers = try open(.identifiers)
    identifierRows = try openRows(.identifierRows)
    profiles = try openRows(.profiles)
    profileIDs = try open(.profileIDs)
    links = try open(.links)
    homeCells = try openRows(.homeCells)
    cells = try open(.cells)
    homeEvents = try open(.homeEvents)
    accountMembers = try open(.accountMembers)
    memberTimes = try open(.memberTimes)
    neighbours = try open(.neighbours)
    refusals = try open(.refusals)
    identityNotes = try open(.identityNotes)
    homeHistory = try open(.homeHistory)
    self.profileCount = profileCount
    self.identifierCount = identifierCount
  }

  /// A view of the present state for readers.
  ///
  /// Complexity: O(ordinals / 256): twelve bytes for each 256 rows of a table are copied.
  public func snapshot() -> ProfileSnapshot {
    ProfileSnapshot(
      identifiers: identifiers.snapshot(), identifierRows: identifierRows.snapshot(),
      profiles: profiles.snapshot(), profileIDs: profileIDs.snapshot(), links: links.snapshot(),
      homeCells: homeCells.snapshot(), cells: cells.snapshot(), homeEvents: homeEvents.snapshot(),
      accountMembers: accountMembers.snapshot(), memberTimes: memberTimes.snapshot(),
      neighbours: neighbours.snapshot(), refusals: refusals.snapshot(),
      identityNotes: identityNotes.snapshot(), homeHistory: homeHistory.snapshot(),
      profileCount: profileCount, identifierCount: identifierCount)
  }

  /// Every table, for checkpoints and verification.
  public var all: [any DerivedTable] {
    [
      identifiers, identifierRows, profiles, profileIDs, links, homeCells, cells, homeEvents,
      accountMembers, memberTimes, neighbours, refusals, identityNotes, homeHistory,
    ]
  }
}

/// The tables of `ProfileTables`; the raw value is the table id in the manifest and never changes.
public enum ProfileTable: UInt16, CaseIterable, Sendable {
  case identifiers = 1
  case identifierRows = 2
  case profiles = 3
  case profileIDs = 4
  case links = 5
  case cells = 6
  case homeEvents = 7
  case accountMembers = 11
  case memberTimes = 12
  case neighbours = 13
  case refusals = 14
  case identityNotes = 15
  case homeHistory = 16
  case homeCells = 19

  /// Whether it is a table of rows by ordinal.
  package var isRows: Bool {
    switch self {
    case .identifierRows, .profiles, .homeCells: true
    default: false
    }
  }

  /// How values of one key combine.
  public var kind: TableKind {
    switch self {
    case .homeEvents, .accountMembers, .neighbours, .homeHistory: .append
    default: .replace
    }
  }
}

extension TableKey {
  init(_ ordinal: IdentifierOrdinal) { self.init(high: UInt64(ordinal.value), low: 0) }
  init(eventsOf home: IdentifierOrdinal, page: UInt64) {
    self.init(high: UInt64(home.value), low: page)
  }
}
