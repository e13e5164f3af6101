// The layout of a home's history: copies of its events, stored and compressed together, so that
// reading the latest of them does not take a block of the log for each. The one place that defines it.

import Bytes
import Storage

/// One frame of `homeHistory`: consecutive events of one home.
///
/// Format version 1.
///
///     offset  size  field        type  meaning
///     ------  ----  -----------  ----  --------------------------------------------------------
///          0     1  format       u8    1
///          1     1  codec        u8    0 stored as it is, 1 an LZ4 block
///          2     2  reserved     u16   0
///          4     4  recordCount  u32   at least 1
///          8     4  plainCount   u32   bytes once decompressed, at most 64 MiB
///         12     4  storedCount  u32   bytes after this header
///         16     8  first        u64   sequence of the first event
///         24     8  last         u64   sequence of the last event
///         32        stored bytes
///
/// The plain bytes are `recordCount` records in the order of the log, and nothing after:
///
///     varint  sequence less that of the record before; of the first one, 0
///     zigzag  receivedAt less that of the record before (ms); of the first one, since 1970
///     varint  source
///     varint  length of the payload, then the payload as the log has it
///
/// The value of a key of `homeHistory` is frames back to back, in the order of the log. Its checksum is
/// that of the run's block.
public struct HistoryFrame: ~Escapable {
  /// The sequence of the first event.
  public let first: SequenceNumber
  /// The sequence of the last event.
  public let last: SequenceNumber
  /// The number of events.
  public let recordCount: Int
  /// The size of the events before they were compressed, in bytes.
  public let plainCount: Int
  private let isCompressed: Bool
  private let stored: RawSpan

  static let format: UInt8 = 1
  static let headerBytes = 32
  /// Frames are closed when their events come to this many bytes.
  static let plainBytesWanted = 64 << 10
  /// No record of the log is that large, and a frame holds only one beyond what is wanted.
  static let plainBytesMax = 64 << 20
  /// LZ4 makes at most 255 bytes out of one.
  private static let expansionMax = 255

  enum Codec: UInt8 {
    case stored = 0
    case lz4 = 1
  }

  /// Reads the frame that comes next, without decompressing it.
  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  init(_ reader: inout ByteReader) throws(DecodeError) {
    guard try reader.u8() == Self.format else { throw reader.invalid() }
    guard let codec = Codec(rawValue: try reader.u8()), try reader.u16() == 0 else {
      throw reader.invalid()
    }
    let (records, plain) = (Int(try reader.u32()), Int(try reader.u32()))
    let storedCount = Int(try reader.u32())
    first = SequenceNumber(try reader.u64())
    last = SequenceNumber(try reader.u64())
    // A record takes four bytes at least; none of the counts can make us allocate without bound.
    guard records >= 1, records <= plain / 4, plain <= Self.plainBytesMax, first <= last,
      last.value - first.value >= UInt64(records - 1),
      codec == .lz4 ? plain <= storedCount * Self.expansionMax : plain == storedCount
    else { throw reader.invalid() }
    stored = try reader.bytes(storedCount)
    recordCount = records
    plainCount = plain
    isCompressed = codec == .lz4
  }

  /// The events as they were before they were compressed; `HistoryWalk` reads them.
  ///
  /// Complexity: O(bytes), about a microsecond for four kilobytes.
  public func plain() throws(StoreError) -> [UInt8] {
    guard isCompressed else { return stored.toArray() }
    guard let bytes = BlockCompression.decompress(stored, count: plainCount) else {
      throw .derivedMismatch("homeHistory", "a frame does not decompress")
    }
    return bytes
  }
}

/// One event of a home's history.
public struct HistoryRecord: ~Escapable {
  /// Its place in the log.
  public let sequence: SequenceNumber
  /// When it was received.
  public let receivedAt: Timestamp
  /// Where it came from.
  public let source: SourceID
  /// The event as the log has it.
  public let payload: RawSpan
  /// Where the payload lies within the frame's plain bytes.
  public let range: Range<Int>

  @_lifetime(copy payload)
  init(
    _ sequence: SequenceNumber, receivedAt: Timestamp, source: SourceID, _ payload: RawSpan,
    at range: Range<Int>
  ) {
    self.sequence = sequence
    self.receivedAt = receivedAt
    self.source = source
    self.payload = payload
    self.range = range
  }
}

/// Walks through the plain bytes of a frame, front to back.
public struct HistoryWalk: ~Escapable {
  private var reader: ByteReader
  private let last: SequenceNumber
  private var left: Int
  private var sequence: UInt64
  private var receivedAt: Int64 = 0
  private var isFirst = true

  /// Starts at the first event of a frame, whose `plain()` bytes are given.
  @_lifetime(copy plain)
  public init(_ frame: borrowing HistoryFrame, _ plain: RawSpan) {
    reader = ByteReader(plain)
    last = frame.last
    left = frame.recordCount
    sequence = frame.first.value
  }

  /// The next event, or nil after the last; then every byte has been used.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  public mutating func next() throws(StoreError) -> HistoryRecord? {
    do throws(DecodeError) { return try read() } catch {
      throw .derivedMismatch("homeHistory", "an event does not decode")
    }
  }

  @_lifetime(copy self)
  @_lifetime(self: copy self)
  private mutating func read() throws(DecodeError) -> HistoryRecord? {
    guard left > 0 else {
      try reader.expectEnd()
      return nil
    }
    left -= 1
    let step = try reader.varint()
    let (next, overflow) = sequence.addingReportingOverflow(step)
    // Ascending, from the first of the header through the last.
    guard !overflow, isFirst ? step == 0 : step > 0, left > 0 || next == last.value else {
      throw reader.invalid()
    }
    sequence = next
    isFirst = false
    receivedAt &+= try reader.zigzag()
    let source = SourceID(try reader.varint32())
    let count = try reader.count()
    let start = reader.offset
    let payload = try reader.bytes(count)
    return HistoryRecord(
      SequenceNumber(sequence), receivedAt: Timestamp(milliseconds: receivedAt), source: source,
      payload, at: start..<(start + count))
  }
}
