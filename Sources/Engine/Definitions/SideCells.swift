// The cells of new aggregates while they are made separately from the state, on any thread. Their owners are
// named by hashes of identifiers, which never change, so that the log is all that is read: what the state
// makes of the identifiers is asked once an owner, when the cells are taken over.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// Cells of some slots, folded from the log aside from the state.
///
/// Not `Sendable`: one thread fills them, and hands out results.
final class SideCells {
  /// What has been made so far, for the writer to take over.
  struct Result: Sendable {
    /// As in the state, but with ordinals of their own for homes and accounts.
    var homeCells: RowSnapshot
    /// As `homeCells`.
    var cells: TableSnapshot
    /// Own ordinal -> hash of the identifier.
    var owners: RowSnapshot
    /// The last record that is in them.
    var through: SequenceNumber
  }

  private let backfill: SlotBackfill
  private let seed: HashSeed
  private let runs: NamelessRuns
  private let memoryMax: Int
  /// Only cells, identifiers and their rows are in use.
  private let tables: ProfileTables
  private var ownerCount: UInt32 = 0
  private var parts = EventInsertions()
  private var through = SequenceNumber(0)

  /// - Parameter memoryMax: Above this many bytes, what has gathered moves to files.
  init(
    _ backfill: SlotBackfill, seed: HashSeed, runs: NamelessRuns, memoryMax: Int
  ) throws(StoreError) {
    self.backfill = backfill
    self.seed = seed
    self.runs = runs
    self.memoryMax = memoryMax
    tables = try ProfileTables(profileCount: 0, identifierCount: 0, from: EmptyTables())
  }

  /// Takes in all that a view of the log has more than the one before.
  ///
  /// - Parameters:
  ///   - now: The logical now at the view's end.
  ///   - pause: Called now and then with the record that is next; what it throws ends the pass.
  /// - Complexity: one pass over what is new.
  func add(
    _ log: LogView, now: Timestamp, pause: (SequenceNumber) throws(StoreError) -> Void
  ) throws(StoreError) {
    let last = SequenceNumber(log.nextSequence.value - 1)
    try backfill.scan(
      log, from: SequenceNumber(through.value + 1), through: last,
      pause: { (next) throws(StoreError) in
        try pause(next)
        try spillIfFull()
      }
    ) { (found, insertions, address) throws(StoreError) in
      try add(insertions, of: found, at: address, now: now)
    }
    try spillIfFull()
    through = last
  }

  /// What has been made so far.
  func result() -> Result {
    Result(
      homeCells: tables.homeCells.snapshot(), cells: tables.cells.snapshot(),
      owners: tables.identifierRows.snapshot(), through: through)
  }

  private func add(
    _ insertions: ArraySlice<CellInsertion>, of found: borrowing FoundIdentifiers,
    at address: EventAddress, now: Timestamp
  ) throws(StoreError) {
    guard found.hasOwner else { return }
    var home: IdentifierOrdinal?
    if let first = found.entries.first { home = try owner(first, in: found) }
    var account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?
    if backfill.plan.isAboutAccounts, let entry = found.account {
      let owner = try owner(entry, in: found)
      account = (ProfileOrdinal(owner.value), owner)
    }
    try parts.apply(
      insertions, of: backfill.plan, to: tables, home: home, account: account, at: address, now: now
    )
  }

  /// The own ordinal of an identifier; the next one if it is new.
  private func owner(
    _ entry: FoundIdentifiers.Entry, in found: borrowing FoundIdentifiers
  ) throws(StoreError) -> IdentifierOrdinal {
    let hash = EventHash.identifier(entry.type, found.value(of: entry), seed: seed)
    if let known = try tables.identifierOrdinal(hash) { return known }
    let ordinal = IdentifierOrdinal(ownerCount)
    ownerCount += 1
    var value = ByteWriter(capacity: 16)
    value.u32(ordinal.value)
    tables.identifiers.put(TableKey(hash), value.bytes.span.bytes)
    value.removeAll()
    value.u64(hash.high)
    value.u64(hash.low)
    try tables.identifierRows.put(ordinal.value, value.bytes.span.bytes)
    return ordinal
  }

