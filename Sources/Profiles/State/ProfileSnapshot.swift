// A reader's view of who is who: immutable, shareable between threads, without locks.

import Bytes
import Storage

/// The identity tables and fold state as they were when the snapshot was taken.
public final class ProfileSnapshot: Sendable {
  /// Hash of (type, value) -> identifier ordinal.
  public let identifiers: TableSnapshot
  /// Identifier ordinal -> `IdentifierRow`.
  public let identifierRows: RowSnapshot
  /// Profile ordinal -> `ProfileRow`.
  public let profiles: RowSnapshot
  /// Profile id -> profile ordinal.
  public let profileIDs: TableSnapshot
  /// Pair of identifier ordinals -> `LinkRow`.
  public let links: TableSnapshot
  /// Home identifier ordinal -> `HomeCells` of all its events.
  public let homeCells: RowSnapshot
  /// (home, account) -> `HomeCells` of its events in an account; (owner, slot) -> a large cell.
  public let cells: TableSnapshot
  /// Home identifier -> addresses of its events.
  public let homeEvents: TableSnapshot
  /// The homes of an account's members, and the accounts of a home.
  public let accountMembers: TableSnapshot
  /// (account, home) -> first and last time.
  public let memberTimes: TableSnapshot
  /// Identifier -> the identifiers that it has links to.
  public let neighbours: TableSnapshot
  /// (demoted identifier, home) -> `RefusalRow`.
  public let refusals: TableSnapshot
  /// What is split manually, and counts.
  public let identityNotes: TableSnapshot
  /// (home identifier ordinal, page) -> `HistoryFrame`s.
  public let homeHistory: TableSnapshot
  /// One more than the greatest profile ordinal.
  public let profileCount: UInt32
  /// One more than the greatest identifier ordinal.
  public let identifierCount: UInt32

  init(
    identifiers: TableSnapshot, identifierRows: RowSnapshot, profiles: RowSnapshot,
    profileIDs: TableSnapshot, links: TableSnapshot, homeCells: RowSnapshot, cells: TableSnapshot,
    homeEvents: TableSnapshot, accountMembers: TableSnapshot, memberTimes: TableSnapshot,
    neighbours: TableSnapshot, refusals: TableSnapshot, identityNotes: TableSnapshot,
    homeHistory: TableSnapshot, profileCount: UInt32, identifierCount: UInt32
  ) {
    self.identifiers = identifiers
    self.identifierRows = identifierRows
    self.profiles = profiles
    self.profileIDs = profileIDs
    self.links = links
    self.homeCells = homeCells
    self.cells = cells
    self.homeEvents = homeEvents
    self.accountMembers = accountMembers
    self.memberTimes = memberTimes
    self.neighbours = neighbours
    self.refusals = refusals
    self.identityNotes = identityNotes
    self.homeHistory = homeHistory
    self.profileCount = profileCount
    self.identifierCount = identifierCount
  }
}

extension ProfileSnapshot {
  /// The same profiles with other fold state.
  package func with(homeCells: RowSnapshot, cells: TableSnapshot) -> ProfileSnapshot {
    with(profiles: profiles, homeCells: homeCells, cells: cells)
  }

  /// The same profiles, of which reading ends once it is cancelled.
  package func ending(with cancellation: ReadCancellation) -> ProfileSnapshot {
    let profiles = RowSnapshot(profiles, endingWith: cancellation)
    return with(profiles: profiles, homeCells: homeCells, cells: cells)
  }

  private func with(
    profiles: RowSnapshot, homeCells: RowSnapshot, cells: TableSnapshot
  ) -> ProfileSnapshot {
    ProfileSnapshot(
      identifiers: identifiers, identifierRows: identifierRows, profiles: profiles,
      profileIDs: profileIDs, links: links, homeCells: homeCells, cells: cells,
      homeEvents: homeEvents, accountMembers: accountMembers, memberTimes: memberTimes,
      neighbours: neighbours, refusals: refusals, identityNotes: identityNotes,
      homeHistory: homeHistory, profileCount: profileCount, identifierCount: identifierCount)
  }
}
