// One record as it is read: views of bytes that somebody else owns.

import Bytes

/// A record of the log, borrowed from a batch or a decoded block.
public struct RecordView: ~Escapable {
  /// The record's place in the one total order.
  public let sequence: SequenceNumber
  /// What the payload is; opaque to the log.
  public let kind: UInt8
  /// When the record was received.
  public let receivedAt: Timestamp
  /// Where it came from.
  public let source: SourceID
  /// The input as its codec wrote it.
  public let payload: RawSpan
  /// What the engine decided on the input, and could not derive again.
  public let decisions: RawSpan

  /// Cuts the record's bytes in two: the payload and the decisions after it.
  @_lifetime(copy bytes)
  init(_ fields: RecordFields, sequence: SequenceNumber, bytes: RawSpan) {
    self.sequence = sequence
    kind = fields.kind
    receivedAt = fields.receivedAt
    source = fields.source
    payload = bytes.extracting(0..<fields.payloadCount)
    decisions = bytes.extracting(fields.payloadCount..<bytes.byteCount)
  }

  /// Takes the payload and the decisions from where they lie.
  @_lifetime(copy payload, copy decisions)
  init(
    _ fields: RecordFields, sequence: SequenceNumber, payload: RawSpan, decisions: RawSpan
  ) {
    self.sequence = sequence
    kind = fields.kind
    receivedAt = fields.receivedAt
    source = fields.source
    self.payload = payload
    self.decisions = decisions
  }

  /// The same record with another payload: `bytes` are that and the decisions after it.
  @_lifetime(copy bytes)
  init(_ record: borrowing RecordView, payloadCount: Int, bytes: RawSpan) {
    sequence = record.sequence
    kind = record.kind
    receivedAt = record.receivedAt
    source = record.source
    payload = bytes.extracting(0..<payloadCount)
    decisions = bytes.extracting(payloadCount..<bytes.byteCount)
  }
}

/// The part of a record that is not bytes.
struct RecordFields: Sendable {
  var kind: UInt8
  var receivedAt: Timestamp
  var source: SourceID
  var payloadCount: Int
  var decisionsCount: Int

  var byteCount: Int { payloadCount + decisionsCount }
}
