// What is known of one profile in one audience: whether it is in, since when, why, and when that can
// next change by itself.

import Bytes
import Storage

/// The state of one profile in one audience.
///
///     offset  size  field     type  meaning
///     ------  ----  --------  ----  ------------------------------------------------------
///          0     1  member    u8    1 if the profile is in, else 0
///          1     1  cause     u8    `MembershipCause` of the last change, 0 if there was none
///          2     2  reserved  u16   0
///          4     4  reserved  u32   0
///          8     8  since     i64   effective instant of the last change, ms
///         16     8  sequence  u64   the record of the last change, 0 if there was none
///         24     8  due       i64   instant of the timer, ms; Int64.max without one
public struct MembershipRow: Equatable, Sendable {
  static let byteCount = 32

  /// Whether the profile is in.
  public var isMember = false
  /// Why it last changed; nil if it never did.
  public var cause: MembershipCause?
  /// The effective instant of the last change.
  public var since = Timestamp(milliseconds: 0)
  /// The record of the last change.
  public var sequence = SequenceNumber(0)
  /// The next instant at which the truth can change by itself.
  public var due: Timestamp?

  /// A profile that was never in and has no timer; such a row is not stored.
  public init() {}

  /// Whether the row says no more than an absent one.
  var isBlank: Bool { !isMember && cause == nil && due == nil }

  /// Decodes a row.
  public init(_ bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let member = try reader.u8()
    guard member <= 1 else { throw reader.invalid() }
    isMember = member == 1
    let cause = try reader.u8()
    self.cause = MembershipCause(rawValue: cause)
    guard cause == 0 || self.cause != nil else { throw reader.invalid() }
    guard try reader.u16() == 0, try reader.u32() == 0 else { throw reader.invalid() }
    since = Timestamp(milliseconds: try reader.i64())
    sequence = SequenceNumber(try reader.u64())
    let due = try reader.i64()
    self.due = due == .max ? nil : Timestamp(milliseconds: due)
    try reader.expectEnd()
  }

  /// Writes the row over what `writer` holds.
  func encode(into writer: inout ByteWriter) {
    writer.removeAll()
    writer.u8(isMember ? 1 : 0)
    writer.u8(cause?.rawValue ?? 0)
    writer.u16(0)
    writer.u32(0)
    writer.i64(since.milliseconds)
    writer.u64(sequence.value)
    writer.i64(due?.milliseconds ?? .max)
  }

  static func key(_ profile: ProfileOrdinal, _ audience: AudienceNumber) -> TableKey {
    TableKey(high: UInt64(profile.value), low: UInt64(audience.value))
  }
}
