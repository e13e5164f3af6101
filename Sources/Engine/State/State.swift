// Everything derived from the log, in one place: the tables of each stage and the scalars.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// The tables that belong to no single stage; raw values are table ids in the manifest, after those
/// of `ProfileTable`.
enum SharedTable: UInt16, CaseIterable {
  /// Hash of (source, message id) -> `MessageRow`.
  case messages = 8
  /// Profile -> its memberships.
  case memberships = 9
  /// Audience -> sealed bitmap of members.
  case members = 10
  /// Index -> `DefinitionsRecord`.
  case definitions = 17
  /// Index -> hash of an erased identifier.
  case erased = 18
}

/// The whole derived state, as the writer sees it.
package final class State {
  package let profiles: ProfileTables
  let memberships: MembershipTables
  let messages: Table
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
      profileCount: scalars.profileCount, identifierCount: scalars.identifierCount
    ) { (table) throws(StoreError) in
      Table(id: table.rawValue, kind: table.kind, runs: try source.runs(of: table.rawValue))
    }
    memberships = MembershipTables(
      rows: try source.table(.memberships), members: try source.table(.members),
      timers: try TimerQueue(runs: source.timerRuns(), after: scalars.logicalNow))
    messages = try source.table(.messages)
    definitions = try TableList(source.table(.definitions), named: "definitions")
    erased = try TableList(source.table(.erased), named: "erased")
  }

  /// A state without records on a basis.
  convenience init(_ basis: FoldBasis, runs source: RunSource) throws(StoreError) {
    try self.init(scalars: basis.scalars, runs: source)
    for hash in basis.erased { erased.append(hash) }
  }

  /// Every table, for checkpoints and verification.
  var tables: [Table] {
    profiles.all
      + [messages, memberships.rows, memberships.members, definitions.table, erased.table]
  }

  /// Memory held by everything not yet in a run file, in bytes.
  package var memoryBytes: Int {
    tables.reduce(memberships.timers.memoryBytes) { $0 + $1.memoryBytes }
  }
}

/// The address of the event that a message id belongs to.
///
///     offset  size  field     type  meaning
///     ------  ----  --------  ----  ------------------------------------------------------
///          0     4  profile   u32   its profile then; 0xFFFF_FFFF for a quarantined line,
///                                        0xFFFF_FFFE for one that was dropped
///          4     8  time      i64   event time, ms
///         12     8  sequence  u64   the record
///
/// See docs/decisions/0003-evidence-addresses.md for why all three.
struct MessageRow: Equatable {
  static let noProfile: UInt32 = 0xFFFF_FFFF
  static let dropped: UInt32 = 0xFFFF_FFFE
  var profile: UInt32
  var address: EventAddress

  init(profile: UInt32, address: EventAddress) {
    self.profile = profile
    self.address = address
  }

  init(_ bytes: RawSpan) throws(StoreError) {
    var reader = ByteReader(bytes)
    do {
      profile = try reader.u32()
      let time = Timestamp(milliseconds: try reader.i64())
      address = EventAddress(sequence: SequenceNumber(try reader.u64()), time: time)
      try reader.expectEnd()
    } catch {
      throw .derivedMismatch("messages", "a row does not decode")
    }
  }

  /// Makes it the row of a message.
  func put(in messages: Table, at messageHash: Hash128) {
    let time = UInt64(bitPattern: address.time.milliseconds)
    let sequence = address.sequence.value
    let words: [5 of UInt32] = [
      profile.littleEndian, UInt32(truncatingIfNeeded: time).littleEndian,
      UInt32(truncatingIfNeeded: time >> 32).littleEndian,
      UInt32(truncatingIfNeeded: sequence).littleEndian,
      UInt32(truncatingIfNeeded: sequence >> 32).littleEndian,
    ]
    messages.put(TableKey(messageHash), words.span.bytes)
  }
}
