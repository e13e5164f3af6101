// Where an event is, as links and the lists of a home's events say it.

import Bytes
import Storage

/// Where an event stands: enough to find it again in the log.
///
/// Encoding: event time in milliseconds as a zigzag varint, sequence as a varint: nine or ten bytes.
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

  /// Reads an address.
  package init(_ reader: inout ByteReader) throws(DecodeError) {
    time = Timestamp(milliseconds: try reader.zigzag())
    sequence = SequenceNumber(try reader.varint())
  }

  /// Calls `body` with the encoded address, which allocates nothing: each event has one.
  func withBytes<Failure: Error>(_ body: (RawSpan) throws(Failure) -> Void) throws(Failure) {
    var bytes = [20 of UInt8](repeating: 0)
    var count = 0
    let milliseconds = time.milliseconds
    Self.put(UInt64(bitPattern: milliseconds << 1 ^ milliseconds >> 63), in: &bytes, &count)
    Self.put(sequence.value, in: &bytes, &count)
    try body(bytes.span.bytes.extracting(..<count))
  }

  @inline(__always)
  private static func put(_ value: UInt64, in bytes: inout [20 of UInt8], _ count: inout Int) {
    var rest = value
    while rest >= 0x80 {
      bytes[count] = UInt8(truncatingIfNeeded: rest) | 0x80
      count += 1
      rest >>= 7
    }
    bytes[count] = UInt8(truncatingIfNeeded: rest)
    count += 1
  }
}
