// Which shapes drafts have: their text is worked out once, from the payload that came first.

import Bytes

/// Shapes by what drafts say of them, kept from block to block.
///
/// Bounded: beyond `shapesMax` all are forgotten and found again.
struct DraftShapes: ~Copyable {
  /// What tells shapes apart: structure, name, summary, flags and presence.
  struct Key: Equatable {
    private let structure: UInt64
    private let rest: UInt64

    init(_ draft: RawSpan) {
      structure = draft.load(at: 0, as: UInt64.self)
      rest = draft.load(at: DraftLayout.nameOffset, as: UInt64.self)
    }

    /// All parts are numbers that were given out one by one, so that nobody can choose which collide.
    @inline(__always)
    var hash: UInt64 {
      let mixed = (structure ^ rest &* 0x9E37_79B9_7F4A_7C15) &* 0xFF51_AFD7_ED55_8CCD
      return mixed ^ mixed &>> 32
    }
  }

  private struct Entry {
    var key: Key
    /// Where its text lies.
    var text: Range<Int>
    /// The last block that has it, and its number there.
    var block: UInt64
    var number: UInt32
  }

  private static let shapesMax = 4096
  private var entries: [Entry] = []
  private var index = NumberSlots()
  private var texts = PayloadCursor(capacity: 4 << 10)
  private var block: UInt64 = 0

  init() {}

  deinit { texts.memory.deallocate() }

  /// Begins a block, which has no shapes.
  mutating func begin() { block += 1 }

  /// What stands for a shape until the next call of `add`; nil for one that is not known.
  func find(_ key: Key) -> Int? {
    index.find(hash: key.hash) { entries[Int($0) - 1].key == key }.map { Int($0) - 1 }
  }

  /// Adds a shape that is not known.
  mutating func add(_ key: Key, _ text: RawSpan) {
    if entries.count >= Self.shapesMax {
      entries.removeAll(keepingCapacity: true)
      index.removeAll()
      texts.count = 0
    }
    let start = texts.count
    texts.put(text)
    entries.append(Entry(key: key, text: start..<texts.count, block: 0, number: 0))
    index.add(UInt32(entries.count), hash: key.hash)
  }

  /// The text of a shape.
  @_lifetime(borrow self)
  func text(of shape: Int) -> RawSpan {
    let range = entries[shape].text
    let text = RawSpan(_unsafeStart: texts.memory + range.lowerBound, byteCount: range.count)
    return _overrideLifetime(text, borrowing: self)
  }

  /// The number of a shape in the block; as `PackedShapes.number(of:room:)`.
  mutating func number(
    of shape: Int, in shapes: inout PackedShapes, room: Int
  ) -> (number: UInt32, newByteCount: Int)? {
    if entries[shape].block == block {
      return room >= 0 ? (entries[shape].number, 0) : nil
    }
    guard let found = shapes.number(of: text(of: shape), room: room) else { return nil }
    (entries[shape].block, entries[shape].number) = (block, found.number)
    return found
  }
}
