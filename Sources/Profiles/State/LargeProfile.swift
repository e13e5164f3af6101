// One profile with many identifiers, as events ask about it: how many there are of a type, which of them are homes, the
// accounts, the sides of splits, and what aggregates come to over all homes.

import Bytes
import Storage

/// What the writer keeps of a profile with many identifiers; see `LargeProfiles`.
public final class LargeProfile {
  /// The times at which identifiers joined, by type.
  private var times: [UInt16: SortedTimes] = [:]
  /// The number of identifiers.
  private(set) var count = 0
  /// The identifiers that events have been filed under, the only ones with cells, in any order; and `noHome`.
  private var homes: [IdentifierOrdinal] = []
  static let noHome = IdentifierOrdinal(.max)
  private var places: [IdentifierOrdinal: Int] = [:]
  private var accounts: Set<UInt32> = []
  private(set) var partings: Set<Parting> = []
  /// What slots come to over all homes, of the events of one account each, or of all events.
  private var combined: [ProfileOrdinal?: [(slot: UInt32, cells: CombinedCells)]] = [:]
  private var combinedCount = 0

  /// What it takes, in units of about 32 bytes.
  var size: Int { count + 2 * homes.count + accounts.count + combinedCount * (homes.count / 2 + 4) }
  /// What of that has been counted in.
  var sizeCounted = 0

  // MARK: Changes

  func enter(_ joined: ProfileIdentifier) {
    count += 1
    times[joined.type, default: SortedTimes()].insert(joined.time.milliseconds)
  }

  /// Takes in identifiers that have not been taken in yet.
  func takeIn(
    _ entries: [ProfileIdentifier], of tables: ProfileTables
  ) throws(StoreError) {
    let hasSplits = try tables.count(of: .split) > 0
    for entry in entries {
      enter(entry)
      let isHome = try tables.identifierRow(entry.ordinal) { (row) throws(DecodeError) in
        row.eventCount > 0
      }
      if isHome {
        add(home: entry.ordinal)
        for account in try tables.accounts(ofHomes: [entry.ordinal]) {
          accounts.insert(account.value)
        }
      }
      if hasSplits { partings.formUnion(try tables.partings(of: entry.ordinal)) }
    }
  }

  /// Takes in all that is kept of another profile.
  func takeIn(_ other: LargeProfile) {
    count += other.count
    for (type, times) in other.times { self.times[type, default: SortedTimes()].insert(times) }
    accounts.formUnion(other.accounts)
    partings.formUnion(other.partings)
    while !homes.count.isMultiple(of: CombinedCells.width) { homes.append(Self.noHome) }
    for (account, list) in other.combined {
      for (slot, cells) in list {
        combined[account]?.first { $0.slot == slot }?.cells.append(cells, at: homes.count)
      }
    }
    places.reserveCapacity(places.count + other.places.count)
    for home in other.homes {
      if home != Self.noHome { places[home] = homes.count }
      homes.append(home)
    }
  }

  /// Notes an event of a home.
  func noteEvent(of home: IdentifierOrdinal, account: ProfileOrdinal?) {
    if let account { accounts.insert(account.value) }
    guard let place = places[home] else { return add(home: home) }
    noteChange(of: combined[nil], at: place)
    if let account { noteChange(of: combined[account], at: place) }
  }

  private func noteChange(of list: [(slot: UInt32, cells: CombinedCells)]?, at place: Int) {
    guard let list else { return }
    for (_, cells) in list { cells.noteChange(ofHome: place) }
  }

  private func add(home: IdentifierOrdinal) {
    guard places[home] == nil else { return }
    places[home] = homes.count
    homes.append(home)
  }

  // MARK: Questions

  /// How many identifiers of a type there are.
  func count(of type: UInt16) -> Int { times[type]?.count ?? 0 }

  /// How many identifiers of a type joined in event time (`time` − period, `time`].
  func count(of type: UInt16, within milliseconds: Int64, before time: Timestamp) -> Int {
    guard let times = times[type] else { return 0 }
    let (after, isOver) = time.milliseconds.subtractingReportingOverflow(milliseconds)
    return times.count(through: time.milliseconds) - (isOver ? 0 : times.count(through: after))
  }

  /// The accounts that its events counted for, in the order of ordinals.
  var sortedAccounts: [ProfileOrdinal] { accounts.sorted().map { ProfileOrdinal($0) } }

  /// Whether it has identifiers of both sides of some split.
  var hasBothSides: Bool {
    partings.contains { partings.contains(Parting(split: $0.split, side: 1 - min($0.side, 1))) }
  }

  /// The identifiers that events have been filed under, the only ones with cells.
  public var allHomes: [IdentifierOrdinal] { homes.filter { $0 != Self.noHome } }

  /// The number of events of a slot at `now`, or its value, which is to be finished, and from when on it can differ by
  /// itself; nil if all homes are to be read.
  ///
  /// - Complexity: O(log homes) for what an event has changed.
  public func number(
    _ slot: UInt32, _ spec: CellSpec, in account: ProfileOrdinal?, from tables: some ProfileState,
    now: Timestamp
  ) throws(StoreError) -> EventCount? {
    try combined(slot, spec, in: account)?.number(of: homes, from: tables, now: now)
  }

  /// The value of a slot that is not a number of events; see `number`.
  public func value(
    _ slot: UInt32, _ spec: CellSpec, in account: ProfileOrdinal?, from tables: some ProfileState,
    now: Timestamp
  ) throws(StoreError) -> (value: AggregateValue, change: Int64)? {
    try combined(slot, spec, in: account)?.value(of: homes, from: tables, now: now)
  }

  /// The cells of a slot over all homes, as far as they can be combined; nil if all are to be read.
  private func combined(
    _ slot: UInt32, _ spec: CellSpec, in account: ProfileOrdinal?
  ) -> CombinedCells? {
    guard places.count > CombinedCells.width, spec.canBeCombined else { return nil }
    if let known = combined[account]?.first(where: { $0.slot == slot }) { return known.cells }
    let made = CombinedCells(spec, slot: slot, account: account)
    combined[account, default: []].append((slot, made))
    combinedCount += 1
    return made
  }
}

extension CellSpec {
  /// Whether what cells come to at different instants can be combined, as long as none of them has changed.
  fileprivate var canBeCombined: Bool {
    switch kind {
    case .count, .sum, .first, .last, .minimum, .maximum, .tally: sessionGap == nil
    case .unmatched, .sessions, .sequence, .score: false
    }
  }
}
