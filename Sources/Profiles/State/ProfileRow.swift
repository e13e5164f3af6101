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
///         29     1  holds            u8    1 if there is a `HolderPart`, else 0
///         30     2  reserved         …     0
///         32     4  parent           u32   the account above (nested accounts), 0xFFFF_FFFF if none
///         36    24  holder           …     the `HolderPart`, if there is one
///          …   16n  identifiers      …     `ProfileIdentifier`s, in the order they joined
///
/// Where rows with identifiers are called *holders*, see `ProfileHolders`.
public struct ProfileRow: ~Escapable {
  package static let headerBytes = 36
  /// The bytes that the state's hash has, besides those of `parent`.
  package static let logicalBytes = 29
  static let mergedIntoOffset = 24
  static let holdsOffset = 29
  static let none: UInt32 = 0xFFFF_FFFF

  /// The stable id.
  public let id: ProfileID
  /// The record that created the profile.
  public let createdSequence: SequenceNumber
  /// The profile that absorbed this one, if any.
  public let mergedInto: ProfileOrdinal?
  /// What the ordinal stands for.
  public let kind: EntityKind
  /// How the row hangs together with others, if it does.
  let holder: HolderPart?
  private let identifierBytes: RawSpan

  /// Decodes a row.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount >= Self.headerBytes else {
      throw DecodeError(.truncated, at: bytes.byteCount)
    }
    guard let kind = EntityKind(rawValue: bytes[28]) else {
      throw DecodeError(.invalidValue, at: 28)
    }
    self.kind = kind
    id = ProfileID(
      Hash128(high: bytes.load(at: 0, as: UInt64.self), low: bytes.load(at: 8, as: UInt64.self)))
    createdSequence = SequenceNumber(bytes.load(at: 16, as: UInt64.self))
    let merged = bytes.load(at: Self.mergedIntoOffset, as: UInt32.self)
    mergedInto = merged == Self.none ? nil : ProfileOrdinal(merged)
    var start = Self.headerBytes
    if bytes[Self.holdsOffset] == 0 {
      holder = nil
    } else {
      start += HolderPart.byteCount
      guard bytes[Self.holdsOffset] == 1, bytes.byteCount >= start else {
        throw DecodeError(.invalidValue, at: Self.holdsOffset)
      }
      holder = HolderPart(bytes.extracting(Self.headerBytes..<start))
    }
    guard (bytes.byteCount - start).isMultiple(of: ProfileIdentifier.byteCount) else {
      throw DecodeError(.invalidValue, at: start)
    }
    identifierBytes = bytes.extracting(start...)
  }

  /// The number of entries in the row itself: all identifiers of a profile whose row has no `HolderPart`.
  var entryCount: Int { identifierBytes.byteCount / ProfileIdentifier.byteCount }

  /// The identifier at `index`; an index outside `0 ..< entryCount` traps.
  func identifier(at index: Int) -> IdentifierOrdinal {
    IdentifierOrdinal(
      identifierBytes.load(at: index * ProfileIdentifier.byteCount, as: UInt32.self))
  }

  /// What the row says of the identifier at `index`; an index outside traps.
  func entry(at index: Int) -> ProfileIdentifier {
    let start = index * ProfileIdentifier.byteCount
    return ProfileIdentifier(
      ordinal: IdentifierOrdinal(identifierBytes.load(at: start, as: UInt32.self)),
      type: identifierBytes.load(at: start + 4, as: UInt16.self),
      time: Timestamp(milliseconds: identifierBytes.load(at: start + 8, as: Int64.self)))
  }

  /// The bytes of a row without identifiers.
  static func new(
    id: ProfileID, kind: EntityKind, sequence: SequenceNumber
  ) -> [9 of UInt32] {
    let (high, low, sequence) = (id.bits.high, id.bits.low, sequence.value)
    return [
      UInt32(truncatingIfNeeded: high).littleEndian, UInt32(high >> 32).littleEndian,
      UInt32(truncatingIfNeeded: low).littleEndian, UInt32(low >> 32).littleEndian,
      UInt32(truncatingIfNeeded: sequence).littleEndian, UInt32(sequence >> 32).littleEndian,
      none, UInt32(kind.rawValue).littleEndian, none,
    ]
  }
}

/// One identifier of a profile: what limits ask for, so that they need no other row.
///
/// Encoding: ordinal u32, type u16, 0 u16, event time of its joining i64.
public struct ProfileIdentifier: Equatable, Sendable {
  static let byteCount = 16
  /// The type of an entry that is none: its ordinal is that of a holder, all of whose identifiers stand here.
  static let holderType: UInt16 = 0xFFFF

  /// The identifier.
  public var ordinal: IdentifierOrdinal
  /// Its `IdentifierType`.
  public var type: UInt16
  /// The time of the event that showed it first.
  public var time: Timestamp

  /// The entry's bytes, as words.
  var words: [2 of UInt64] {
    [
      (UInt64(ordinal.value) | UInt64(type) << 32).littleEndian,
      UInt64(bitPattern: time.milliseconds).littleEndian,
    ]
  }

  /// Appends the entry's bytes.
  package func encode(into writer: inout ByteWriter) {
    let words = words
    writer.append(words.span.bytes)
  }
}