  private func spillIfFull() throws(StoreError) {
    let used: [any DerivedTable] = [
      tables.homeCells, tables.cells, tables.identifiers, tables.identifierRows,
    ]
    guard used.reduce(0, { $0 + $1.memoryBytes }) > memoryMax else { return }
    for table in used { try runs.flush(table) }
  }
}

extension SideCells.Result {
  /// The hash of the identifier that has an own ordinal.
  fileprivate func hash(of ordinal: UInt32) throws(StoreError) -> Hash128 {
    let hash = try owners.withRow(ordinal) { (bytes) throws(StoreError) in
      var reader = ByteReader(bytes)
      do throws(DecodeError) {
        return Hash128(high: try reader.u64(), low: try reader.u64())
      } catch {
        throw StoreError.derivedMismatch("cells", "an owner does not decode")
      }
    }
    guard let hash else { throw .derivedMismatch("cells", "an owner is missing") }
    return hash
  }
}

extension Fold {
  /// Takes over cells that were made separately; the state has none yet of their slots.
  ///
  /// - Complexity: O(their bytes), and some lookups per owner, which are fetched together.
  func take(_ made: SideCells.Result) throws(StoreError) {
    var batch = SideCellsBatch()
    try made.homeCells.forEach { (home, bytes) throws(StoreError) in
      let owner = CellOwner(IdentifierOrdinal(home))
      try add(bytes, ofSlot: nil, owner, of: made, to: &batch)
    }
    // Large cells come after the rows that name them.
    try made.cells.forEach { (key, bytes) throws(StoreError) in
      let slot = key.low == 0 ? nil : UInt32(truncatingIfNeeded: key.low - 1)
      try add(bytes, ofSlot: slot, CellOwner(keyOfCells: key), of: made, to: &batch)
    }
    try take(&batch)
  }

  private func add(
    _ bytes: RawSpan, ofSlot slot: UInt32?, _ owner: CellOwner, of made: SideCells.Result,
    to batch: inout SideCellsBatch
  ) throws(StoreError) {
    batch.rows.append((slot, batch.bytes.count..<(batch.bytes.count + bytes.byteCount)))
    batch.bytes.append(bytes)
    batch.homes.append(TableKey(try made.hash(of: owner.home.value)))
    var account: Hash128?
    if let own = owner.account { account = try made.hash(of: own.value) }
    batch.accounts.append(account)
    if batch.rows.count == SideCellsBatch.rowsMax { try take(&batch) }
  }

  private func take(_ batch: inout SideCellsBatch) throws(StoreError) {
    try relieve()
    state.profiles.identifiers.prefetch(batch.homes)
    var owners: [CellOwner] = []
    for (home, account) in zip(batch.homes, batch.accounts) {
      var owner = CellOwner(try ordinal(of: Hash128(high: home.high, low: home.low)))
      if let account {
        owner.account = try state.profiles.presentProfile(of: try ordinal(of: account))
      }
      owners.append(owner)
    }
    state.profiles.homeCells.prefetch(owners.map(\.home.value))
    for (row, owner) in zip(batch.rows, owners) {
      try state.profiles.join(
        batch.bytes.span.bytes.extracting(row.range), ofSlot: row.slot, to: owner)
    }
    batch.removeAll()
  }
}

/// Rows of cells whose owners are looked up together.
private struct SideCellsBatch {
  static let rowsMax = 256

  var rows: [(slot: UInt32?, range: Range<Int>)] = []
  var bytes: [UInt8] = []
  /// The keys of the homes in the table of identifiers.
  var homes: [TableKey] = []
  var accounts: [Hash128?] = []

  mutating func removeAll() {
    rows.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    homes.removeAll(keepingCapacity: true)
    accounts.removeAll(keepingCapacity: true)
  }
}
