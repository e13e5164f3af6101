// A flat hash table from a node and the key after it to the next node, for the keys that are not the ones that
// came at their place last.

/// Successors of nodes.
struct ShapeIndex {
  private struct Slot {
    var node: UInt32
    var symbol: UInt32
    var next: UInt32  // 0: the slot is empty
  }

  private var slots = Self.emptySlots(256)
  private var count = 0
  /// A secret: senders choose what is a key, and must not choose which of them collide.
  private let salt: UInt64

  init(salt: UInt64) { self.salt = salt }

  private static func emptySlots(_ count: Int) -> [Slot] {
    [Slot](repeating: Slot(node: 0, symbol: 0, next: 0), count: count)
  }

  mutating func removeAll() {
    slots = Self.emptySlots(256)
    count = 0
  }

  /// Source: the finaliser of MurmurHash3, with the salt before and between its steps.
  @inline(__always)
  private func hash(_ node: UInt32, _ symbol: UInt32) -> Int {
    var key = (UInt64(node) << 32 | UInt64(symbol)) ^ salt
    key = (key ^ key >> 33) &* 0xFF51_AFD7_ED55_8CCD
    key = (key ^ key >> 33 ^ salt) &* 0xC4CE_B9FE_1A85_EC53
    return Int(truncatingIfNeeded: (key ^ key >> 33) >> 1)
  }

  /// The node that follows another with a symbol; nil if there is none.
  ///
  /// Complexity: O(1) expected.
  func find(_ node: UInt32, _ symbol: UInt32) -> UInt32? {
    let mask = slots.count - 1
    var place = hash(node, symbol) & mask
    // Ends because at least a quarter of the slots is empty.
    while slots[place].next != 0 {
      if slots[place].node == node, slots[place].symbol == symbol { return slots[place].next }
      place = (place &+ 1) & mask
    }
    return nil
  }

  /// Adds a successor that is not in the table.
  mutating func add(_ node: UInt32, _ symbol: UInt32, _ next: UInt32) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    place(Slot(node: node, symbol: symbol, next: next))
    count += 1
  }

  private mutating func place(_ slot: Slot) {
    let mask = slots.count - 1
    var index = hash(slot.node, slot.symbol) & mask
    while slots[index].next != 0 { index = (index &+ 1) & mask }
    slots[index] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = Self.emptySlots(old.count * 2)
    for slot in old where slot.next != 0 { place(slot) }
  }
}
