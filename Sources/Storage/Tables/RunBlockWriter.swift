// Gathers the entries of one block of a table run and writes them in as few bytes as they need. Separate from
// `RunWriter` because it knows nothing of files.

import Bytes

/// The entries of one block on their way into a file.
struct RunBlockWriter: ~Copyable {
  private var keys: [OrderedKey] = []
  private var ends: [UInt32] = []
  private var states: [EntryState] = []
  private var values = ByteWriter()
  private var highBits: UInt64 = 0
  /// Whether all entries have the state and the size of the first.
  private var isUniform = true

  /// Whether there are no entries.
  var isEmpty: Bool { keys.isEmpty }

  /// The order hash of the first entry.
  var first: UInt64 { keys[0].hash }

  /// What the block takes, but for its padding.
  var byteCount: Int {
    guard let last = keys.last else { return RunFormat.blockHeaderBytes }
    let widths = Self.width(last.hash - first) + Self.width(highBits) + endWidth
    return RunFormat.blockHeaderBytes + keys.count * widths + values.count
  }

  /// Adds an entry, which comes after all others.
  mutating func append(_ key: OrderedKey, _ state: EntryState, _ value: RawSpan) {
    if let size = ends.first {
      isUniform = isUniform && value.byteCount == Int(size) && state == states[0]
    }
    keys.append(key)
    highBits |= key.high
    states.append(state)
    values.append(value)
    ends.append(UInt32(values.count))
  }

  /// Writes the block after its frame and begins the next.
  ///
  /// - Returns: The number of entries.
  mutating func finish(into page: inout ByteWriter) -> Int {
    let count = keys.count
    let (hashWidth, highWidth) = (Self.width(keys[count - 1].hash - first), Self.width(highBits))
    let endWidth = endWidth
    page.u64(first)
    page.u8(UInt8(hashWidth))
    page.u8(UInt8(highWidth))
    page.u8(UInt8(endWidth))
    page.u8(isUniform ? states[0].rawValue : 0)
    page.u32(isUniform ? ends[0] : 0)
    let byteCount = count * (hashWidth + highWidth + endWidth)
    // Eight bytes at a time: what is too much is written over by the next number.
    page.append(
      [UInt8](unsafeUninitializedCapacity: byteCount + 8) { (bytes, initialized) in
        var offset = 0
        func put(_ value: UInt64, _ width: Int) {
          UnsafeMutableRawBufferPointer(bytes)
            .storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
          offset += width
        }
        for key in keys { put(key.hash - first, hashWidth) }
        for key in keys { put(key.high, highWidth) }
        if endWidth > 0 {
          for index in 0..<count {
            let state = UInt32(states[index].rawValue)
            put(UInt64(ends[index] << RunFormat.stateBits | state), endWidth)
          }
        }
        initialized = byteCount
      })
    page.append(values.bytes)
    page.pad(to: 8)
    keys.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    states.removeAll(keepingCapacity: true)
    values.removeAll()
    highBits = 0
    isUniform = true
    return count
  }

  /// Writes what a block of one entry has between its frame and the value.
  static func head(
    of key: OrderedKey, _ state: EntryState, byteCount: Int, into page: inout ByteWriter
  ) {
    let highWidth = width(key.high)
    page.u64(key.hash)
    page.u8(0)
    page.u8(UInt8(highWidth))
    page.u8(0)
    page.u8(state.rawValue)
    page.u32(UInt32(byteCount))
    for byte in 0..<highWidth { page.u8(UInt8(truncatingIfNeeded: key.high >> (8 * byte))) }
  }

  private var endWidth: Int {
    if isUniform { return 0 }
    return values.count < 1 << (16 - Int(RunFormat.stateBits)) ? 2 : 4
  }

  /// How many bytes a number needs.
  private static func width(_ value: UInt64) -> Int { (64 - value.leadingZeroBitCount + 7) / 8 }
}
