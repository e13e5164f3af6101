// What is recorded about deliveries: one kind of record, whose first byte says which of several things it is.

import Bytes

/// A record about deliveries.
///
/// Encoding: outcome u8 (1 lines appended, 2 handed out, 3 settled, 4 ordered by hand), then what each of them has.
package enum DeliveryInput: Equatable, Sendable {
  case appended(DeliveryRecord)
  case handedOut(HandOutRecord)
  case settled(SettlementRecord)
  case ordered(DeliveryOrderRecord)

  private static let handedOutByte: UInt8 = 2
  private static let settledByte: UInt8 = 3
  private static let orderedByte: UInt8 = 4

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    switch try reader.u8() {
    case Self.handedOutByte: self = .handedOut(try HandOutRecord(&reader))
    case Self.settledByte: self = .settled(try SettlementRecord(&reader))
    case Self.orderedByte: self = .ordered(try DeliveryOrderRecord(&reader))
    default:
      self = .appended(try DeliveryRecord(payload))
      return
    }
    try reader.expectEnd()
  }

  /// What was withheld from a destination, whose number comes first; nil for records that decide nothing of it.
  package var withheld: (number: UInt32, messages: [WithheldMessage])? {
    switch self {
    case .appended(let record): (record.number, record.withheld)
    case .handedOut(let record): (record.number, record.withheld)
    case .settled, .ordered: nil
    }
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .appended(let record): return record.encode()
    case .handedOut(let record):
      writer.u8(Self.handedOutByte)
      record.encode(into: &writer)
    case .settled(let record):
      writer.u8(Self.settledByte)
      record.encode(into: &writer)
    case .ordered(let record):
      writer.u8(Self.orderedByte)
      record.encode(into: &writer)
    }
    return writer.bytes
  }
}
