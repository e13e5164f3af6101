// The payloads of events in the log: packed, a block at a time. All other records are stored as they are.

import Bytes
import Events
import Storage

/// How payloads are packed in the log of every store.
struct EventForm: PayloadForm {
  func packer() -> any PayloadPacker { EventFormPacker() }

  func unpack(_ parts: PackedParts, into payload: inout [UInt8]) throws(DecodeError) -> Int {
    try PackedEvent.unpack(
      shape: parts.shape, values: parts.values, loose: parts.loose,
      receivedAt: parts.receivedAt, into: &payload)
  }
}

/// Packs the events of one block after the other.
private final class EventFormPacker: PayloadPacker {
  // One encoder has it, and nothing that it calls leads back here.
  @exclusivity(unchecked) private var packer = EventPacker()

  func begin() { packer.begin() }

  func pack(
    _ kind: UInt8, _ payload: RawSpan, draft: RawSpan, receivedAt: Timestamp
  ) -> PackedPayload? {
    guard kind == RecordKind.event.rawValue,
      let packed = packer.pack(
        payload, draft: draft, receivedAt: receivedAt, excessMax: PackedPayload.excessMax)
    else { return nil }
    return PackedPayload(
      shape: packed.shape, values: packed.values, looseCount: packed.looseCount,
      newShapeCount: packed.newShapeCount)
  }

  func writeValues(of packed: PackedPayload, to out: inout FlatBuffer<UInt8>) {
    packer.writeValues(packed.values, to: &out)
  }

  func writeLoose(to out: inout FlatBuffer<UInt8>) { packer.writeLoose(to: &out) }
  func writeShapes(to out: inout FlatBuffer<UInt8>) { packer.writeShapes(to: &out) }
}
