// A flat hash table of numbers by the hashes of what they stand for, for an owner that keeps the things itself:
// names of symbols, nodes of structures. (`NameIndex` keeps names next to its slots instead.)

/// Numbers from 1 by hash.
///
/// What is hashed comes from strangers, so the hash must be keyed.
struct NumberSlots: Sendable {
  private struct Slot {
    var hash: UInt64
    var number: UInt32  // 0: the slot is empty
  }

  private var slots = Self.emptySlots(64)
  private(set) var count = 0

  private static func emptySlots(_ count: Int) -> [Slot] {
    [Slot](repeating: Slot(hash: 0, number: 0), count: count)
  }

  /// The first number under `hash` that is the one sought.
  ///
  /// Complexity: O(1) expected calls of `isSought`.
  func find(hash: UInt64, where isSought: (UInt32) -> Bool) -> UInt32? {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    // Ends because at least a quarter of the slots is empty.
    while slots[index].number != 0 {
      let number = slots[index].number
      if slots[index].hash == hash, isSought(number) { return number }
      index = (index &+ 1) & mask
    }
    return nil
  }

  /// Empties the table.
  mutating func removeAll() {
    slots = Self.emptySlots(64)
    count = 0
  }

  /// Adds a number that is not in the table.
  mutating func add(_ number: UInt32, hash: UInt64) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    place(Slot(hash: hash, number: number))
    count += 1
  }

  private mutating func place(_ slot: Slot) {
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: slot.hash) & mask
    while slots[index].number != 0 { index = (index &+ 1) & mask }
    slots[index] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = Self.emptySlots(old.count * 2)
    for slot in old where slot.number != 0 { place(slot) }
  }
}
