// The writer's handle on one derived table: a map from 16-byte keys to bytes, the newest part of
// which is in memory and changes in place. What the engine derives from the log (identifiers,
// profiles, cells, memberships, duplicates) lives in tables.

import Bytes
import CLZ4
import Synchronization

/// A map from 16-byte keys to bytes, larger than memory, for one writer and many snapshots.
///
/// Layers, oldest first: immutable sorted runs in mapped files, frozen memtables shared with
/// snapshots, one memtable that takes the writes. At most `runsMax` runs, so a lookup visits a
/// bounded number of layers. A table is derived from the log: after damage it is deleted and rebuilt.
///
/// Not `Sendable`; readers on other threads take a `snapshot()`. While the body of `read`,
/// `visit`, `forEach` or `mutate` runs, changing the same table or taking a snapshot of it is a
/// programmer error and traps.
///
/// Reading throws `StoreError` with code `.damagedIndex`, naming file and offset, when a page of a
/// run that it needs is damaged; nothing has changed then.
public final class Table {
  /// The most runs that a flush leaves behind.
  public static let runsMax = 8
  /// The largest value in bytes, 512 MiB; a longer one is a programmer error and traps.
  public static let valueBytesMax = Memtable.valueBytesMax

  /// The table's number within its store.
  public let id: UInt16
  /// How several writes to one key combine.
  public let kind: TableKind

  // Exclusive access is what `borrows` counts and every change asks for, so the language need not check
  // it a second time: each of a million events comes by here thirty times.
  @exclusivity(unchecked) var layers: LayerStack
  /// The memtable that takes writes: the newest of `layers`; nil while snapshots may share that one.
  ///
  /// `layers` keeps it alive. A counted reference would be counted up and down by each lookup.
  @exclusivity(unchecked) private var active: Unmanaged<Memtable>?
  /// Bodies running that hold bytes of this table.
  @exclusivity(unchecked) private(set) var borrows = 0
  /// The oldest memtables, which a flush that has begun is writing: they stay as they are until it has
  /// finished.
  var flushing = 0
  @exclusivity(unchecked) private var scratch: [UInt8] = []

  /// Makes a table over the runs it had at the last checkpoint, oldest first.
  public init(id: UInt16, kind: TableKind, runs: [Run] = []) {
    self.id = id
    self.kind = kind
    layers = LayerStack(runs: runs, memtables: [])
  }

  // MARK: Reading

  /// Calls `body` with the newest value of `key`; false if there is none.
  ///
  /// A value in one piece (always, for `.replace`) is not copied.
  ///
  /// Complexity: O(layers); hot and in memory about 100 ns. A run that lacks the key costs, except for
  /// one in a hundred, one page of its filter; one that has it two or three pages of its index and
  /// one block besides.
  public func read(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    borrows += 1
    defer { borrows -= 1 }
    // Most of what an ingest looks up is there.
    let slot = active?._withUnsafeGuaranteedRef { $0.find(key, key.orderHash) }
    if let slot = slot ?? nil, slot.pointee.state == .base {
      try body(Memtable.bytes(slot).bytes)
      return true
    }
    return try layers.read(key, body)
  }

  /// The newest value of a key of at most eight bytes; nil if the key is absent.
  ///
  /// Complexity: as `read`.
  public func shortValue(_ key: TableKey) throws(StoreError) -> ShortValue? {
    let hash = key.orderHash
    var memtables = layers.memtables.count
    if let active {
      if let slot = active._withUnsafeGuaranteedRef({ $0.find(key, hash) }) {
        if slot.pointee.state == .base { return ShortValue(Memtable.bytes(slot)) }
      } else {
        // It need not be asked again.
        memtables -= 1
      }
    }
    return try layers.shortValue(key, hash, memtables: memtables)
  }

  /// Calls `body` with each fragment of the value of `key`, oldest first, without copying.
  ///
  /// Complexity: as `read`, for each layer that has a fragment.
  public func visit(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    borrows += 1
    defer { borrows -= 1 }
    try layers.visit(key, key.orderHash, below: layers.count, body)
  }

