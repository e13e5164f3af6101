// Integers that are appended in runs, event by event. An array would ask at each of them who else has it, make room
// and iterate; here the room is there, and a run is one copy.

/// Integers back to back, in an array that is longer than what it holds.
///
/// Complexity: every operation O(integers given), amortised.
public struct FlatBuffer<Element: FixedWidthInteger & BitwiseCopyable & Sendable>: Sendable {
  @usableFromInline var storage: [Element] = []
  @usableFromInline var storedCount = 0

  /// Starts empty.
  @inlinable
  public init() {}

  /// Starts with some elements.
  public init(_ elements: [Element]) {
    storage = elements
    storedCount = elements.count
  }

  /// How many it holds.
  @inlinable
  public var count: Int { storedCount }

  /// A copy of what it holds; not for hot paths.
  public var array: [Element] { Array(storage[..<count]) }

  /// What it holds.
  @inlinable
  public var span: Span<Element> {
    @_lifetime(borrow self)
    get { storage.span.extracting(0..<storedCount) }
  }

  /// Makes room for so many in all.
  public mutating func reserveCapacity(_ capacity: Int) {
    guard capacity > storage.count else { return }
    let held = storedCount
    storage = [Element](unsafeUninitializedCapacity: capacity) { [storage] larger, count in
      if let to = larger.baseAddress {
        storage.withUnsafeBufferPointer { from in
          if let from = from.baseAddress { to.update(from: from, count: held) }
        }
      }
      // What comes after those that it holds is written before it is read; any bits are an integer.
      count = capacity
    }
  }

  /// Appends the elements that begin at a pointer.
  @inlinable @inline(__always)
  public mutating func append(_ from: UnsafePointer<Element>, _ length: Int) {
    let end = storedCount &+ length
    if end > storage.count { reserveCapacity(max(2 * storage.count, end, 64)) }
    storage.withUnsafeMutableBufferPointer { to in
      if let base = to.baseAddress { (base + storedCount).update(from: from, count: length) }
    }
    storedCount = end
  }

  /// Appends the elements of an array.
  @inlinable @inline(__always)
  public mutating func append(_ elements: [Element]) {
    elements.withUnsafeBufferPointer { elements in
      if let base = elements.baseAddress { append(base, elements.count) }
    }
  }

  /// Takes back the last ones.
  public mutating func removeLast(_ removed: Int) {
    precondition(removed <= count, "more than there are")
    storedCount -= removed
  }

  /// Empties it; keeps the memory.
  @inlinable
  public mutating func removeAll() { storedCount = 0 }
}

extension FlatBuffer where Element == UInt8 {
  /// Appends bytes.
  @inlinable @inline(__always)
  public mutating func append(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      append(base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
  }

  /// Appends a LEB128 varint.
  public mutating func varint(_ value: UInt64) {
    var bytes = InlineArray<10, UInt8>(repeating: 0)
    var (rest, length) = (value, 0)
    while rest >= 0x80 {
      bytes[length] = UInt8(truncatingIfNeeded: rest) | 0x80
      length += 1
      rest >>= 7
    }
    bytes[length] = UInt8(truncatingIfNeeded: rest)
    append(bytes.span.bytes.extracting(0...length))
  }

  /// Appends a 4-byte little-endian integer.
  public mutating func u32(_ value: UInt32) {
    let word: [1 of UInt32] = [value.littleEndian]
    append(word.span.bytes)
  }

  /// Appends a varint count, then the bytes of an array.
  public mutating func lengthPrefixed(_ bytes: [UInt8]) {
    varint(UInt64(bytes.count))
    append(bytes)
  }

  /// Puts as many bytes in the place of those in a range.
  public mutating func replace(_ range: Range<Int>, with bytes: RawSpan) {
    precondition(range.upperBound <= count && range.count == bytes.byteCount, "not as many")
    for index in range { storage[index] = bytes[index - range.lowerBound] }
  }

  /// Sets the bits of `mask` in a byte.
  public mutating func set(_ mask: UInt8, at index: Int) {
    precondition(index < count, "outside of what it holds")
    storage[index] |= mask
  }
}
