// A change of membership: what is recorded in the log with the input that caused it, and what the
// change feed and the destinations are made of.

import Bytes

/// Why a membership changed.
public enum MembershipCause: UInt8, BitwiseCopyable, Sendable {
  /// The event of the record that it is recorded with.
  case event = 1
  /// Time passed: a window moved on, or an event in the future came due.
  case timer = 2
  /// The audience was defined or redefined.
  case definition = 3
  /// The profile absorbed another, or was absorbed.
  case merge = 4
  /// The profile was split manually, or was restored when another was.
  case split = 5
  /// Other identity rules were put in force, and everything was derived again by them.
  case rules = 6
  /// People were erased, and everything was derived again without them.
  case erasure = 7

  /// Whether all profiles were derived again, so that ordinals before and after are different ones.
  public var isOfRefold: Bool { self == .rules || self == .erasure }
}

/// One change of one profile's membership in one audience.
///
/// Encoded as a tag byte and varints; tags 16 ... 31 belong to audiences.
public struct MembershipChange: Equatable, Sendable {
  /// What happened.
  public enum Kind: Equatable, Sendable {
    /// The profile entered.
    case entered
    /// The profile exited.
    case exited
    /// The membership ended because the profile was absorbed.
    case merged(into: ProfileOrdinal)
  }

  /// The audience.
  public var audience: AudienceNumber
  /// The profile.
  public var profile: ProfileOrdinal
  /// What happened.
  public var kind: Kind
  /// The exact instant from which it holds.
  public var effective: Timestamp
  /// Why it happened.
  public var cause: MembershipCause

  /// Makes a change.
  public init(
    audience: AudienceNumber, profile: ProfileOrdinal, kind: Kind, effective: Timestamp,
    cause: MembershipCause
  ) {
    self.audience = audience
    self.profile = profile
    self.kind = kind
    self.effective = effective
    self.cause = cause
  }

  /// Appends the encoded change.
  public func encode(into writer: inout ByteWriter) {
    switch kind {
    case .entered: writer.u8(16)
    case .exited: writer.u8(17)
    case .merged: writer.u8(18)
    }
    writer.varint(UInt64(audience.value))
    writer.varint(UInt64(profile.value))
    writer.zigzag(effective.milliseconds)
    writer.u8(cause.rawValue)
    if case .merged(let survivor) = kind { writer.varint(UInt64(survivor.value)) }
  }

  /// Decodes the change that follows `tag`, or nil if the tag is not one of the audiences'.
  public init?(tag: UInt8, _ reader: inout ByteReader) throws(DecodeError) {
    guard (16...18).contains(tag) else { return nil }
    audience = AudienceNumber(try reader.varint32())
    profile = ProfileOrdinal(try reader.varint32())
    effective = Timestamp(milliseconds: try reader.zigzag())
    guard let cause = MembershipCause(rawValue: try reader.u8()) else { throw reader.invalid() }
    self.cause = cause
    switch tag {
    case 16: kind = .entered
    case 17: kind = .exited
    default: kind = .merged(into: ProfileOrdinal(try reader.varint32()))
    }
  }
}
