// The shapes of one block, found by what they are.

import Bytes

/// Shapes, numbered from 1 in the order in which they came.
///
/// Bounded, so that senders, who choose what is a key, can neither make it grow nor make a lookup long: it passes no
/// more than all shapes of a block.
struct PackedShapes: ~Copyable {
  private struct Entry {
    var hash: UInt64
    var range: Range<Int>
  }

  private static let slotCount = 2 * PackedLayout.shapesMax
  /// Each shape after its length.
  private var bytes = PayloadCursor(capacity: 4 << 10)
  private var entries: [Entry] = []
  /// Numbers by their hashes, 0 for none.
  private let slots = UnsafeMutablePointer<UInt16>.allocate(capacity: Self.slotCount)

  init() { slots.initialize(repeating: 0, count: Self.slotCount) }

  deinit {
    bytes.memory.deallocate()
    slots.deallocate()
  }

  mutating func removeAll() {
    bytes.count = 0
    entries.removeAll(keepingCapacity: true)
    slots.update(repeating: 0, count: Self.slotCount)
  }

  /// The number of a shape, which is added if it is new and takes no more than `room`; nil if not.
  mutating func number(
    of shape: RawSpan, room: Int
  ) -> (number: UInt32, newByteCount: Int)? {
    let hash = Checksum.of(shape)
    let mask = Self.slotCount - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    // Ends because half of the slots are empty.
    while slots[slot] != 0 {
      let entry = entries[Int(slots[slot]) - 1]
      if entry.hash == hash, entry.range.count == shape.byteCount,
        RawSpan(_unsafeStart: bytes.memory + entry.range.lowerBound, byteCount: entry.range.count)
          .elementsEqual(shape)
      {
        return room >= 0 ? (UInt32(slots[slot]), 0) : nil
      }
      slot = (slot + 1) & mask
    }
    let count = PayloadCursor.varintByteCount(shape.byteCount) + shape.byteCount
    guard count <= room, entries.count < PackedLayout.shapesMax else { return nil }
    bytes.putVarint(UInt64(shape.byteCount))
    let start = bytes.count
    bytes.put(shape)
    entries.append(Entry(hash: hash, range: start..<bytes.count))
    slots[slot] = UInt16(entries.count)
    return (UInt32(entries.count), count)
  }

  func write(to out: inout FlatBuffer<UInt8>) {
    out.append(RawSpan(_unsafeStart: bytes.memory, byteCount: bytes.count))
  }
}
