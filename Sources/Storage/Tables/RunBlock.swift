// The entries of one block of a table run, and the walk over all blocks. Separate from `Run` because
// it knows neither index nor filter.

import Bytes

/// The entries of one block, which were checked to lie inside it.
struct RunBlock {
  private let start: UnsafeRawPointer
  let count: Int

  init(_ start: UnsafeRawPointer) {
    self.start = start
    let word = UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
    count = Int(word & (1 << RunFormat.countBits - 1))
  }

  @inline(__always)
  func key(_ index: Int) -> TableKey {
    let place = start + RunFormat.frameBytes + index * RunFormat.keyBytes
    return TableKey(
      high: UInt64(littleEndian: place.loadUnaligned(as: UInt64.self)),
      low: UInt64(littleEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }

  @inline(__always)
  private func word(_ index: Int) -> UInt32 {
    UInt32(
      littleEndian: start.loadUnaligned(
        fromByteOffset: RunFormat.frameBytes + count * RunFormat.keyBytes + index * 4,
        as: UInt32.self))
  }

  private func end(_ index: Int) -> Int { Int(word(index) & RunFormat.valueEndMask) }

  func entry(_ index: Int) -> LayerEntry {
    let from = index == 0 ? 0 : end(index - 1)
    let values = start + RunFormat.frameBytes + count * RunFormat.entryBytes
    return LayerEntry(
      state: EntryState(rawValue: UInt8(word(index) >> RunFormat.valueEndBits)),
      bytes: UnsafeRawBufferPointer(start: values + from, count: end(index) - from))
  }

  /// The entry of `key`, looked for outwards from `guess`, an index below `count`.
  ///
  /// Complexity: O(log d) for d entries between the guess and the key.
  func find(_ key: TableKey, _ hash: UInt64, guess: Int) -> LayerEntry? {
    var low = 0
    var high = count
    var step = 1
    if isBefore(guess, key, hash) {
      low = guess + 1
      while low + step <= count {
        let probe = low + step - 1
        guard isBefore(probe, key, hash) else {
          high = probe
          break
        }
        low = probe + 1
        step *= 2
      }
    } else {
      high = guess
      while high - step >= 0 {
        let probe = high - step
        if isBefore(probe, key, hash) {
          low = probe + 1
          break
        }
        high = probe
        step *= 2
      }
    }
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle, key, hash) { low = middle + 1 } else { high = middle }
    }
    return low < count && self.key(low) == key ? entry(low) : nil
  }

  @inline(__always)
  private func isBefore(_ index: Int, _ key: TableKey, _ hash: UInt64) -> Bool {
    let candidate = self.key(index)
    let other = candidate.orderHash
    return other != hash ? other < hash : candidate.precedesAlike(key)
  }

  /// Whether the entries lie inside the block, are in order and begin with hash `first`.
  func isSound(byteCount: Int, first: UInt64) -> Bool {
    guard count >= 1, byteCount - RunFormat.frameBytes >= count * RunFormat.entryBytes,
      key(0).orderHash == first
    else { return false }
    let room = byteCount - RunFormat.frameBytes - count * RunFormat.entryBytes
    var last = 0
    var (before, hashBefore) = (key(0), first)
    for index in 0..<count {
      let (key, word) = (key(index), word(index))
      let hash = key.orderHash
      let end = Int(word & RunFormat.valueEndMask)
      let state = EntryState(rawValue: UInt8(word >> RunFormat.valueEndBits))
      guard state != .empty, end >= last, end <= room, state != .tombstone || end == last,
        index == 0 || hashBefore < hash || hashBefore == hash && before.precedesAlike(key)
      else { return false }
      last = end
      (before, hashBefore) = (key, hash)
    }
    return true
  }
}

/// Walks the entries of a run front to back.
struct RunCursor {
  private let run: Run
  private var number = 0
  private var block: RunBlock
  private var index = 0
  private var isAtEnd = false

  init(_ run: Run) throws(StoreError) {
    self.run = run
    block = try run.block(0)
  }

  var entry: (key: TableKey, state: EntryState, bytes: UnsafeRawBufferPointer)? {
    guard !isAtEnd else { return nil }
    let entry = block.entry(index)
    return (block.key(index), entry.state, entry.bytes)
  }

  mutating func advance() throws(StoreError) {
    index += 1
    guard index == block.count else { return }
    number += 1
    index = 0
    if number < run.blockCount { block = try run.block(number) } else { isAtEnd = true }
  }
}
