// What moves logical time while events come in. Recorded in the log when it changes, because readers
// need to know whether the machine's clock has a say in what is true now.

import Bytes

/// What moves logical time while events are ingested.
public enum IngestClock: UInt8, Sendable {
  /// The machine's clock: an event is received when it is read.
  case system = 0
  /// The events' own times, for imports of the past: an event is received at its own time.
  case events = 1

  /// Decodes the payload of a `clock` record.
  init(payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    guard let clock = IngestClock(rawValue: try reader.u8()) else { throw reader.invalid() }
    try reader.expectEnd()
    self = clock
  }

  /// The payload of a `clock` record.
  func encode() -> [UInt8] { [rawValue] }
}
