// A flat hash table from names to symbols: the core of each worker's cache of the store-wide table.
// Open addressing over two arrays, because a Dictionary of strings costs
// twenty times as much a lookup (and a name is looked up for every key of every event).

import Bytes

/// A map from names to symbols that keeps its own copy of the names.
///
/// The names come from strangers, so the hash must be keyed or the table bounded by its owner.
struct NameIndex: Sendable {
  private struct Slot {
    var hash: UInt64
    var symbol: UInt32  // 0: the slot is empty
    var length: UInt32
    var start: Int
  }

  private var slots: [Slot]
  private var names: [UInt8] = []
  private(set) var count = 0

  init() {
    slots = Self.emptySlots(64)
  }

  private static func emptySlots(_ count: Int) -> [Slot] {
    [Slot](repeating: Slot(hash: 0, symbol: 0, length: 0, start: 0), count: count)
  }

  /// The bytes of all names together.
  var nameByteCount: Int { names.count }

  /// Finds the symbol of a name whose hash is `hash`.
  ///
  /// Complexity: O(1) expected plus O(length of the name).
  func find(_ name: RawSpan, hash: UInt64) -> Symbol? {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    // Ends because at least a quarter of the slots is empty.
    while true {
      let slot = slots[index]
      if slot.symbol == 0 { return nil }
      if slot.hash == hash, Int(slot.length) == name.byteCount,
        names.span.bytes.extracting(slot.start..<(slot.start + name.byteCount)).elementsEqual(name)
      {
        return Symbol(slot.symbol)
      }
      index = (index &+ 1) & mask
    }
  }

  /// Adds a name that is not in the index.
  mutating func add(_ name: RawSpan, hash: UInt64, symbol: Symbol) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    let start = names.count
    names.append(name)
    place(
      Slot(hash: hash, symbol: symbol.value, length: UInt32(name.byteCount), start: start))
    count += 1
  }

  private mutating func place(_ slot: Slot) {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: slot.hash) & mask
    while slots[index].symbol != 0 { index = (index &+ 1) & mask }
    slots[index] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = Self.emptySlots(old.count * 2)
    for slot in old where slot.symbol != 0 { place(slot) }
  }
}
