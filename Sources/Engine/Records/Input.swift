// An input as what it says: every kind of record, decoded. This is the one place that leads from a kind to the
// codec of its payload and back; each codec is in the file of its type.

import Bytes
import Events
import Storage

/// What one record of the log says.
///
/// `RecordKind` says what each case is. An event is a view of its payload, which is not copied, so an input
/// that was read from a record cannot outlive it.
package enum Input: ~Escapable {
  case event(EventView)
  case quarantined(QuarantinedLine)
  case definitions(DefinitionsRecord)
  case source(SourceRecord)
  case tick
  case clock(IngestClock)
  case identityRules(IdentityRulesRecord)
  case identityCorrection(IdentityCorrection)
  case trackingPlan(TrackingPlanRecord)
  case redrive(RedriveRecord)
  case destination(DestinationRecord)
  case delivery(DeliveryRecord)
  case erasure(ErasureRecord)
  case erased(ErasureReceipt)
  case blank
  case quarantineDrop(QuarantineDropRecord)
  case accessKey(AccessKeyRecord)

  /// Decodes the payload of a record of a kind.
  @_lifetime(copy payload)
  init(_ kind: RecordKind, _ payload: RawSpan) throws(DecodeError) {
    switch kind {
    case .event: self = .event(try EventView(payload))
    case .quarantined: self = .quarantined(try QuarantinedLine(payload))
    case .definitions: self = .definitions(try DefinitionsRecord(payload))
    case .source: self = .source(try SourceRecord(payload))
    case .tick: self = .tick
    case .clock: self = .clock(try IngestClock(payload: payload))
    case .identityRules: self = .identityRules(try IdentityRulesRecord(payload))
    case .identityCorrection: self = .identityCorrection(try IdentityCorrection(payload))
    case .trackingPlan: self = .trackingPlan(try TrackingPlanRecord(payload))
    case .redrive: self = .redrive(try RedriveRecord(payload))
    case .destination: self = .destination(try DestinationRecord(payload))
    case .delivery: self = .delivery(try DeliveryRecord(payload))
    case .erasure: self = .erasure(try ErasureRecord(payload))
    case .erased: self = .erased(try ErasureReceipt(payload))
    case .blank: self = .blank
    case .quarantineDrop: self = .quarantineDrop(try QuarantineDropRecord(payload))
    case .accessKey: self = .accessKey(try AccessKeyRecord(payload))
    }
  }

  /// Decodes a record.
  ///
  /// - Throws: `.newerFormat` for a kind that this version does not know, `.corrupt` for a payload that does
  ///   not decode.
  @_lifetime(copy record)
  package init(_ record: borrowing RecordView) throws(StoreError) {
    guard let kind = RecordKind(rawValue: record.kind) else {
      throw StoreError(
        .newerFormat,
        "record \(record.sequence.value) is of kind \(record.kind), which this version does not "
          + "know; open the store with the version that wrote it")
    }
    do throws(DecodeError) { try self.init(kind, record.payload) } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
  }

  /// The kind of the record that it is.
  var kind: RecordKind {
    switch self {
    case .event: .event
    case .quarantined: .quarantined
    case .definitions: .definitions
    case .source: .source
    case .tick: .tick
    case .clock: .clock
    case .identityRules: .identityRules
    case .identityCorrection: .identityCorrection
    case .trackingPlan: .trackingPlan
    case .redrive: .redrive
    case .destination: .destination
    case .delivery: .delivery
    case .erasure: .erasure
    case .erased: .erased
    case .blank: .blank
    case .quarantineDrop: .quarantineDrop
    case .accessKey: .accessKey
    }
  }

  /// The payload of the record that it is; a copy, also of an event.
  func encode() -> [UInt8] {
    switch self {
    case .event(let event): event.payload.toArray()
    case .quarantined(let line): line.encode()
    case .definitions(let record): record.encode()
    case .source(let source): source.encode()
    case .clock(let clock): clock.encode()
    case .identityRules(let record): record.encode()
    case .identityCorrection(let correction): correction.encode()
    case .trackingPlan(let plan): plan.encode()
    case .redrive(let redrive): redrive.encode()
    case .destination(let record): record.encode()
    case .delivery(let record): record.encode()
    case .erasure(let record): record.encode()
    case .erased(let receipt): receipt.encode()
    case .quarantineDrop(let drop): drop.encode()
    case .accessKey(let record): record.encode()
    case .tick, .blank: []
    }
  }
}
