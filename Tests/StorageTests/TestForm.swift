// A form of payloads that is simple enough to see through: those of one length share it.

import Bytes
import Storage

/// Payloads of at least eight bytes by their length: the first byte of those of odd length is loose, the others are
/// values, which a search for bytes finds.
struct TestForm: PayloadForm {
  func packer() -> any PayloadPacker { TestPacker() }

  func unpack(_ parts: PackedParts, into payload: inout [UInt8]) throws(DecodeError) -> Int {
    var reader = ByteReader(parts.shape)
    let count = Int(try reader.varint32())
    try reader.expectEnd()
    guard parts.loose.byteCount == count % 2, parts.values.byteCount == count - count % 2 else {
      throw DecodeError(.invalidValue, at: 0)
    }
    payload = parts.loose.toArray() + parts.values.toArray() + [0xEE]
    return count
  }
}

private final class TestPacker: PayloadPacker {
  private var shapes: [Int] = []
  private var values = ByteWriter()
  private var loose = ByteWriter()

  func begin() { (shapes, values, loose) = ([], ByteWriter(), ByteWriter()) }

  func pack(
    _ kind: UInt8, _ payload: RawSpan, draft: RawSpan, receivedAt: Timestamp
  ) -> PackedPayload? {
    let count = payload.byteCount
    guard kind != 3, count >= 8 else { return nil }
    let isNew = !shapes.contains(count)
    if isNew { shapes.append(count) }
    let start = values.count
    loose.append(payload.extracting(0..<(count % 2)))
    values.append(payload.extracting((count % 2)..<count))
    return PackedPayload(
      shape: UInt32((shapes.firstIndex(of: count) ?? 0) + 1), values: start..<values.count,
      looseCount: count % 2, newShapeCount: isNew ? 3 : 0)
  }

  func writeValues(of packed: PackedPayload, to out: inout FlatBuffer<UInt8>) {
    out.append(Array(values.bytes[packed.values]))
  }

  func writeLoose(to out: inout FlatBuffer<UInt8>) { out.append(loose.bytes) }

  func writeShapes(to out: inout FlatBuffer<UInt8>) {
    for count in shapes {
      var shape = ByteWriter()
      shape.varint(UInt64(count))
      out.lengthPrefixed(shape.bytes)
    }
  }
}

extension StorageOptions {
  /// The same options with payloads packed.
  var packing: StorageOptions {
    var options = self
    options.payloadForm = TestForm()
    return options
  }
}
