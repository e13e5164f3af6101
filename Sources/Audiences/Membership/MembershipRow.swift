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
///          4     4  audience  u32   `AudienceNumber`
///          8     8  since     i64   effective instant of the last change, ms
///         16     8  sequence  u64   the record of the last change, 0 if there was none
///         24     8  due       i64   instant of the timer, ms; Int64.max without one
///
/// A profile's rows stand together, in the order of the audiences' numbers: `MembershipRows`.
public struct MembershipRow: Equatable, Sendable, BitwiseCopyable {
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

  /// Whether the row is equivalent to an absent one.
  var isBlank: Bool { !isMember && cause == nil && due == nil }

  /// Decodes a row.
  public init(_ bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount == Self.byteCount else { throw DecodeError(.truncated, at: 0) }
    let member = bytes[0]
    let cause = bytes[1]
    isMember = member == 1
    self.cause = MembershipCause(rawValue: cause)
    guard member <= 1, cause == 0 || self.cause != nil, bytes.load(at: 2, as: UInt16.self) == 0
    else { throw DecodeError(.invalidValue, at: 0) }
    since = Timestamp(milliseconds: bytes.load(at: 8, as: Int64.self))
    sequence = SequenceNumber(bytes.load(at: 16, as: UInt64.self))
    let due = bytes.load(at: 24, as: Int64.self)
    self.due = due == .max ? nil : Timestamp(milliseconds: due)
  }

  /// Writes the row over the bytes at `offset`.
  func store(_ audience: AudienceNumber, in value: inout MutableValue, at offset: Int) {
    let cause = UInt64(cause?.rawValue ?? 0)
    value.store((isMember ? 1 : 0) | cause << 8 | UInt64(audience.value) << 32, at: offset)
    value.store(since.milliseconds, at: offset + 8)
    value.store(sequence.value, at: offset + 16)
    value.store(due?.milliseconds ?? .max, at: offset + 24)
  }
}
