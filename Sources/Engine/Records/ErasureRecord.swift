// An erasure as an input, and its end: from the first record on the erased people are ignored, with
// the second nothing of them remains.

import Bytes

/// Identifiers that are erased together.
///
/// Encoding: the instant by the machine's clock as zigzag, a varint count of persons, the key's check, a
/// varint count of hashes, then each; the check and the hashes as high u64 and low u64. Then the
/// `ErasureExtent`, which records of format 3 lack.
package struct ErasureRecord: Equatable, Sendable {
  var appliedAt: Timestamp
  /// How many persons the identifiers belonged to.
  var persons: UInt32
  /// `ErasureKey.check` of the key that was used.
  var check: Hash128
  /// What is kept of the identifiers, as `ErasureKey.hash` gives it.
  var hashes: [Hash128]
  /// How much of the log it takes; nil where that was not recorded.
  var extent: ErasureExtent?

  init(
    appliedAt: Timestamp, persons: UInt32, check: Hash128, hashes: [Hash128],
    extent: ErasureExtent?
  ) {
    self.appliedAt = appliedAt
    self.persons = persons
    self.check = check
    self.hashes = hashes
    self.extent = extent
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    appliedAt = Timestamp(milliseconds: try reader.zigzag())
    persons = try reader.varint32()
    check = Hash128(high: try reader.u64(), low: try reader.u64())
    hashes = []
    for _ in 0..<(try reader.count()) {
      hashes.append(Hash128(high: try reader.u64(), low: try reader.u64()))
    }
    extent = reader.isAtEnd ? nil : try ErasureExtent(&reader)
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: 24 + hashes.count * 16)
    writer.zigzag(appliedAt.milliseconds)
    writer.varint(UInt64(persons))
    writer.u64(check.high)
    writer.u64(check.low)
    writer.varint(UInt64(hashes.count))
    for hash in hashes {
      writer.u64(hash.high)
      writer.u64(hash.low)
    }
    extent?.encode(into: &writer)
    return writer.bytes
  }
}

/// The result of an erasure.
///
/// Contains nothing by which a person could be identified.
///
/// Encoding: varints, the instants as zigzag, in the order of the properties; receipts of format 3 end before
/// the extent.
public struct ErasureReceipt: Equatable, Sendable {
  /// The record of the erasure.
  public var sequence: SequenceNumber
  /// When it was asked for, by the machine's clock.
  public var requested: Timestamp
  /// When nothing was left, by the machine's clock.
  public var finished: Timestamp
  /// Persons that the identifiers belonged to.
  public var persons: UInt32
  /// Identifiers erased; a keyed hash of each stays.
  public var identifiers: UInt32
  /// Records that are blank now: events, and lines in quarantine.
  public var records: UInt64
  /// The last record that is blank or lost a value: changes before it can no longer be followed.
  public var horizon: SequenceNumber
  /// Segments of the log that were rewritten by the run that finished the erasure.
  public var segments: UInt32
  /// Bytes of the log after it.
  public var logBytes: UInt64
  /// What went, and what lost a value, as `Store.erasurePlan` said; of an erasure by an earlier version, which
  /// took all that named a person, every record counts as an event of theirs.
  ///
  /// Of a search after other rules were applied, if that was interrupted: what was left when it went on.
  public var extent: ErasureExtent

  init(
    sequence: SequenceNumber, requested: Timestamp, finished: Timestamp, persons: UInt32,
    identifiers: UInt32, records: UInt64, horizon: SequenceNumber, segments: UInt32,
    logBytes: UInt64, extent: ErasureExtent
  ) {
    self.sequence = sequence
    self.requested = requested
    self.finished = finished
    self.persons = persons
    self.identifiers = identifiers
    self.records = records
    self.horizon = horizon
    self.segments = segments
    self.logBytes = logBytes
    self.extent = extent
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    sequence = SequenceNumber(try reader.varint())
    requested = Timestamp(milliseconds: try reader.zigzag())
    finished = Timestamp(milliseconds: try reader.zigzag())
    persons = try reader.varint32()
    identifiers = try reader.varint32()
    records = try reader.varint()
    horizon = SequenceNumber(try reader.varint())
    segments = try reader.varint32()
    logBytes = try reader.varint()
    if reader.isAtEnd {
      extent = ErasureExtent()
      extent.events = records
    } else {
      extent = try ErasureExtent(&reader)
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(sequence.value)
    writer.zigzag(requested.milliseconds)
    writer.zigzag(finished.milliseconds)
    writer.varint(UInt64(persons))
    writer.varint(UInt64(identifiers))
    writer.varint(records)
    writer.varint(horizon.value)
    writer.varint(UInt64(segments))
    writer.varint(logBytes)
    extent.encode(into: &writer)
    return writer.bytes
  }
}
