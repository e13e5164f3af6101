// The layers of one table as a lookup sees them: runs below, memtables above. The table changes its own; a snapshot
// keeps a duplicate.

import Bytes

/// What a layer holds for a key.
///
/// The bytes live as long as the layer and are not written meanwhile.
struct LayerEntry {
  var state: EntryState
  var bytes: UnsafeRawBufferPointer
}

/// Layers numbered from the oldest: runs first, then memtables.
///
/// Not copied on the way: each lookup of a table would count its references.
struct LayerStack: ~Copyable, Sendable {
  var runs: [Run]
  var memtables: [Memtable]

  /// The same layers once more.
  func duplicate() -> LayerStack { LayerStack(runs: runs, memtables: memtables) }

  var count: Int { runs.count + memtables.count }

  /// What layer `level` holds for `key`.
  ///
  /// Complexity: O(1); in a run at most one page of the filter, two or three of the index and one
  /// block are read.
  @inline(__always)
  func find(_ level: Int, _ key: TableKey, _ hash: UInt64) throws(StoreError) -> LayerEntry? {
    if level >= runs.count {
      guard let slot = memtables[level &- runs.count].find(key, hash) else { return nil }
      return LayerEntry(state: slot.pointee.state, bytes: Memtable.bytes(slot))
    }
    return try runs[level].find(key, hash)
  }

  /// Calls `body` with the newest value of `key`; false if there is none.
  func read(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    let hash = key.orderHash
    guard let (entry, level) = try newest(key, hash, memtables: memtables.count) else {
      return false
    }
    return try hand(entry, of: level, key, hash, to: body)
  }

  /// The newest value of a key of at most eight bytes; nil if there is none.
  ///
  /// - Parameter memtables: How many of the oldest may have it.
  func shortValue(
    _ key: TableKey, _ hash: UInt64, memtables: Int
  ) throws(StoreError) -> ShortValue? {
    guard let (entry, level) = try newest(key, hash, memtables: memtables) else { return nil }
    if entry.state == .base { return ShortValue(entry.bytes) }
    var value: ShortValue?
    _ = try hand(entry, of: level, key, hash) { bytes in
      value = bytes.withUnsafeBytes { ShortValue($0) }
    }
    return value
  }

  /// What the newest layer that has a key holds for it, and which layer that is.
  @inline(__always)
  private func newest(
    _ key: TableKey, _ hash: UInt64, memtables count: Int
  ) throws(StoreError) -> (entry: LayerEntry, level: Int)? {
    // Spans, for elements of arrays are counted each time that one is asked.
    let memtables = self.memtables.span
    var level = count
    while level > 0 {
      level -= 1
      guard let slot = memtables[level].find(key, hash) else { continue }
      return (
        LayerEntry(state: slot.pointee.state, bytes: Memtable.bytes(slot)), runs.count + level
      )
    }
    let runs = self.runs.span
    level = runs.count
    guard level > 0 else { return nil }
    let filterKey = RunFilter.key(hash)
    while level > 0 {
      level -= 1
      let run = Unmanaged.passUnretained(runs[level])
      let found = run._withUnsafeGuaranteedRef { run in
        Result { () throws(StoreError) in try run.find(key, hash, filterKey) }
      }
      if let entry = try found.get() { return (entry, level) }
    }
    return nil
  }

  /// Calls `body` with the value whose newest part is `entry`, found in a layer; false if it was removed.
  @inline(__always)
  private func hand(
    _ entry: LayerEntry, of level: Int, _ key: TableKey, _ hash: UInt64,
    to body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    if entry.state == .tombstone { return false }
    if entry.state == .fragment, try hasValue(key, hash, below: level) {
      var joined = try value(key, hash, below: level)
      joined.append(contentsOf: entry.bytes)
      try body(joined.span.bytes)
    } else {
      try body(entry.bytes.bytes)
    }
    return true
  }

  /// The pieces of the value that layers older than `level` hold, oldest first.
  func visit(
    _ key: TableKey, _ hash: UInt64, below level: Int,
    _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    var level = level
    while level > 0 {
      level -= 1
      guard let entry = try find(level, key, hash) else { continue }
      if entry.state == .tombstone { return }
      // As deep as the key has fragments, so never deeper than there are layers.
      if entry.state == .fragment { try visit(key, hash, below: level, body) }
      return try body(entry.bytes.bytes)
    }
  }

  /// The joined value that layers older than `level` hold; empty if there is none.
  func value(_ key: TableKey, _ hash: UInt64, below level: Int) throws(StoreError) -> [UInt8] {
    var joined: [UInt8] = []
    try visit(key, hash, below: level) { span in
      span.withUnsafeBytes { joined.append(contentsOf: $0) }
    }
    return joined
  }

  /// Reads what lookups of `keys` will read, without waiting for one before the next.
  func prefetch(_ keys: borrowing [TableKey]) {
    let (memtables, runs) = (self.memtables.span, self.runs.span)
    for index in keys.indices {
      let hash = keys[index].orderHash
      for layer in memtables.indices { memtables[layer].touch(hash) }
      for layer in runs.indices { runs[layer].touch(hash) }
    }
  }

  private func hasValue(
    _ key: TableKey, _ hash: UInt64, below level: Int
  ) throws(StoreError) -> Bool {
    var level = level
    while level > 0 {
      level -= 1
      if let entry = try find(level, key, hash) { return entry.state != .tombstone }
    }
    return false
  }

  /// Every live key once with its joined value, in the order of run files.
  func forEach(_ body: (TableKey, RawSpan) throws(StoreError) -> Void) throws(StoreError) {
    var merge = try MergeCursor(runs[...], memtables, isBottom: true)
    while try merge.next({ (key, state, bytes) throws(StoreError) in
      if state != .tombstone { try body(key.key, bytes) }
    }) {}
  }
}
