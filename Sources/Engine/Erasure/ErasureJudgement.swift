// What an erasure means for one record, and for many of them.

import Bytes

/// What an erasure makes of an event, a line or a record.
package enum ErasureJudgement: Equatable, Sendable {
  /// No erased person is named where the identity rules look.
  case untouched
  /// It belongs to an erased person, and is removed.
  case erased
  /// It belongs to someone else and names an erased person; this is what remains of it.
  case reduced([UInt8])
}

/// How much of a log an erasure takes.
///
/// Encoding: varints in the order of the properties.
public struct ErasureExtent: Equatable, Codable, Sendable {
  /// Events of the erased persons, which go.
  public var events: UInt64 = 0
  /// Events of other people that lose a value and stay.
  public var eventsOfOthers: UInt64 = 0
  /// Lines in quarantine that go, those that were taken in later included.
  public var lines: UInt64 = 0
  /// Lines in quarantine of other people that lose a value and stay.
  public var linesOfOthers: UInt64 = 0

  /// Nothing.
  public init() {}

  /// Records that become blank.
  public var records: UInt64 { events + lines }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    events = try reader.varint()
    eventsOfOthers = try reader.varint()
    lines = try reader.varint()
    linesOfOthers = try reader.varint()
  }

  func encode(into writer: inout ByteWriter) {
    for count in [events, eventsOfOthers, lines, linesOfOthers] { writer.varint(count) }
  }

  /// Counts a record of a kind that an erasure takes or reduces.
  mutating func count(_ judgement: ErasureJudgement, _ kind: RecordKind) {
    switch (kind, judgement) {
    case (.event, .erased): events += 1
    case (.event, .reduced): eventsOfOthers += 1
    case (.quarantined, .erased): lines += 1
    case (.quarantined, .reduced): linesOfOthers += 1
    default: break
    }
  }
}
