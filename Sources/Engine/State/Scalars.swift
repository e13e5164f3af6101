// The few numbers and names that belong to the state but to no table. They travel in the manifest,
// so that a checkpoint and its scalars become durable in one rename.

import Bytes
import Profiles

/// The state outside the tables, as of a checkpoint.
///
/// Encoding: version u8 (6; 5 lacks the keys); logical now as zigzag; clock u8; then as varints the counts of profiles,
/// identifiers, events, events with omitted members and quarantined lines; then a counted list of sources (number,
/// name); then the sequences of refolds as a counted list of varints and the identity rules, length-prefixed; then
/// the count of lines that have left the quarantine and the length-prefixed tracking plan; then the greatest number
/// of a destination so far and a counted list of length-prefixed `DestinationState`s; then the last sequence in the
/// history by home as a varint; then a counted list of `ErasureState`s; then `TimeCounts`; then a counted list of
/// length-prefixed `AccessKey`s.
package struct Scalars: Equatable, Sendable {
  package var logicalNow = Timestamp.earliest
  package var clock = IngestClock.system
  var profileCount: UInt32 = 0
  var identifierCount: UInt32 = 0
  package var eventCount: UInt64 = 0
  /// How many of the events came in without members that a tracking plan left out.
  package var omittedCount: UInt64 = 0
  package var quarantinedCount: UInt64 = 0
  /// How the times of all events came about.
  package var times = TimeCounts()
  package var sources: [SourceRecord] = []

  // Identity.
  /// The rules that the state was folded by, from the log's first record on.
  package var identityRules = IdentityRules.standard
  /// The records after which everything was derived again, ascending.
  ///
  /// What was decided on records up to the last of them was decided in another state.
  package var refolds: [SequenceNumber] = []
  // Erasure.
  /// The erasures, oldest first.
  var erasures: [ErasureState] = []
  // Ingest: lines that have left the quarantine, redriven or dropped.
  package var releasedCount: UInt64 = 0
  /// The text of the tracking plan; empty if there is none.
  package var trackingPlan = ""
  // Access.
  /// The keys that are in force, in the order in which they were made.
  package var accessKeys: [AccessKey] = []
  // Activation.
  /// The greatest number given to a destination so far.
  package var destinationCount: UInt32 = 0
  /// The destinations, in the order they were defined.
  package var destinations: [DestinationState] = []
  // Compaction.
  /// The last record whose event, if it has one, is in the history by home; 0 if there is none.
  ///
  /// No part of the logical state: it says where copies are.
  package var historyThrough = SequenceNumber(0)

  private static let version: UInt8 = 6

  /// The last record after which everything was derived again; 0 if there is none.
  var refoldedAt: SequenceNumber { refolds.last ?? SequenceNumber(0) }

  init() {}

  init(decoding bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let version = try reader.u8()
    guard version == Self.version || version == 5 else { throw reader.invalid() }
    logicalNow = Timestamp(milliseconds: try reader.zigzag())
    guard let clock = IngestClock(rawValue: try reader.u8()) else { throw reader.invalid() }
    self.clock = clock
    profileCount = try reader.varint32()
    identifierCount = try reader.varint32()
    eventCount = try reader.varint()
    omittedCount = try reader.varint()
    quarantinedCount = try reader.varint()
    for _ in 0..<(try reader.count()) {
      sources.append(try SourceRecord(try reader.lengthPrefixed()))
    }
    for _ in 0..<(try reader.count()) { refolds.append(SequenceNumber(try reader.varint())) }
    identityRules = try IdentityRules(decoding: try reader.lengthPrefixed())
    releasedCount = try reader.varint()
    trackingPlan = try reader.lengthPrefixed().toString()
    destinationCount = try reader.varint32()
    for _ in 0..<(try reader.count()) {
      destinations.append(try DestinationState(decoding: try reader.lengthPrefixed()))
    }
    historyThrough = SequenceNumber(try reader.varint())
    for _ in 0..<(try reader.count()) { erasures.append(try ErasureState(&reader)) }
    times = try TimeCounts(&reader)
    if version >= 6 {
      for _ in 0..<(try reader.count()) {
        accessKeys.append(try AccessKey(decoding: try reader.lengthPrefixed()))
      }
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] { encode(version: Self.version, definitions: nil, erased: nil) }

  /// What the hash of the logical state is taken of: the lists that are in tables too.
  func encodeForHash(definitions: [DefinitionsRecord], erased: [Hash128]) -> [UInt8] {
    encode(version: Self.version, definitions: definitions, erased: erased)
  }

  private func encode(
    version: UInt8, definitions: [DefinitionsRecord]?, erased: [Hash128]?
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(version)
    writer.zigzag(logicalNow.milliseconds)
    writer.u8(clock.rawValue)
    writer.varint(UInt64(profileCount))
    writer.varint(UInt64(identifierCount))
    writer.varint(eventCount)
    writer.varint(omittedCount)
    writer.varint(quarantinedCount)
    writer.varint(UInt64(sources.count))
    for source in sources { writer.lengthPrefixed(source.encode()) }
    if let definitions {
      writer.varint(UInt64(definitions.count))
      for applied in definitions { writer.lengthPrefixed(applied.encode()) }
    }
    writer.varint(UInt64(refolds.count))
    for refold in refolds { writer.varint(refold.value) }
    writer.lengthPrefixed(identityRules.encode())
    writer.varint(releasedCount)
    writer.lengthPrefixed(trackingPlan)
    writer.varint(UInt64(destinationCount))
    writer.varint(UInt64(destinations.count))
    for destination in destinations { writer.lengthPrefixed(destination.encode()) }
    writer.varint(historyThrough.value)
    if let erased {
      writer.varint(UInt64(erased.count))
      for hash in erased {
        writer.u64(hash.high)
        writer.u64(hash.low)
      }
    }
    writer.varint(UInt64(erasures.count))
    for erasure in erasures { erasure.encode(into: &writer) }
    times.encode(into: &writer)
    writer.varint(UInt64(accessKeys.count))
    for key in accessKeys { writer.lengthPrefixed(key.encode()) }
    return writer.bytes
  }
}
