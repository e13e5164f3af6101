// One layer of a table in memory: a flat open-addressing hash table over keys whose values live in
// an arena. Mutable while its table writes to it, frozen once a snapshot shares it.

import Bytes
import CLZ4
import Glibc

/// A key and where its bytes are.
///
/// Values of up to eight bytes lie in `word` itself.
struct MemtableSlot: BitwiseCopyable {
  var key: TableKey
  /// The value's bytes (class 0) or the address of the piece that holds them.
  var word: UInt64
  var count: UInt32
  var sizeClass: UInt8
  var state: EntryState
  /// Keeps a slot at 32 bytes, so that two share a cache line and none straddles one.
  var reserved: UInt16 = 0
}

/// Entries of one layer of a table, newest layer first in a lookup.
///
/// The home of a key is given by the upper bits of its order hash, so a walk over the slots meets
/// entries almost in the order that a run file wants.
///
/// Changed by one table; shared by snapshots once it is frozen.
final class Memtable: @unchecked Sendable {
  // Safe because a memtable changes only while its table alone refers to it: a table stops writing to
  // a memtable when a snapshot takes a reference, and writes again only after
  // `isKnownUniquelyReferenced` said that every snapshot is gone.

  /// The largest value in bytes.
  static let valueBytesMax = 1 << 29

  // Only its table changes it, which sees to it that nobody else looks meanwhile (`Table.borrows`).
  @exclusivity(unchecked) private(set) var slots: UnsafeMutablePointer<MemtableSlot>
  @exclusivity(unchecked) private(set) var capacity: Int
  @exclusivity(unchecked) private var shift: UInt64
  /// Entries, tombstones included.
  @exclusivity(unchecked) private(set) var count = 0
  /// The bytes of all values.
  @exclusivity(unchecked) private(set) var valueBytes = 0
  @exclusivity(unchecked) private var arena = Arena()

  /// Makes an empty layer with room for `minimumCount` entries.
  init(minimumCount: Int = 0) {
    capacity = Self.capacity(for: minimumCount)
    shift = UInt64(64 - capacity.trailingZeroBitCount)
    slots = Self.allocateSlots(capacity)
  }

  deinit {
    if arena.largeCount > 0 {
      for index in 0..<capacity where slots[index].sizeClass >= SizeClass.firstLarge {
        arena.release(Self.piece(slots[index]), slots[index].sizeClass)
      }
    }
    Self.free(slots, capacity)
  }

  /// Anonymous memory held, in bytes.
  var memoryBytes: Int { capacity * MemoryLayout<MemtableSlot>.stride + arena.memoryBytes }

  // MARK: Lookup

  /// The slot of `key`, or nil.
  ///
  /// Complexity: O(1) expected.
  @inline(__always)
  func find(_ key: TableKey, _ hash: UInt64) -> UnsafeMutablePointer<MemtableSlot>? {
    let mask = capacity &- 1
    var index = Int(truncatingIfNeeded: hash &>> shift)
    // Ends: a quarter of the slots is empty.
    while true {
      let slot = slots + index
      if slot.pointee.state == .empty { return nil }
      if slot.pointee.key == key { return slot }
      index = (index &+ 1) & mask
    }
  }

