// Records that one thread has read from the log, for another to fold.

import Bytes

/// Copies of records, one after the other.
public struct RecordChunk: Sendable {
  private var fields: [(sequence: SequenceNumber, fields: RecordFields)] = []
  private var bytes: [UInt8] = []

  /// Makes an empty chunk with room for `byteCount` bytes of payloads and decisions.
  public init(reserving byteCount: Int) { bytes.reserveCapacity(byteCount) }

  /// The bytes of payloads and decisions.
  public var byteCount: Int { bytes.count }

  /// Whether it has no record.
  public var isEmpty: Bool { fields.isEmpty }

  /// Adds a copy of a record.
  public mutating func append(_ record: borrowing RecordView) {
    fields.append(
      (
        record.sequence,
        RecordFields(
          kind: record.kind, receivedAt: record.receivedAt, source: record.source,
          payloadCount: record.payload.byteCount, decisionsCount: record.decisions.byteCount)
      ))
    record.payload.withUnsafeBytes { bytes.append(contentsOf: $0) }
    record.decisions.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Passes the records to `body`, in their order.
  public func forEach(
    _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    let all = bytes.span.bytes
    var offset = 0
    for (sequence, fields) in fields {
      let end = offset + fields.byteCount
      try body(RecordView(fields, sequence: sequence, bytes: all.extracting(offset..<end)))
      offset = end
    }
  }
}
