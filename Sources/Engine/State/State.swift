// Everything derived from the log, in one place: the tables of each stage and the scalars.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// The tables that belong to no single stage; raw values are table ids in the manifest, after those
/// of `ProfileTable`.
enum SharedTable: UInt16, CaseIterable {
  /// Part of the hash of (source, message id) -> `MessageRow`.
  case messages = 8
  /// Profile -> its memberships.
  case memberships = 9
  /// Audience -> sealed bitmap of members.
  case members = 10
  /// Index -> `DefinitionsRecord`.
  case definitions = 17
  /// Index -> hash of an erased identifier.
  case erased = 18
  /// Destination and change -> `DeadLetter`.
  case deadLetters = 24
}

/// The whole derived state, as the writer sees it.
package final class State {
  package let profiles: ProfileTables
  let memberships: MembershipTables
  let messages: Table
  let deadLetters: Table
  /// All definitions so far as they were applied, in log order: the definition set is the fold of them.
  var definitions: TableList<DefinitionsRecord>
  /// What is kept of erased identifiers, as `ErasureKey.hash` gives it, in force for all of the log.
  ///
  /// The first is `ErasureKey.check`; empty while nobody has been erased.
  private(set) var erased: TableList<Hash128>
  // Not checked for overlapping access, as every event comes by: one writer owns the state.
  @exclusivity(unchecked) package var scalars: Scalars

  /// Opens the tables on the runs that `source` hands out.
  init(scalars: Scalars, runs source: RunSource) throws(StoreError) {
    self.scalars = scalars
    profiles = try ProfileTables(
      profileCount: scalars.profileCount, identifierCount: scalars.identifierCount, from: source)
    memberships = MembershipTables(
      rows: try source.rows(SharedTable.memberships.rawValue), members: try source.table(.members),
      timers: try TimerQueue(runs: source.timerRuns(), after: scalars.logicalNow))
    messages = try source.table(.messages)
    deadLetters = try source.table(.deadLetters)
    definitions = try TableList(source.table(.definitions), named: "definitions")
    erased = try TableList(source.table(.erased), named: "erased")
    tables =
      profiles.all
      + [
        messages, memberships.rows, memberships.members, definitions.table, erased.table,
        deadLetters,
      ]
  }

  /// A state without records on a basis.
  convenience init(_ basis: FoldBasis, runs source: RunSource) throws(StoreError) {
    try self.init(scalars: basis.scalars, runs: source)
    for hash in basis.erased { erased.append(hash) }
  }

  /// Every table, for checkpoints and verification.
  let tables: [any DerivedTable]

  /// Memory held by everything not yet in a run file, in bytes.
  package var memoryBytes: Int {
    // Asked time and again in an ingest.
    var byteCount = memberships.timers.memoryBytes
    for table in tables { byteCount += table.memoryBytes }
    return byteCount
  }
}

/// Where the event or line is that copies are recognised by.
///
/// Encoding: 2 × sequence + 1 for a quarantined line that was dropped, 2 × sequence for others; in the four lowest
/// bytes, or in eight where that is too much: from 2,147,483,648 records on.
///
/// Records keep their sequence when they are compacted; see docs/decisions/0048-packed-state.md.
struct MessageRow: Equatable {
  private static let shortBytes = 4

  /// The record.
  var sequence: SequenceNumber
  /// Whether it is a quarantined line that was dropped.
  var isDropped: Bool

  init(sequence: SequenceNumber, isDropped: Bool) {
    self.sequence = sequence
    self.isDropped = isDropped
  }

  init(_ value: ShortValue) throws(StoreError) {
    guard value.byteCount == Self.shortBytes || value.byteCount == 8 else {
      throw .derivedMismatch("messages", "a row does not decode")
    }
    sequence = SequenceNumber(value.word >> 1)
    isDropped = value.word & 1 != 0
  }

  /// Makes it the row of a message.
  func put(in messages: Table, at messageHash: Hash128) {
    let word: [1 of UInt64] = [(sequence.value << 1 | (isDropped ? 1 : 0)).littleEndian]
    let count = sequence.value < 1 << (8 * Self.shortBytes - 1) ? Self.shortBytes : 8
    messages.put(TableKey(message: messageHash), word.span.bytes.extracting(..<count))
  }
}

extension TableKey {
  /// The key of a message: 80 bits of its hash.
  ///
  /// The probability that any two of a billion messages share them is 1 in 2,400,000; their records would tell them
  /// apart, and the second would be reported as damage.
  init(message hash: Hash128) { self.init(high: hash.high >> 48, low: hash.low) }
}
