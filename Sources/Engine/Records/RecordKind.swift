// The kinds of inputs that take a place in the log. The storage engine sees only the number.

import Bytes

/// What a record of the log is.
///
/// Raw values are on disk and never change; new kinds are appended.
public enum RecordKind: UInt8, Sendable {
  /// An accepted event; the payload is the event codec's.
  case event = 1
  /// A line that is not an acceptable event, kept as it came; the payload is `QuarantinedLine`'s.
  case quarantined = 2
  /// Definitions that were applied together; the payload is `DefinitionsRecord`'s.
  case definitions = 3
  /// A source; the payload is `SourceRecord`'s.
  case source = 4
  /// A step of the clock to the record's `receivedAt`; no payload.
  case tick = 5
  /// What moves logical time from here on; the payload is one byte, an `IngestClock`.
  case clock = 6
  /// The rules by which identifiers are joined; the payload is `IdentityRulesRecord`'s, its decisions
  /// those of `Store.refold`.
  case identityRules = 7
  /// A manual split or merge; the payload is `IdentityCorrection`'s.
  case identityCorrection = 8
  /// A tracking plan; the payload is its text, empty for none.
  case trackingPlan = 9
  /// A quarantined line that is acceptable now; the payload is `RedriveRecord`'s.
  case redrive = 10
  /// A destination is defined or removed; the payload is `DestinationRecord`'s.
  case destination = 11
  /// What was handed out for delivery, or became of it; the payload is `DeliveryInput`'s.
  case delivery = 12
  /// Identifiers are erased; the payload is `ErasureRecord`'s, its decisions those of `Store.refold`.
  case erasure = 13
  /// An erasure is done, and nothing of the erased people remains; the payload is `ErasureReceipt`'s.
  case erased = 14
  /// The record here has been erased; no payload and no decisions.
  case blank = 15
  /// Quarantined lines are given up; the payload is `QuarantineDropRecord`'s.
  case quarantineDrop = 16
  /// An access key is made or revoked; the payload is `AccessKeyRecord`'s.
  case accessKey = 17
}
