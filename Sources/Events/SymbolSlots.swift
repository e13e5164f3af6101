// A flat hash table of symbols by the hashes of their names, for an owner that keeps the names itself.
// (`NameIndex` keeps them beside the slots instead, which a worker's look-up of every key needs.)

import Bytes

/// Symbols by the hashes of their names.
struct SymbolSlots: Sendable {
  private struct Slot {
    var hash: UInt64
    var symbol: UInt32  // 0: the slot is empty
  }

  private var slots = Self.emptySlots(64)
  private(set) var count = 0

  private static func emptySlots(_ count: Int) -> [Slot] {
    [Slot](repeating: Slot(hash: 0, symbol: 0), count: count)
  }

  /// The first symbol under `hash` whose name is the one sought.
  ///
  /// Complexity: O(1) expected calls of `isSought`.
  func find(hash: UInt64, where isSought: (Symbol) -> Bool) -> Symbol? {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    // Ends because at least a quarter of the slots is empty.
    while slots[index].symbol != 0 {
      let symbol = Symbol(slots[index].symbol)
      if slots[index].hash == hash, isSought(symbol) { return symbol }
      index = (index &+ 1) & mask
    }
    return nil
  }

  /// Adds a symbol that is not in the table.
  mutating func add(_ symbol: Symbol, hash: UInt64) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    place(Slot(hash: hash, symbol: symbol.value))
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
