// Statistics of a store.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// What a store holds.
public struct StoreStats: Sendable {
  /// The store's own id.
  public var storeID: String
  /// The version of the files' formats.
  public var formatVersion: UInt16
  /// Records in the log.
  public var records: UInt64
  /// Events among them.
  public var events: UInt64
  /// Events that came in without members that a tracking plan left out.
  public var omitted: UInt64
  /// Lines in quarantine among them, those redriven not counted.
  public var quarantined: UInt64
  /// Present profiles of persons, absorbed ones not counted.
  public var profiles: Int
  /// Accounts.
  public var accounts: Int
  /// Identifiers.
  public var identifiers: Int
  /// Names of sources.
  public var sources: [String]
  /// Defined traits.
  public var traits: Int
  /// Defined audiences.
  public var audiences: Int
  /// Interned event names and property keys.
  public var symbols: Int
  /// The logical now.
  public var logicalNow: Timestamp?
  /// The instant that reads answer for; see `Snapshot.asOf`.
  public var asOf: Timestamp
  /// What moved logical time when the last events came in.
  public var clock: IngestClock
  /// How the times of all events were derived.
  public var times: TimeCounts
  /// Segment files.
  public var segments: Int
  /// Their size in bytes.
  public var logBytes: Int
  /// Run files of derived tables.
  public var runs: Int
  /// Their size in bytes.
  public var derivedBytes: Int
  /// The same by table, the largest first.
  public var tables: [DerivedSize]
  /// The record up to which derived files are durable.
  public var checkpoint: UInt64
  /// Anonymous memory held by derived state, in bytes.
  public var memoryBytes: Int
}

extension Snapshot {
  /// Counts what the store holds.
  ///
  /// - Complexity: O(profiles), to leave out absorbed ones.
  public func stats() throws(StoreError) -> StoreStats {
    let manifest = origin.manifest
    var (present, accounts) = (0, 0)
    for ordinal in 0..<profiles.profileCount {
      let entity = try profiles.profileRow(ProfileOrdinal(ordinal)) { (row) throws(DecodeError) in
        row.mergedInto == nil ? row.kind : nil
      }
      switch entity {
      case .person: present += 1
      case .account: accounts += 1
      default: break
      }
    }
    return StoreStats(
      storeID: ProfileID(manifest.storeID).description, formatVersion: Manifest.formatVersion,
      records: lastSequence.value, events: scalars.eventCount,
      omitted: scalars.omittedCount,
      quarantined: scalars.quarantinedCount - scalars.releasedCount, profiles: present,
      accounts: accounts,
      identifiers: Int(profiles.identifierCount), sources: scalars.sources.map(\.name),
      traits: definitions.traits.count, audiences: plan.audiences.count,
      symbols: origin.symbols.count,
      logicalNow: scalars.logicalNow == .earliest ? nil : scalars.logicalNow,
      asOf: asOf, clock: clock,
      times: scalars.times,
      segments: manifest.segments.count, logBytes: log.byteCount,
      runs: (manifest.tableRuns + manifest.timerRuns).count,
      derivedBytes: (manifest.tableRuns + manifest.timerRuns).reduce(0) { $0 + Int($1.byteCount) },
      tables: derivedSizes, checkpoint: manifest.checkpoint.value,
      memoryBytes: origin.memoryBytes)
  }
}
