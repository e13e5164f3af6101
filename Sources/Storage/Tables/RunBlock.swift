// The entries of one block of a table run, and the walk over all blocks. Separate from `Run` because
// it knows neither index nor filter.

import Bytes

/// The entries of one block, which were checked to lie inside it.
struct RunBlock {
  private let start: UnsafeRawPointer
  let count: Int
  /// The order hash of the first entry.
  private let first: UInt64
  private let (hashWidth, highWidth, endWidth): (Int, Int, Int)
  private let state: EntryState
  private let valueBytes: Int

  /// Reads the header of a block, which lies within the file.
  init(_ start: UnsafeRawPointer) {
    self.start = start
    let word = UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
    count = Int(word & (1 << RunFormat.countBits - 1))
    first = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
    let widths = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
    hashWidth = Int(widths & 0xFF)
    highWidth = Int(widths >> 8 & 0xFF)
    endWidth = Int(widths >> 16 & 0xFF)
    state = EntryState(rawValue: UInt8(widths >> 24 & 0xFF))
    valueBytes = Int(widths >> 32)
  }

  private var highs: UnsafeRawPointer {
    start + RunFormat.blockHeaderBytes + count &* hashWidth
  }
  private var ends: UnsafeRawPointer { highs + count &* highWidth }
  private var values: UnsafeRawPointer { ends + count &* endWidth }

  /// The number of `width` bytes at a place.
  ///
  /// Eight bytes are read: a footer follows all blocks, so that they are within the file.
  @inline(__always)
  private static func number(_ place: UnsafeRawPointer, _ width: Int) -> UInt64 {
    let word = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    return word & (width == 8 ? .max : 1 &<< UInt64(truncatingIfNeeded: 8 &* width) &- 1)
  }

  /// The order hash of an entry.
  @inline(__always)
  private func hash(_ index: Int) -> UInt64 {
    first
      &+ Self.number(start + RunFormat.blockHeaderBytes + index &* hashWidth, hashWidth)
  }

  @inline(__always)
  func key(_ index: Int) -> OrderedKey {
    OrderedKey(
      hash: hash(index), high: Self.number(highs + index &* highWidth, highWidth))
  }

  @inline(__always)
  private func end(_ index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: Self.number(ends + index &* endWidth, endWidth))
  }

  func entry(_ index: Int) -> LayerEntry {
    guard endWidth > 0 else {
      return LayerEntry(
        state: state,
        bytes: UnsafeRawBufferPointer(start: values + index * valueBytes, count: valueBytes))
    }
    let word = end(index)
    let from = index == 0 ? 0 : Int(end(index - 1) >> RunFormat.stateBits)
    return LayerEntry(
      state: EntryState(rawValue: UInt8(word & RunFormat.stateMask)),
      bytes: UnsafeRawBufferPointer(
        start: values + from, count: Int(word >> RunFormat.stateBits) - from))
  }

  /// The entry of `key`, looked for outwards from `guess`, an index below `count`.
  ///
  /// Complexity: O(log d) for d entries between the guess and the key.
  func find(_ key: OrderedKey, guess: Int) -> LayerEntry? {
    var low = 0
    var high = count
    var step = 1
    if isBefore(guess, key) {
      low = guess + 1
      while low + step <= count {
        let probe = low + step - 1
        guard isBefore(probe, key) else {
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
        if isBefore(probe, key) {
          low = probe + 1
          break
        }
        high = probe
        step *= 2
      }
    }
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle, key) { low = middle + 1 } else { high = middle }
    }
    return low < count && self.key(low) == key ? entry(low) : nil
  }

  @inline(__always)
  private func isBefore(_ index: Int, _ key: OrderedKey) -> Bool {
    let hash = hash(index)
    return hash != key.hash ? hash < key.hash : self.key(index).high < key.high
  }

  /// Whether the entries lie inside the block, are in order and begin with hash `first`.
  func isSound(byteCount: Int, first: UInt64) -> Bool {
    guard count >= 1, byteCount >= RunFormat.blockHeaderBytes, self.first == first, hashWidth <= 8,
      highWidth <= 8, endWidth == 0 || endWidth == 2 || endWidth == 4,
      byteCount - RunFormat.blockHeaderBytes >= count * (hashWidth + highWidth + endWidth),
      hash(0) == first, hash(count - 1) >= first
    else { return false }
    let room =
      byteCount - RunFormat.blockHeaderBytes - count * (hashWidth + highWidth + endWidth)
    return areEndsSound(room) && areKeysInOrder
  }

  private func areEndsSound(_ room: Int) -> Bool {
    guard endWidth > 0 else {
      return valueBytes * count <= room && state != .empty && state.rawValue <= 3
        && (state != .tombstone || valueBytes == 0)
    }
    guard valueBytes == 0, state == .empty else { return false }
    var last = 0
    for index in 0..<count {
      let word = end(index)
      let end = Int(word >> RunFormat.stateBits)
      let state = EntryState(rawValue: UInt8(word & RunFormat.stateMask))
      guard state != .empty, end >= last, end <= room, state != .tombstone || end == last else {
        return false
      }
      last = end
    }
    return true
  }

  private var areKeysInOrder: Bool {
    var before = hash(0)
    let mask = hashWidth == 8 ? .max : 1 &<< UInt64(truncatingIfNeeded: 8 &* hashWidth) &- 1
    var place = start + RunFormat.blockHeaderBytes
    for index in 1..<max(count, 1) {
      place += hashWidth
      // As `hash(index)`.
      let word = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
      let hash = first &+ word & mask
      if hash <= before {
        // Also if a sum has wrapped around, as then it is less.
        guard hash == before, key(index - 1).high < key(index).high else { return false }
      }
      before = hash
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

  var entry: (key: OrderedKey, state: EntryState, bytes: UnsafeRawBufferPointer)? {
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
