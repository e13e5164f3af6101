// Walks several layers of a table at once in key order and joins what they hold for each key. The one
// place where layers combine in order: full scans, flushes and merges of runs all go through it.

import Bytes

/// The entries of one memtable in order.
struct MemtableCursor {
  private let memtable: Memtable
  private let order: [UInt32]
  private var position = 0

  init(_ memtable: Memtable) {
    self.memtable = memtable
    order = memtable.sortedSlots()
  }

  var entry: (key: OrderedKey, state: EntryState, bytes: UnsafeRawBufferPointer)? {
    guard position < order.count else { return nil }
    let slot = memtable.slots + Int(order[position])
    return (OrderedKey(slot.pointee.key), slot.pointee.state, Memtable.bytes(slot))
  }

  mutating func advance() { position += 1 }
}

/// One ordered input of a merge, with its present entry.
private struct MergeInput {
  enum Cursor {
    case memtable(MemtableCursor)
    case run(RunCursor)
  }

  var cursor: Cursor
  var key = OrderedKey(hash: 0, high: 0)
  var state = EntryState.empty
  var bytes = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Loads the entry under the cursor; the state is `.empty` at the end.
  mutating func load() throws(StoreError) {
    let entry: (key: OrderedKey, state: EntryState, bytes: UnsafeRawBufferPointer)?
    switch cursor {
    case .memtable(let cursor): entry = cursor.entry
    case .run(let cursor): entry = cursor.entry
    }
    guard let entry else {
      state = .empty
      return
    }
    (key, state, bytes) = (entry.key, entry.state, entry.bytes)
  }

  mutating func advance() throws(StoreError) {
    switch cursor {
    case .memtable(var memtable):
      memtable.advance()
      cursor = .memtable(memtable)
    case .run(var run):
      try run.advance()
      cursor = .run(run)
    }
    try load()
  }
}

/// A merge of layers, which must not change while it goes on.
///
/// Complexity: O(k) comparisons an entry for k layers; each run is read once, front to back.
struct MergeCursor {
  /// Oldest first; those at their end are taken out.
  private var inputs: [MergeInput] = []
  private var joined: [UInt8] = []
  /// Whether nothing is older than the inputs, so that a fragment is a whole value.
  private let isBottom: Bool

  /// Merges layers, the oldest first.
  ///
  /// - Parameter isBottom: Whether the table has no older runs.
  init(
    _ runs: ArraySlice<Run>, _ memtables: [Memtable], isBottom: Bool
  ) throws(StoreError) {
    self.isBottom = isBottom
    for run in runs { try add(MergeInput(cursor: .run(try RunCursor(run)))) }
    for memtable in memtables { try add(MergeInput(cursor: .memtable(.init(memtable)))) }
  }

  private mutating func add(_ input: MergeInput) throws(StoreError) {
    var input = input
    try input.load()
    if input.state != .empty { inputs.append(input) }
  }

  /// Hands the next key to `body` with its joined entry.
  ///
  /// False at the end, without a call.
  mutating func next(
    _ body: (OrderedKey, EntryState, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    guard var first = inputs.indices.first else { return false }
    for index in inputs.indices.dropFirst() where inputs[index].key.precedes(inputs[first].key) {
      first = index
    }
    let key = inputs[first].key
    // From the newest down to the first that hides everything older.
    var oldest = inputs.count
    var newest = -1
    for index in stride(from: inputs.count - 1, through: first, by: -1)
    where inputs[index].key == key {
      if newest < 0 { newest = index }
      oldest = index
      if inputs[index].state != .fragment { break }
    }
    try emit(key, oldest, newest, body)
    for index in stride(from: inputs.count - 1, through: first, by: -1)
    where inputs[index].key == key {
      try inputs[index].advance()
      if inputs[index].state == .empty { inputs.remove(at: index) }
    }
    return true
  }

  private mutating func emit(
    _ key: OrderedKey, _ oldest: Int, _ newest: Int,
    _ body: (OrderedKey, EntryState, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    let bottom = inputs[oldest].state
    if oldest == newest {
      let state = bottom == .fragment && isBottom ? EntryState.base : bottom
      let bytes = inputs[oldest].bytes
      try body(key, state, bytes.bytes)
      return
    }
    joined.removeAll(keepingCapacity: true)
    for index in oldest...newest where inputs[index].key == key && inputs[index].state != .tombstone
    {
      joined.append(contentsOf: inputs[index].bytes)
    }
    let isWhole = bottom != .fragment || isBottom
    try body(key, isWhole ? .base : .fragment, joined.span.bytes)
  }
}
