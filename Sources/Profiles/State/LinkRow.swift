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
/// Encoding: kind u8 (`EdgeKind`), probability u16 in 1/65,535 (65,535 for a deterministic link), the profile that the
/// evidence was filed under as a varint, the event as an `EventAddress`.
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
    guard let kind = EdgeKind(rawValue: try reader.u8()) else { throw reader.invalid() }
    self.kind = kind
    probability = try reader.u16()
    profile = ProfileOrdinal(try reader.varint32())
    let address = try EventAddress(&reader)
    time = address.time
    sequence = address.sequence
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

  /// Writes the row.
  func encode(into writer: inout ByteWriter) {
    writer.removeAll()
    writer.u8(kind.rawValue)
    writer.u16(probability)
    writer.varint(UInt64(profile.value))
    EventAddress(sequence: sequence, time: time).withBytes { writer.append($0) }
  }

  static func key(_ a: IdentifierOrdinal, _ b: IdentifierOrdinal) -> TableKey {
    TableKey(high: UInt64(min(a, b).value), low: UInt64(max(a, b).value))
  }
}