  /// The value's bytes; valid until the slot or the memtable changes.
  @inline(__always)
  static func bytes(_ slot: UnsafeMutablePointer<MemtableSlot>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: address(slot), count: Int(slot.pointee.count))
  }

  /// Where the value's bytes are.
  @inline(__always)
  static func address(_ slot: UnsafeMutablePointer<MemtableSlot>) -> UnsafeMutableRawPointer {
    if slot.pointee.sizeClass == 0 { return UnsafeMutableRawPointer(slot) + wordOffset }
    return piece(slot.pointee)
  }

  private static let wordOffset = MemoryLayout<TableKey>.size

  private static func piece(_ slot: MemtableSlot) -> UnsafeMutableRawPointer {
    guard let piece = UnsafeMutableRawPointer(bitPattern: UInt(slot.word)) else {
      preconditionFailure("a slot above class 0 holds the address of a piece")
    }
    return piece
  }

  /// Brings the home of a key into the cache.
  @inline(__always)
  func touch(_ hash: UInt64) { cairn_prefetch(slots + Int(truncatingIfNeeded: hash &>> shift)) }

  // MARK: Writing

  /// The slot of `key`, made empty (count 0, state `.empty`) if there was none.
  ///
  /// The caller must set its state. Complexity: O(1) amortised and expected.
  func findOrInsert(_ key: TableKey, _ hash: UInt64) -> UnsafeMutablePointer<MemtableSlot> {
    let mask = capacity &- 1
    var index = Int(truncatingIfNeeded: hash &>> shift)
    while slots[index].state != .empty {
      if slots[index].key == key { return slots + index }
      index = (index &+ 1) & mask
    }
    var slot = slots + index
    if (count + 1) * 4 > capacity * 3 {
      // Small tables grow fast, for each event comes by here.
      resize(to: capacity * (capacity < Self.fastGrowthMax ? 4 : 2))
      slot = firstEmpty(from: hash)
    }
    count += 1
    slot.initialize(
      to: MemtableSlot(key: key, word: 0, count: 0, sizeClass: 0, state: .empty))
    return slot
  }

  /// Up to how many slots, two mebibytes of them, a table grows fourfold.
  private static let fastGrowthMax = 1 << 16

  /// Makes `bytes` the whole content of `slot`.
  func replace(
    _ slot: UnsafeMutablePointer<MemtableSlot>, _ state: EntryState, _ bytes: UnsafeRawBufferPointer
  ) {
    if slot.pointee.sizeClass == 0, bytes.count <= SizeClass.inlineBytes {
      // Hot: most values of hashed tables.
      valueBytes += bytes.count - Int(slot.pointee.count)
      slot.pointee.word = ShortValue(bytes).word.littleEndian
      slot.pointee.count = UInt32(bytes.count)
      slot.pointee.state = state
      return
    }
    valueBytes -= Int(slot.pointee.count)
    slot.pointee.count = 0
    valueBytes += bytes.count
    let wanted = Self.sizeClass(for: bytes.count)
    // A piece far too large for the new value is given back.
    if wanted > slot.pointee.sizeClass || Int(wanted) + 8 < Int(slot.pointee.sizeClass) {
      move(slot, to: wanted)
    }
    if let start = bytes.baseAddress {
      Self.address(slot).copyMemory(from: start, byteCount: bytes.count)
    }
    slot.pointee.count = UInt32(bytes.count)
    slot.pointee.state = state
  }

  /// Adds `bytes` at the end of the value of `slot`.
  func append(_ slot: UnsafeMutablePointer<MemtableSlot>, _ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    let old = Int(slot.pointee.count)
    resize(slot, to: old + bytes.count)
    (Self.address(slot) + old).copyMemory(from: start, byteCount: bytes.count)
  }

  /// Changes the number of bytes of `slot`; bytes beyond the old count are uninitialised.
  ///
  /// Complexity: O(1) amortised, as capacity at least doubles when it grows.
  func resize(_ slot: UnsafeMutablePointer<MemtableSlot>, to newCount: Int) {
    let present = SizeClass.bytes(slot.pointee.sizeClass)
    if newCount > present {
      // What is large grows without being copied.
      // What grows beyond its slot does so again.
      let room =
        present >= Self.largeBytes ? present + present / 4 : max(2 * present, Self.growingBytes)
      move(slot, to: Self.sizeClass(for: max(newCount, min(room, Self.valueBytesMax))))
    }
    valueBytes += newCount - Int(slot.pointee.count)
    slot.pointee.count = UInt32(newCount)
  }

  /// Takes all entries of `newer`, which come after this layer's own.
  func absorb(_ newer: Memtable) {
    reserve(count + newer.count)
    for index in 0..<newer.capacity where newer.slots[index].state != .empty {
      let source = newer.slots + index
      let slot = findOrInsert(source.pointee.key, source.pointee.key.orderHash)
      let older = slot.pointee.state
      if source.pointee.state == .fragment, older != .empty {
        append(slot, Self.bytes(source))
        slot.pointee.state = older == .fragment ? .fragment : .base
      } else {
        replace(slot, source.pointee.state, Self.bytes(source))
      }
    }
  }

  /// The slots of all entries in the order of run files.
  ///
  /// Complexity: O(n): slots are already ordered except for neighbours displaced by probing.
  func sortedSlots() -> [UInt32] {
    var order: [UInt32] = []
    order.reserveCapacity(count)
    var wrapped: [UInt32] = []
    for index in 0..<capacity where slots[index].state != .empty {
      let home = Int(truncatingIfNeeded: slots[index].key.orderHash &>> shift)
      if home > index { wrapped.append(UInt32(index)) } else { order.append(UInt32(index)) }
    }
    order.append(contentsOf: wrapped)
    order.withUnsafeMutableBufferPointer { order in
      for index in 1..<max(1, order.count) {
        let moving = order[index]
        var place = index
        while place > 0, precedes(moving, order[place - 1]) {
          order[place] = order[place - 1]
          place -= 1
        }
        order[place] = moving
      }
    }
    return order
  }

  private func precedes(_ a: UInt32, _ b: UInt32) -> Bool {
    OrderedKey(slots[Int(a)].key).precedes(OrderedKey(slots[Int(b)].key))
  }

  // MARK: Memory

  /// The room for a value that grows for the first time.
  private static let growingBytes = 32
  /// From this size on, values take a quarter more room when they grow, not twice as much.
  private static let largeBytes = 1 << 20

  private static func sizeClass(for byteCount: Int) -> UInt8 {
    precondition(byteCount <= valueBytesMax, "a table's value is longer than 512 MiB")
    return SizeClass.of(byteCount)
  }

  /// Moves the value of `slot` to a piece of another class.
  private func move(_ slot: UnsafeMutablePointer<MemtableSlot>, to sizeClass: UInt8) {
    let oldClass = slot.pointee.sizeClass
    if sizeClass == oldClass { return }
    let from = Self.address(slot)
    let length = Int(slot.pointee.count)
    if sizeClass == 0 {
      var word: UInt64 = 0
      withUnsafeMutableBytes(of: &word) {
        $0.baseAddress?.copyMemory(from: from, byteCount: length)
      }
      slot.pointee.word = word
    } else if min(oldClass, sizeClass) >= SizeClass.firstLarge {
      let to = arena.resize(from, oldClass, to: sizeClass)
      slot.pointee.word = UInt64(UInt(bitPattern: to))
      return slot.pointee.sizeClass = sizeClass
    } else {
      let to = arena.allocate(sizeClass)
      to.copyMemory(from: from, byteCount: length)
      slot.pointee.word = UInt64(UInt(bitPattern: to))
    }
    slot.pointee.sizeClass = sizeClass
    if oldClass != 0 { arena.release(from, oldClass) }
  }

  private func firstEmpty(from hash: UInt64) -> UnsafeMutablePointer<MemtableSlot> {
    let mask = capacity - 1
    var index = Int(truncatingIfNeeded: hash &>> shift)
    while slots[index].state != .empty { index = (index + 1) & mask }
    return slots + index
  }

  /// Makes room for `minimumCount` entries at once.
  ///
  /// Needed before entries are inserted in order of their hash: a table that doubles under ordered
  /// insertion piles them up in one place.
  private func reserve(_ minimumCount: Int) {
    let wanted = Self.capacity(for: minimumCount)
    if wanted > capacity { resize(to: wanted) }
  }

  private func resize(to newCapacity: Int) {
    let (old, oldCapacity) = (slots, capacity)
    slots = Self.allocateSlots(newCapacity)
    capacity = newCapacity
    shift = UInt64(64 - newCapacity.trailingZeroBitCount)
    for index in 0..<oldCapacity where old[index].state != .empty {
      firstEmpty(from: old[index].key.orderHash).initialize(to: old[index])
    }
    Self.free(old, oldCapacity)
  }

  private static func capacity(for count: Int) -> Int {
    var capacity = 16
    while count * 4 > capacity * 3 { capacity *= 2 }
    return capacity
  }

  /// Slots that are all empty, which is what zeroed memory says.
  private static func allocateSlots(_ capacity: Int) -> UnsafeMutablePointer<MemtableSlot> {
    ZeroedMemory.allocate(capacity * MemoryLayout<MemtableSlot>.stride)
      .bindMemory(to: MemtableSlot.self, capacity: capacity)
  }

  private static func free(_ slots: UnsafeMutablePointer<MemtableSlot>, _ capacity: Int) {
    ZeroedMemory.free(slots, capacity * MemoryLayout<MemtableSlot>.stride)
  }
}
