// The evidence that two identifiers belong together. Written once, when the link is first seen.

import Bytes
import Storage

/// How a link between two identifiers came to be.
///
/// Probabilistic links come later; the layout has room for them so that the graph need not be
/// rewritten.
public enum EdgeKind: UInt8, Sendable {
  /// One event carried both identifiers.
  case deterministic = 1
  /// A person said so.
  case manual = 2
  /// An alias call named one as the former id of the other.
  case alias = 3
}

/// The evidence of a link.
///
///     offset  size  field        type  meaning
///     ------  ----  -----------  ----  ---------------------------------------------------
///          0     1  kind         u8    `EdgeKind`
///          1     1  reserved     u8    0
///          2     2  probability  u16   in 1/65,535; 65,535 for a deterministic link
///          4     4  profile      u32   the profile that the evidence was filed under
///          8     8  time         i64   event time of the evidence, ms
///         16     8  sequence     u64   the record that is the evidence
///
/// Profile, time and sequence together find the event without a global index of sequences, also
/// after compaction has moved it (docs/decisions/0003-evidence-addresses.md).
public struct LinkRow: Equatable, Sendable {
  /// How the link came to be.
  public var kind: EdgeKind
  /// The probability that the link is right, in 1/65,535.
  public var probability: UInt16
  /// The profile that the evidence was filed under.
  public var profile: ProfileOrdinal
  /// The event time of the evidence.
  public var time: Timestamp
  /// The record that is the evidence.
  public var sequence: SequenceNumber

  /// Decodes a row.
  public init(_ bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    guard let kind = EdgeKind(rawValue: try reader.u8()), try reader.u8() == 0 else {
      throw reader.invalid()
    }
    self.kind = kind
    probability = try reader.u16()
    profile = ProfileOrdinal(try reader.u32())
    time = Timestamp(milliseconds: try reader.i64())
    sequence = SequenceNumber(try reader.u64())
    try reader.expectEnd()
  }

  init(
    evidence: EventAddress, profile: ProfileOrdinal, kind: EdgeKind = .deterministic
  ) {
    self.kind = kind
    probability = .max
    self.profile = profile
    time = evidence.time
    sequence = evidence.sequence
  }

  /// The row's bytes, as words.
  var words: [3 of UInt64] {
    let first =
      UInt64(kind.rawValue) | UInt64(probability) << 16 | UInt64(profile.value) << 32
    return [
      first.littleEndian, UInt64(bitPattern: time.milliseconds).littleEndian,
      sequence.value.littleEndian,
    ]
  }

  static func key(_ a: IdentifierOrdinal, _ b: IdentifierOrdinal) -> TableKey {
    TableKey(high: UInt64(min(a, b).value), low: UInt64(max(a, b).value))
  }
}

/// Where an event stands: enough to find it again in the log.
public struct EventAddress: Equatable, Sendable {
  /// The event's place in the log.
  public var sequence: SequenceNumber
  /// The event's own time.
  public var time: Timestamp
  /// Names an event.
  public init(sequence: SequenceNumber, time: Timestamp) {
    self.sequence = sequence
    self.time = time
  }
}
