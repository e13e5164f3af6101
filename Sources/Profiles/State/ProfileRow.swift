// What is known of one profile beyond its identifiers: its stable id, where it began, and whether it
// has been absorbed by another.

import Bytes
import Storage

/// The kind of thing an ordinal stands for.
///
/// Accounts and households share the ordinal space of people, so that memberships, cells and
/// bitmaps serve them without change.
public enum EntityKind: UInt8, Sendable, BitwiseCopyable {
  case person = 1
  case account = 2
  case household = 3
}

/// A decoded row of the profile table.
///
///     offset  size  field            type  meaning
///     ------  ----  ---------------  ----  -----------------------------------------------
///          0    16  id               …     profile id: high u64, low u64
///         16     8  createdSequence  u64   the record that created it
///         24     4  mergedInto       u32   ordinal of the survivor, 0xFFFF_FFFF if none
///         28     1  kind             u8    `EntityKind`
///         29     3  reserved         …     0
///         32     4  parent           u32   the account above (nested accounts), 0xFFFF_FFFF if none
///         36   16n  identifiers      …     `ProfileIdentifier`s, in the order they joined
public struct ProfileRow: ~Escapable {
  static let headerBytes = 36
  static let mergedIntoOffset = 24
  static let none: UInt32 = 0xFFFF_FFFF

  /// The stable id.
  public let id: ProfileID
  /// The record that created the profile.
  public let createdSequence: SequenceNumber
  /// The profile that absorbed this one, if any.
  public let mergedInto: ProfileOrdinal?
  /// What the ordinal stands for.
  public let kind: EntityKind
  private let identifierBytes: RawSpan

  /// Decodes a row.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    id = ProfileID(Hash128(high: try reader.u64(), low: try reader.u64()))
    createdSequence = SequenceNumber(try reader.u64())
    let merged = try reader.u32()
    mergedInto = merged == Self.none ? nil : ProfileOrdinal(merged)
    guard let kind = EntityKind(rawValue: try reader.u8()) else { throw reader.invalid() }
    self.kind = kind
    try reader.skip(3)
    _ = try reader.u32()
    guard reader.remaining.isMultiple(of: ProfileIdentifier.byteCount) else {
      throw reader.invalid()
    }
    identifierBytes = try reader.bytes(reader.remaining)
  }

  /// The number of identifiers.
  public var identifierCount: Int { identifierBytes.byteCount / ProfileIdentifier.byteCount }

  /// The identifier at `index`; an index outside `0 ..< identifierCount` traps.
  public func identifier(at index: Int) -> IdentifierOrdinal {
    IdentifierOrdinal(
      identifierBytes.load(at: index * ProfileIdentifier.byteCount, as: UInt32.self))
  }

  /// What the row says of the identifier at `index`; an index outside traps.
  public func entry(at index: Int) -> ProfileIdentifier {
    let start = index * ProfileIdentifier.byteCount
    return ProfileIdentifier(
      ordinal: IdentifierOrdinal(identifierBytes.load(at: start, as: UInt32.self)),
      type: identifierBytes.load(at: start + 4, as: UInt16.self),
      time: Timestamp(milliseconds: identifierBytes.load(at: start + 8, as: Int64.self)))
  }

  static func encodeNew(
    id: ProfileID, kind: EntityKind, sequence: SequenceNumber, into writer: inout ByteWriter
  ) {
    writer.removeAll()
    writer.u64(id.bits.high)
    writer.u64(id.bits.low)
    writer.u64(sequence.value)
    writer.u32(none)
    writer.u8(kind.rawValue)
    writer.u8(0)
    writer.u16(0)
    writer.u32(none)
  }
}

/// One identifier of a profile: what limits ask for, so that they need no other row.
///
/// Encoding: ordinal u32, type u16, 0 u16, event time of its joining i64.
public struct ProfileIdentifier: Equatable, Sendable {
  static let byteCount = 16

  /// The identifier.
  public var ordinal: IdentifierOrdinal
  /// Its `IdentifierType`.
  public var type: UInt16
  /// The time of the event that showed it first.
  public var time: Timestamp

  func encode(into writer: inout ByteWriter) {
    writer.u32(ordinal.value)
    writer.u16(type)
    writer.u16(0)
    writer.i64(time.milliseconds)
  }
}
