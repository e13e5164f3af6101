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
  /// The shapes of drafts that came before.
  private var drafts = DraftShapes()
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
    drafts.begin()
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
    shape.count = 0
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
    shape.count = walked.shape - shape.memory
    let text = RawSpan(_unsafeStart: shape.memory, byteCount: shape.count)
    let room = count + excessMax - valueRange.count - looseCount
    guard let found = shapes.number(of: text, room: room) else { return nil }
    values.count = valueRange.upperBound
    loose.count += looseCount
    return Packed(
      shape: found.number, values: valueRange, looseCount: looseCount,
      newShapeCount: found.newByteCount)
  }

  /// As above, of an event of which there is a draft (`EventBatch.draftAndPayload`), or an empty span for none.
  ///
  /// - Complexity: O(bytes), but what is looked at is little unless the shape is new.
  public mutating func pack(
    _ payload: RawSpan, draft: RawSpan, receivedAt: Timestamp, excessMax: Int
  ) -> Packed? {
    guard draft.byteCount > DraftLayout.headerByteCount else {
      return pack(payload, receivedAt: receivedAt, excessMax: excessMax)
    }
    let key = DraftShapes.Key(draft)
    guard let known = drafts.find(key) else {
      let packed = pack(payload, receivedAt: receivedAt, excessMax: excessMax)
      if packed != nil {
        drafts.add(key, RawSpan(_unsafeStart: shape.memory, byteCount: shape.count))
      }
      return packed
    }
    guard let copied = copy(draft, payload, receivedAt) else { return nil }
    let room = payload.byteCount + excessMax - copied.values.count - copied.looseCount
    guard let found = drafts.number(of: known, in: &shapes, room: room) else { return nil }
    assert(
      isPacked(payload, drafts.text(of: known), copied.values, copied.looseCount, receivedAt),
      "a draft of another event")
    values.count = copied.values.upperBound
    loose.count += copied.looseCount
    return Packed(
      shape: found.number, values: copied.values, looseCount: copied.looseCount,
      newShapeCount: found.newByteCount)
  }

  /// Copies what a draft holds after what there is; nil if the times of the payload are not as the draft says.
  @inline(__always)
  private mutating func copy(
    _ draft: RawSpan, _ payload: RawSpan, _ receivedAt: Timestamp
  ) -> (values: Range<Int>, looseCount: Int)? {
    let memberCount = Int(draft.load(at: DraftLayout.memberCountOffset, as: UInt32.self))
    let headCount = Int(draft.load(at: DraftLayout.headCountOffset, as: UInt32.self))
    let looseCount = Int(draft.load(at: DraftLayout.looseCountOffset, as: UInt32.self))
    let timesStart = Int(draft.load(at: DraftLayout.timesOffset, as: UInt32.self))
    precondition(
      draft.byteCount == DraftLayout.headerByteCount + memberCount + headCount + looseCount
        && timesStart < payload.byteCount, "not a draft")
    values.reserve(payload.byteCount + memberCount + headCount + PackedWalk.slack)
    loose.reserve(looseCount + PackedWalk.slack)
    let start = values.count
    let end: UnsafeMutableRawPointer? = draft.withUnsafeBytes { draft in
      payload.withUnsafeBytes { payload in
        guard let from = draft.baseAddress, let times = payload.baseAddress else { return nil }
        let members = from + DraftLayout.headerByteCount
        let head = members + memberCount
        (loose.memory + loose.count).copyMemory(from: head + headCount, byteCount: looseCount)
        (values.memory + start).copyMemory(from: head, byteCount: headCount)
        let presence = from.load(fromByteOffset: DraftLayout.presenceOffset, as: UInt8.self)
        var end = values.memory + (start + headCount)
        if let after = Self.putTimes(of: from, presence, receivedAt, to: end) {
          end = after
        } else {
          let walked = PackedWalk(
            times + timesStart, payload.count - timesStart, receivedAt, values: end,
            loose: loose.memory, shape: shape.memory
          ).packedTimes(presence)
          guard let walked else { return nil }
          end = walked.values
        }
        end.copyMemory(from: members, byteCount: memberCount)
        return end + memberCount
      }
    }
    guard let end else { return nil }
    return (start..<(end - values.memory), looseCount)
  }

  /// Writes the times of a draft, as `PackedWalk` does those of a payload; nil if they are to be read there.
  @inline(__always)
  private static func putTimes(
    of draft: UnsafeRawPointer, _ presence: UInt8, _ receivedAt: Timestamp,
    to values: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer? {
    var out = values
    for place in 0..<(PackedLayout.headerValues - PackedLayout.firstTime) {
      let bit = PackedLayout.firstValue << UInt8(PackedLayout.firstTime + place)
      guard presence & bit != 0 else { continue }
      // A draft lies anywhere in a batch.
      let instant = draft.loadUnaligned(
        fromByteOffset: DraftLayout.instantsOffset + 8 * place, as: Int64.self)
      guard instant != DraftLayout.noTime else { return nil }
      let difference = instant &- receivedAt.milliseconds
      let stored = UInt64(bitPattern: instant << 1 ^ instant >> 63)
      let packed = UInt64(bitPattern: difference << 1 ^ difference >> 63)
      let isShorter =
        PayloadCursor.varintByteCount(packed) < PayloadCursor.varintByteCount(stored)
      out = PackedWalk.put(
        isShorter ? packed : stored,
        tag: isShorter ? PackedLayout.sinceReceipt : ValueTag.milliseconds, to: out)
    }
    return out
  }

  /// Whether a payload comes back from parts that lie after what there is.
  private func isPacked(
    _ payload: RawSpan, _ shape: RawSpan, _ range: Range<Int>, _ looseCount: Int,
    _ receivedAt: Timestamp
  ) -> Bool {
    var unpacked: [UInt8] = []
    let count = try? PackedEvent.unpack(
      shape: shape,
      values: RawSpan(_unsafeStart: values.memory + range.lowerBound, byteCount: range.count),
      loose: RawSpan(_unsafeStart: loose.memory + loose.count, byteCount: looseCount),
      receivedAt: receivedAt, into: &unpacked)
    guard count == payload.byteCount else { return false }
    return payload.elementsEqual(unpacked.span.bytes.extracting(0..<payload.byteCount))
  }

  /// Writes the values of an event of this block.
  public func writeValues(_ range: Range<Int>, to out: inout FlatBuffer<UInt8>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= values.count, "of another block")
    out.append(RawSpan(_unsafeStart: values.memory + range.lowerBound, byteCount: range.count))
  }

  /// Writes the loose bytes of all events of this block.
  public func writeLoose(to out: inout FlatBuffer<UInt8>) {
    out.append(RawSpan(_unsafeStart: loose.memory, byteCount: loose.count))
  }

  /// Writes the shapes of this block, each as a varint length and bytes.
  public func writeShapes(to out: inout FlatBuffer<UInt8>) { shapes.write(to: &out) }
}
