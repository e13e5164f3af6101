// How the times of events were derived, counted: what was corrected or could not be read is not dropped in
// silence, and the range shows at a glance a column that was read in the wrong unit.

import Bytes
import Events

/// The times of accepted events, counted.
///
/// Encoding: the seven counts as varints, in the order below, then u8 1 and the range as two zigzags, or u8 0
/// without a range.
public struct TimeCounts: Equatable, Sendable {
  /// Events without a time: they count from their receipt.
  public var undated: UInt64 = 0
  /// Events whose time cannot be read: they count from their receipt.
  public var unreadable: UInt64 = 0
  /// Events whose sender's clock was off by a second or more, which was taken out.
  public var corrected: UInt64 = 0
  /// Events whose time lay more than 23 hours after their receipt: they count from it.
  public var clamped: UInt64 = 0
  /// Events that came more than 24 hours after they happened.
  public var late: UInt64 = 0
  /// Events that say that they are imports of the past.
  public var historical: UInt64 = 0
  /// Events of an import that are earlier than the logical time that others had reached before them.
  public var outOfOrder: UInt64 = 0
  /// The earliest time of an event that counts from a time of its own and not from its receipt; nil if
  /// there is none.
  public var earliest: Timestamp?
  /// The latest of these times.
  public var latest: Timestamp?

  /// No events.
  public init() {}

  /// Takes in one event.
  ///
  /// - Parameter isOutOfOrder: Whether it is earlier than the logical time that its import had reached.
  package mutating func count(_ clock: EventClock, isOutOfOrder: Bool) {
    switch clock.verdict {
    case .ok: break
    case .corrected: corrected += 1
    case .futureClamped: clamped += 1
    case .unparseable: unreadable += 1
    case .historical: historical += 1
    case .undated: undated += 1
    }
    if clock.isLate { late += 1 }
    if isOutOfOrder { outOfOrder += 1 }
    guard clock.verdict.keepsOwnTime else { return }
    earliest = min(earliest ?? clock.time, clock.time)
    latest = max(latest ?? clock.time, clock.time)
  }

  /// Takes in the events of another input.
  public mutating func add(_ other: TimeCounts) {
    for count in Self.counts { self[keyPath: count] += other[keyPath: count] }
    if let other = other.earliest { earliest = min(earliest ?? other, other) }
    if let other = other.latest { latest = max(latest ?? other, other) }
  }

  /// The counts, in the order of the encoding.
  private static var counts: [WritableKeyPath<TimeCounts, UInt64>] {
    [\.undated, \.unreadable, \.corrected, \.clamped, \.late, \.historical, \.outOfOrder]
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    for count in Self.counts { self[keyPath: count] = try reader.varint() }
    guard try reader.u8() == 1 else { return }
    earliest = Timestamp(milliseconds: try reader.zigzag())
    latest = Timestamp(milliseconds: try reader.zigzag())
  }

  func encode(into writer: inout ByteWriter) {
    for count in Self.counts { writer.varint(self[keyPath: count]) }
    guard let earliest, let latest else { return writer.u8(0) }
    writer.u8(1)
    writer.zigzag(earliest.milliseconds)
    writer.zigzag(latest.milliseconds)
  }
}
