// Why an identifier of an event was left out when the event's profile was looked for.

import Bytes
import Events

/// Why an identifier was demoted: what joining it to the event's other identifiers would have broken.
public enum DemotionReason: Equatable, Sendable {
  /// A profile would have had more identifiers of a type than the rules allow.
  case limit(IdentifierType, IdentityRules.Limit)
  /// Two profiles that each have an identifier of a protected type would have been merged.
  case protection(IdentifierType)
  /// Two profiles would have been merged that were split manually, in this record.
  case keptApart(since: SequenceNumber)

  /// The number by which demotions are counted: 1 limit, 2 protection, 3 kept apart.
  public var kind: UInt8 {
    switch self {
    case .limit: 1
    case .protection: 2
    case .keptApart: 3
    }
  }

  /// The type that the rule is about; nil for what was split manually.
  public var type: IdentifierType? {
    switch self {
    case .limit(let type, _), .protection(let type): type
    case .keptApart: nil
    }
  }

  /// Appends kind u8; then type u16, count varint and period u8 of a limit, type u16 of a protection,
  /// or the sequence of the split as a varint.
  func encode(into writer: inout ByteWriter) {
    writer.u8(kind)
    switch self {
    case .limit(let type, let limit):
      writer.u16(type.rawValue)
      writer.varint(UInt64(limit.count))
      writer.u8(limit.period.rawValue)
    case .protection(let type):
      writer.u16(type.rawValue)
    case .keptApart(let sequence):
      writer.varint(sequence.value)
    }
  }

  @_lifetime(reader: copy reader)
  init(_ reader: inout ByteReader) throws(DecodeError) {
    switch try reader.u8() {
    case 1:
      let type = IdentifierType(rawValue: try reader.u16())
      let count = try reader.varint32()
      guard let period = IdentityRules.Period(rawValue: try reader.u8()) else {
        throw reader.invalid()
      }
      self = .limit(type, IdentityRules.Limit(count, period))
    case 2: self = .protection(IdentifierType(rawValue: try reader.u16()))
    case 3: self = .keptApart(since: SequenceNumber(try reader.varint()))
    default: throw reader.invalid()
    }
  }
}

/// The evidence that an identifier was kept away from the profile of another.
///
/// Kept under the demoted identifier and the home of the event, and replaced by each later one.
/// Encoding: event time i64, sequence u64, number of times u64, then the reason.
public struct RefusalRow: Equatable, Sendable {
  /// The latest event that carried both.
  public var evidence: EventAddress
  /// How often events carried both.
  public var count: UInt64
  /// Why they were not joined the last time.
  public var reason: DemotionReason

  static let countOffset = 16

  /// Decodes a row.
  public init(_ bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let time = Timestamp(milliseconds: try reader.i64())
    evidence = EventAddress(sequence: SequenceNumber(try reader.u64()), time: time)
    count = try reader.u64()
    reason = try DemotionReason(&reader)
    try reader.expectEnd()
  }

  init(evidence: EventAddress, count: UInt64, reason: DemotionReason) {
    self.evidence = evidence
    self.count = count
    self.reason = reason
  }

  func encode(into writer: inout ByteWriter) {
    writer.removeAll()
    writer.i64(evidence.time.milliseconds)
    writer.u64(evidence.sequence.value)
    writer.u64(count)
    reason.encode(into: &writer)
  }
}
