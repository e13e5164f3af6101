// What is known of one identifier: its exact value, the profile it belongs to, and the totals of the
// events whose home it is. Totals live here rather than on the profile so that a split only has to
// part identifiers.

import Bytes
import Storage

/// A decoded row of the identifier table, borrowing its bytes.
///
///     offset  size  field          type  meaning
///     ------  ----  -------------  ----  -------------------------------------------------
///          0     4  holder         u32   the profile in whose row it is entered; see `ProfileHolders`. Bit 31: that
///                                        may not be the profile that it belongs to
///          4     2  type           u16   `IdentifierType`
///          6     2  reserved       u16   0
///          8     8  firstSequence  u64   the record that showed it first
///         16     8  eventCount     u64   events whose home it is
///         24     8  firstSeen      i64   least event time, ms; Int64.max without events
///         32     8  lastSeen       i64   greatest event time, ms; Int64.min without events
///         40     4  origin         u32   the profile that it goes back to when profiles are split
///         44     4  linkedWith     u32   an identifier that it has a link with, as a home of events that named
///                                        both; 0xFFFF_FFFF for none. Saves a search for the link; not in the hash
///         48     n  value          …     the exact bytes of the value
public struct IdentifierRow: ~Escapable {
  static let headerBytes = 48
  /// What the state's hash leaves out.
  package static let hintBytes = 44..<48
  /// Where the holder stands; the state's hash has the profile instead.
  package static let holderBytes = 0..<4
  static let originOffset = 40
  static let linkedWithOffset = 44
  private static let none: UInt32 = 0xFFFF_FFFF
  static let holderOffset = 0
  static let otherOwnerBit: UInt32 = 1 << 31
  static let eventCountOffset = 16
  static let firstSeenOffset = 24
  static let lastSeenOffset = 32

  /// The profile in whose row it is entered; whose that is now `owner(ofHolder:)` says.
  @usableFromInline let holder: ProfileOrdinal
  /// Whether it belongs to the profile that holds it, as far as the row can tell.
  @usableFromInline let isOwnedByHolder: Bool
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
  /// One that it has a link with, if it is known without looking.
  let linkedWith: IdentifierOrdinal?
  /// The exact bytes of the value.
  public let value: RawSpan

  /// Decodes a row.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount >= Self.headerBytes else {
      throw DecodeError(.truncated, at: bytes.byteCount)
    }
    guard bytes.load(at: 6, as: UInt16.self) == 0 else { throw DecodeError(.invalidValue, at: 6) }
    let word = bytes.load(at: Self.holderOffset, as: UInt32.self)
    holder = ProfileOrdinal(word & ~Self.otherOwnerBit)
    isOwnedByHolder = word & Self.otherOwnerBit == 0
    type = bytes.load(at: 4, as: UInt16.self)
    firstSequence = SequenceNumber(bytes.load(at: 8, as: UInt64.self))
    eventCount = bytes.load(at: Self.eventCountOffset, as: UInt64.self)
    firstSeen = Timestamp(milliseconds: bytes.load(at: Self.firstSeenOffset, as: Int64.self))
    lastSeen = Timestamp(milliseconds: bytes.load(at: Self.lastSeenOffset, as: Int64.self))
    origin = ProfileOrdinal(bytes.load(at: Self.originOffset, as: UInt32.self))
    let linked = bytes.load(at: Self.linkedWithOffset, as: UInt32.self)
    linkedWith = linked == Self.none ? nil : IdentifierOrdinal(linked)
    value = bytes.extracting(Self.headerBytes...)
  }
}

extension IdentifierRow {
  /// What stands in a row for the holder.
  static func word(holder: ProfileOrdinal, isOwner: Bool) -> UInt32 {
    precondition(holder.value < otherOwnerBit, "more profiles than a table of rows has room for")
    return isOwner ? holder.value : holder.value | otherOwnerBit
  }
}

extension ProfileTables {
  /// Makes the row of an identifier that was never seen before.
  func addRow(
    of ordinal: IdentifierOrdinal, type: UInt16, value: RawSpan, profile: ProfileOrdinal,
    in holder: (ordinal: ProfileOrdinal, isOwner: Bool), sequence: SequenceNumber
  ) throws(StoreError) {
    var row = try identifierRows.insert(
      ordinal.value, byteCount: IdentifierRow.headerBytes + value.byteCount)
    let word = IdentifierRow.word(holder: holder.ordinal, isOwner: holder.isOwner)
    row.store(UInt64(word) | UInt64(type) << 32, at: IdentifierRow.holderOffset)
    row.store(sequence.value, at: 8)
    row.store(UInt64(0), at: IdentifierRow.eventCountOffset)
    row.store(Int64.max, at: IdentifierRow.firstSeenOffset)
    row.store(Int64.min, at: IdentifierRow.lastSeenOffset)
    row.store(
      UInt64(profile.value) | UInt64(UInt32.max) << 32, at: IdentifierRow.originOffset)
    row.replace(at: IdentifierRow.headerBytes, with: value)
  }
}
