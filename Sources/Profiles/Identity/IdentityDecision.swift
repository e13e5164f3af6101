// What identity resolution decided on an event. Recorded with the event in the log, because later
// compaction or erasure may remove what it was decided from.

import Bytes
import Events

/// One decision of identity resolution.
///
/// Encoded as a tag byte and varints; tags 1 ... 15 belong to identity.
public enum IdentityDecision: Equatable, Sendable {
  /// A profile came to be.
  case created(ProfileOrdinal)
  /// An identifier that was never seen before joined a profile.
  case attached(IdentifierOrdinal, to: ProfileOrdinal)
  /// Two identifiers were seen together for the first time.
  case linked(IdentifierOrdinal, IdentifierOrdinal, EdgeKind, probability: UInt16)
  /// A profile was absorbed by an older one.
  case merged(ProfileOrdinal, into: ProfileOrdinal)
  /// An identifier of the event, the `index`th in its order of priority, was left out.
  case demoted(index: UInt32, IdentifierType, DemotionReason)
  /// A value of this type was skipped because it identifies nobody.
  case blocked(IdentifierType)
  /// A profile was split manually; what left it now belongs to `into`.
  case split(ProfileOrdinal, into: ProfileOrdinal)
  /// An identifier went to another profile with a split.
  case moved(IdentifierOrdinal, to: ProfileOrdinal)
  /// A person was seen with an account for the first time.
  case joined(IdentifierOrdinal, account: ProfileOrdinal)
  /// By the rules in force the event has no identifier, so that it belongs to no profile.
  case unidentified

  /// Appends the encoded decision.
  public func encode(into writer: inout ByteWriter) {
    switch self {
    case .created(let profile):
      writer.u8(1)
      writer.varint(UInt64(profile.value))
    case .attached(let identifier, let profile):
      writer.u8(2)
      writer.varint(UInt64(identifier.value))
      writer.varint(UInt64(profile.value))
    case .linked(let a, let b, let kind, let probability):
      writer.u8(3)
      writer.varint(UInt64(a.value))
      writer.varint(UInt64(b.value))
      writer.u8(kind.rawValue)
      writer.u16(probability)
    case .merged(let absorbed, let survivor):
      writer.u8(4)
      writer.varint(UInt64(absorbed.value))
      writer.varint(UInt64(survivor.value))
    case .demoted(let index, let type, let reason):
      writer.u8(5)
      writer.varint(UInt64(index))
      writer.u16(type.rawValue)
      reason.encode(into: &writer)
    case .blocked(let type):
      writer.u8(6)
      writer.u16(type.rawValue)
    case .split(let profile, let other):
      writer.u8(7)
      writer.varint(UInt64(profile.value))
      writer.varint(UInt64(other.value))
    case .moved(let identifier, let profile):
      writer.u8(8)
      writer.varint(UInt64(identifier.value))
      writer.varint(UInt64(profile.value))
    case .joined(let home, let account):
      writer.u8(9)
      writer.varint(UInt64(home.value))
      writer.varint(UInt64(account.value))
    case .unidentified:
      writer.u8(10)
    }
  }

  /// Decodes the decision that follows `tag`, or nil if the tag is not one of identity's.
  public init?(tag: UInt8, _ reader: inout ByteReader) throws(DecodeError) {
    switch tag {
    case 1: self = .created(ProfileOrdinal(try reader.varint32()))
    case 2:
      self = .attached(
        IdentifierOrdinal(try reader.varint32()), to: ProfileOrdinal(try reader.varint32()))
    case 3:
      let a = IdentifierOrdinal(try reader.varint32())
      let b = IdentifierOrdinal(try reader.varint32())
      guard let kind = EdgeKind(rawValue: try reader.u8()) else { throw reader.invalid() }
      self = .linked(a, b, kind, probability: try reader.u16())
    case 4:
      self = .merged(
        ProfileOrdinal(try reader.varint32()), into: ProfileOrdinal(try reader.varint32()))
    case 5:
      let index = try reader.varint32()
      let type = IdentifierType(rawValue: try reader.u16())
      self = .demoted(index: index, type, try DemotionReason(&reader))
    case 6: self = .blocked(IdentifierType(rawValue: try reader.u16()))
    case 7:
      self = .split(
        ProfileOrdinal(try reader.varint32()), into: ProfileOrdinal(try reader.varint32()))
    case 8:
      self = .moved(
        IdentifierOrdinal(try reader.varint32()), to: ProfileOrdinal(try reader.varint32()))
    case 9:
      self = .joined(
        IdentifierOrdinal(try reader.varint32()), account: ProfileOrdinal(try reader.varint32()))
    case 10: self = .unidentified
    default: return nil
    }
  }
}
