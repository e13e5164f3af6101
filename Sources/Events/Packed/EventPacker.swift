// Payloads to packed events, a block at a time: see `PackedLayout`. Every event of an ingest passes here once, on the
// thread that compresses.

import Bytes

/// Packs the events of one block after the other.
public struct EventPacker: ~Copyable {
  /// What became of an event.
  public struct Packed {
    /// The number of its shape in the block, from 1.
    public var shape: UInt32
    /// Where its values lie among those of the block.
    public var values: Range<Int>
    /// How many loose bytes it has.
    public var looseCount: Int
    /// How many bytes were added to the shapes of the block.
    public var newShapeCount: Int
  }

  private var values = PayloadCursor(capacity: 64 << 10)
  private var loose = PayloadCursor(capacity: 16 << 10)
  /// The shape of the event in hand.
  private var shape = PayloadCursor(capacity: 1 << 10)
  private var shapes = PackedShapes()
  /// Where the objects end that are open.
  private let ends = UnsafeMutablePointer<UnsafeRawPointer>.allocate(
    capacity: PackedLayout.depthMax)

  /// One without shapes.
  public init() {}

  deinit {
    values.memory.deallocate()
    loose.memory.deallocate()
    shape.memory.deallocate()
    ends.deallocate()
  }

  /// Forgets everything: a block begins.
  public mutating func begin() {
    (values.count, loose.count) = (0, 0)
    shapes.removeAll()
  }

  /// Packs the payload of an event; nil, with nothing changed, for one that is stored as it is.
  ///
  /// - Parameters:
  ///   - receivedAt: When its record was received.
  ///   - excessMax: By how many bytes the packed form, with a new shape, may exceed the payload.
  /// - Complexity: O(bytes).
  public mutating func pack(
    _ payload: RawSpan, receivedAt: Timestamp, excessMax: Int
  ) -> Packed? {
    let count = payload.byteCount
    guard count > EventHeader.eventStart, count <= PackedLayout.payloadBytesMax else { return nil }
    values.reserve(count + PackedWalk.slack)
    loose.reserve(count + PackedWalk.slack)
    shape.reserve(2 * count + PackedWalk.slack)
    let walked: PackedWalk? = payload.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return nil }
      return PackedWalk(
        start, count, receivedAt, values: values.memory + values.count,
        loose: loose.memory + loose.count, shape: shape.memory
      ).packed(ends)
    }
    guard let walked else { return nil }
    let valueRange = values.count..<(walked.values - values.memory)
    let looseCount = walked.loose - loose.memory - loose.count
    let text = RawSpan(_unsafeStart: shape.memory, byteCount: walked.shape - shape.memory)
    let room = count + excessMax - valueRange.count - looseCount
    guard let found = shapes.number(of: text, room: room) else { return nil }
    values.count = valueRange.upperBound
    loose.count += looseCount
    return Packed(
      shape: found.number, values: valueRange, looseCount: looseCount,
      newShapeCount: found.newByteCount)
  }

  /// Writes the values of an event of this block.
  public func writeValues(_ range: Range<Int>, to out: inout ByteWriter) {
    precondition(range.lowerBound >= 0 && range.upperBound <= values.count, "of another block")
    out.append(RawSpan(_unsafeStart: values.memory + range.lowerBound, byteCount: range.count))
  }

  /// Writes the loose bytes of all events of this block.
  public func writeLoose(to out: inout ByteWriter) {
    out.append(RawSpan(_unsafeStart: loose.memory, byteCount: loose.count))
  }

  /// Writes the shapes of this block, each as a varint length and bytes.
  public func writeShapes(to out: inout ByteWriter) { shapes.write(to: &out) }
}
