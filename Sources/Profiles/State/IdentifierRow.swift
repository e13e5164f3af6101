// What is known of one identifier: its exact value, the profile it belongs to, and the totals of the
// events whose home it is. Totals live here rather than on the profile so that a split only has to
// part identifiers.

import Bytes
import Storage

/// A decoded row of the identifier table, borrowing its bytes.
///
///     offset  size  field          type  meaning
///     ------  ----  -------------  ----  -------------------------------------------------
///          0     4  profile        u32   ordinal; may have been absorbed since
///          4     2  type           u16   `IdentifierType`
///          6     2  reserved       u16   0
///          8     8  firstSequence  u64   the record that showed it first
///         16     8  eventCount     u64   events whose home it is
///         24     8  firstSeen      i64   least event time, ms; Int64.max without events
///         32     8  lastSeen       i64   greatest event time, ms; Int64.min without events
///         40     4  origin         u32   the profile that it goes back to when profiles are split
///         44     n  value          …     the exact bytes of the value
public struct IdentifierRow: ~Escapable {
  static let headerBytes = 44
  static let originOffset = 40
  static let profileOffset = 0
  static let eventCountOffset = 16
  static let firstSeenOffset = 24
  static let lastSeenOffset = 32

  /// The profile it was attached to; resolve through `mergedInto` for the present one.
  public let profile: ProfileOrdinal
  /// The kind of identifier.
  public let type: UInt16
  /// The record that showed it first.
  public let firstSequence: SequenceNumber
  /// The number of events whose home it is.
  public let eventCount: UInt64
  /// The least time of those events.
  public let firstSeen: Timestamp
  /// The greatest time of those events.
  public let lastSeen: Timestamp
  /// The profile that it goes back to when profiles are split: the one that it first joined.
  public let origin: ProfileOrdinal
  /// The exact bytes of the value.
  public let value: RawSpan

  /// Decodes a row.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount >= Self.headerBytes else {
      throw DecodeError(.truncated, at: bytes.byteCount)
    }
    guard bytes.load(at: 6, as: UInt16.self) == 0 else { throw DecodeError(.invalidValue, at: 6) }
    profile = ProfileOrdinal(bytes.load(at: Self.profileOffset, as: UInt32.self))
    type = bytes.load(at: 4, as: UInt16.self)
    firstSequence = SequenceNumber(bytes.load(at: 8, as: UInt64.self))
    eventCount = bytes.load(at: Self.eventCountOffset, as: UInt64.self)
    firstSeen = Timestamp(milliseconds: bytes.load(at: Self.firstSeenOffset, as: Int64.self))
    lastSeen = Timestamp(milliseconds: bytes.load(at: Self.lastSeenOffset, as: Int64.self))
    origin = ProfileOrdinal(bytes.load(at: Self.originOffset, as: UInt32.self))
    value = bytes.extracting(Self.headerBytes...)
  }

  static func encodeNew(
    type: UInt16, value: RawSpan, profile: ProfileOrdinal, sequence: SequenceNumber,
    into writer: inout ByteWriter
  ) {
    writer.removeAll()
    writer.u32(profile.value)
    writer.u16(type)
    writer.u16(0)
    writer.u64(sequence.value)
    writer.u64(0)
    writer.i64(.max)
    writer.i64(.min)
    writer.u32(profile.value)
    writer.append(value)
  }
}