  /// Calls `body` once for every key that has a value, with the joined value, in no useful order.
  ///
  /// Complexity: O(n) in all entries of all layers; reads every run once, front to back. Holds four
  /// bytes a key in memory.
  public func forEach(
    _ body: (TableKey, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    borrows += 1
    defer { borrows -= 1 }
    try layers.forEach(body)
  }

  /// Checks every page of every run that was not checked yet.
  ///
  /// Throws `.damagedIndex` for the first damage. Complexity: O(size of the files); reads them once.
  public func verify() throws(StoreError) {
    for run in layers.runs { try run.verify() }
  }

  /// The runs as the manifest should list them, oldest first.
  public var runs: [RunEntry] { layers.runs.map(\.entry) }

  /// Touches the memory that lookups of `keys` will need, so that their misses overlap.
  ///
  /// Damage is left to the lookup that meets it. Complexity: O(keys × layers).
  public func prefetch(_ keys: borrowing [TableKey]) { layers.prefetch(keys) }

  /// Reads four bytes of each value that the newest layers in memory hold, so that what they name can be
  /// fetched next; a hint, not an answer.
  ///
  /// - Parameters:
  ///   - offset: Where the four bytes begin; values that are too short are skipped.
  ///   - found: Holds what was read afterwards, in the order of the keys.
  /// - Complexity: O(keys).
  public func peek(_ keys: borrowing [TableKey], at offset: Int, into found: inout [UInt32]) {
    found.removeAll(keepingCapacity: true)
    guard let newest = layers.memtables.last else { return }
    // While a flush goes on, what it writes has most of what is looked for.
    let below =
      flushing > 0 && layers.memtables.count > flushing ? layers.memtables[flushing - 1] : nil
    for index in keys.indices {
      let hash = keys[index].orderHash
      guard let slot = newest.find(keys[index], hash) ?? below?.find(keys[index], hash) else {
        continue
      }
      let bytes = Memtable.bytes(slot)
      guard bytes.count >= offset + 4 else { continue }
      let value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      found.append(UInt32(littleEndian: value))
      // The rest of the value is read next; lines that are asked for together arrive together.
      let end = min(bytes.count, Self.peekBytes)
      guard end > 64, let start = bytes.baseAddress else { continue }
      for line in stride(from: 64, to: end, by: 64) { cairn_prefetch(start + line) }
    }
  }

  /// How much of a value `peek` brings into the cache.
  private static let peekBytes = 512

  /// Anonymous memory held by this table and its snapshots' shared layers, in bytes.
  ///
  /// Mapped runs are not counted, except for their bit per page.
  public var memoryBytes: Int {
    layers.memtables.reduce(0) { $0 + $1.memoryBytes }
      + layers.runs.reduce(0) { $0 + $1.memoryBytes }
  }

  // MARK: Writing

  /// Makes `value` the value of `key`.
  ///
  /// Complexity: O(1) expected and amortised; no I/O.
  public func put(_ key: TableKey, _ value: RawSpan) {
    writable()._withUnsafeGuaranteedRef { memtable in
      let slot = memtable.findOrInsert(key, key.orderHash)
      value.withUnsafeBytes { memtable.replace(slot, .base, $0) }
    }
  }

  /// Adds `value` to the end of the value of `key`.
  ///
  /// Complexity: for `.append` O(1) expected and amortised, without I/O, and no error; for `.replace`
  /// as `mutate`.
  public func append(_ key: TableKey, _ value: RawSpan) throws(StoreError) {
    guard kind == .append else {
      return try mutate(key) { (current) throws(StoreError) in current.append(value) }
    }
    let active = writable()
    // Asked once it is there.
    let isOnly = layers.count == 1
    active._withUnsafeGuaranteedRef { memtable in
      let slot = memtable.findOrInsert(key, key.orderHash)
      value.withUnsafeBytes { memtable.append(slot, $0) }
      if slot.pointee.state == .empty {
        slot.pointee.state = isOnly ? .base : .fragment
      } else if slot.pointee.state == .tombstone {
        slot.pointee.state = .base
      }
    }
  }

  /// Takes the value of `key` away, if there is one.
  ///
  /// Complexity: as `put`.
  public func remove(_ key: TableKey) {
    let memtable = writable().takeUnretainedValue()
    let slot = memtable.findOrInsert(key, key.orderHash)
    memtable.replace(slot, .tombstone, UnsafeRawBufferPointer(start: nil, count: 0))
  }

  /// Changes the value of `key` in place; an absent one begins empty and exists afterwards.
  ///
  /// The first touch after a snapshot or a flush copies the value up into memory. When `body`
  /// throws, what it changed before stays changed.
  ///
  /// Complexity: O(1) expected besides `body`; on first touch as `read`, plus the copy.
  public func change(
    _ key: TableKey, _ body: (inout MutableValue) throws(StoreError) -> Void
  ) throws(StoreError) {
    let memtable = writable().takeUnretainedValue()
    let hash = key.orderHash
    let slot: UnsafeMutablePointer<MemtableSlot>
    if let found = memtable.find(key, hash), found.pointee.state == .base {
      slot = found
    } else {
      slot = try copyUp(key, hash, memtable)
    }
    borrows += 1
    defer { borrows -= 1 }
    var value = MutableValue(slot, memtable)
    try body(&value)
  }

  /// Changes the value of `key` in place, as `change`, and returns the result of `body`.
  @inlinable
  public func mutate<R>(
    _ key: TableKey, _ body: (inout MutableValue) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    var result: R?
    try change(key) { (value) throws(StoreError) in result = try body(&value) }
    guard let result else { preconditionFailure("change calls its body once") }
    return result
  }

  /// Makes the whole value of `key` a base in the active memtable.
  private func copyUp(
    _ key: TableKey, _ hash: UInt64, _ memtable: Memtable
  ) throws(StoreError) -> UnsafeMutablePointer<MemtableSlot> {
    if kind == .replace {
      // In one piece, which is copied where it is to be.
      var slot: UnsafeMutablePointer<MemtableSlot>?
      try layers.visit(key, hash, below: layers.count) { span in
        let made = memtable.findOrInsert(key, hash)
        span.withUnsafeBytes { memtable.replace(made, .base, $0) }
        slot = made
      }
      if let slot { return slot }
    }
    // Gathered before a slot is made: an error in a run must leave no empty value behind.
    scratch.removeAll(keepingCapacity: true)
    try layers.visit(key, hash, below: layers.count) { span in
      span.withUnsafeBytes { scratch.append(contentsOf: $0) }
    }
    let slot = memtable.findOrInsert(key, hash)
    scratch.withUnsafeBytes { memtable.replace(slot, .base, $0) }
    return slot
  }

  /// The memtable that takes writes.
  @inline(__always)
  private func writable() -> Unmanaged<Memtable> {
    precondition(borrows == 0, "a table cannot change while one of its values is in use")
    if let active { return active }
    let opened = Unmanaged.passUnretained(openActive())
    active = opened
    return opened
  }

  private func openActive() -> Memtable {
    let newest = layers.memtables.count - 1
    if newest >= flushing, isKnownUniquelyReferenced(&layers.memtables[newest]) {
      // Every snapshot that shared it is gone; their reads come before our writes.
      atomicMemoryFence(ordering: .acquiring)
      return layers.memtables[newest]
    }
    foldFrozen()
    let memtable = Memtable()
    layers.memtables.append(memtable)
    return memtable
  }

  /// Keeps frozen layers few: each holds more than twice the entries of the next newer one, so that
  /// there are at most log2 of their entries, and an entry is copied as often.
  private func foldFrozen() {
    while layers.memtables.count >= flushing + 2 {
      let older = layers.memtables.count - 2
      guard layers.memtables[older].count <= 2 * layers.memtables[older + 1].count else { return }
      let folded: Memtable
      if isKnownUniquelyReferenced(&layers.memtables[older]) {
        atomicMemoryFence(ordering: .acquiring)
        folded = layers.memtables[older]
      } else {
        folded = Memtable(
          minimumCount: layers.memtables[older].count + layers.memtables[older + 1].count)
        folded.absorb(layers.memtables[older])
      }
      folded.absorb(layers.memtables[older + 1])
      layers.memtables.removeLast()
      layers.memtables[older] = folded
    }
  }

  /// Lets the next write begin a memtable of its own.
  func freeze() { active = nil }

  // MARK: Snapshots

  /// The table as it is now, for readers on any thread; later writes are not seen.
  ///
  /// Complexity: O(layers), no copy of any value. The next write to each value copies it up, unless
  /// the snapshot is gone by then.
  public func snapshot() -> TableSnapshot {
    precondition(borrows == 0, "a snapshot cannot be taken while a value is being changed")
    freeze()
    return TableSnapshot(layers.duplicate())
  }
}
