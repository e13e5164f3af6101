// Where an input stands in the log.

import Bytes
import Profiles
import Storage

/// What a record says of itself besides its payload.
struct RecordPlace {
  /// The record.
  let sequence: SequenceNumber
  /// When it was received.
  let receivedAt: Timestamp
  /// The source that it came from; 0 for what comes from none.
  let source: SourceID

  init(sequence: SequenceNumber, receivedAt: Timestamp, source: SourceID = SourceID(0)) {
    self.sequence = sequence
    self.receivedAt = receivedAt
    self.source = source
  }

  init(of record: borrowing RecordView) {
    sequence = record.sequence
    receivedAt = record.receivedAt
    source = record.source
  }
}

extension StoreError {
  /// The error for a record whose payload does not decode.
  init(_ error: DecodeError, in place: RecordPlace) {
    self.init(error, in: "record \(place.sequence.value)")
  }
}
