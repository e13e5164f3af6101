// Integers that are appended in runs, event by event. An array would ask at each of them who else has it, make room
// and iterate; here the room is there, and a run is one copy.

import Bytes

/// Integers back to back, in an array that is longer than what it holds.
struct FlatBuffer<Element: FixedWidthInteger & BitwiseCopyable & Sendable>: Sendable {
  private var storage: [Element] = []
  /// How many it holds.
  private(set) var count = 0

  init() {}

  init(_ elements: [Element]) {
    storage = elements
    count = elements.count
  }

  /// A copy of what it holds; not for hot paths.
  var array: [Element] { Array(storage[..<count]) }

  /// What it holds.
  var span: Span<Element> {
    @_lifetime(borrow self)
    get { storage.span.extracting(0..<count) }
  }

  /// Makes room for so many in all.
  mutating func reserveCapacity(_ capacity: Int) {
    guard capacity > storage.count else { return }
    storage.append(contentsOf: repeatElement(0, count: capacity - storage.count))
  }

  /// Appends the elements that begin at a pointer.
  @inline(__always)
  mutating func append(_ from: UnsafePointer<Element>, _ length: Int) {
    let end = count &+ length
    if end > storage.count { reserveCapacity(max(2 * storage.count, end, 64)) }
    storage.withUnsafeMutableBufferPointer { to in
      if let base = to.baseAddress { (base + count).update(from: from, count: length) }
    }
    count = end
  }

  /// Appends the elements of an array.
  @inline(__always)
  mutating func append(_ elements: [Element]) {
    elements.withUnsafeBufferPointer { elements in
      if let base = elements.baseAddress { append(base, elements.count) }
    }
  }

  /// Takes back the last ones.
  mutating func removeLast(_ removed: Int) {
    precondition(removed <= count, "more than there are")
    count -= removed
  }

  /// Empties it; keeps the memory.
  mutating func removeAll() { count = 0 }
}

extension FlatBuffer<UInt8> {
  /// Appends bytes.
  @inline(__always)
  mutating func append(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      append(base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
  }

  /// Puts as many bytes in the place of those in a range.
  mutating func replace(_ range: Range<Int>, with bytes: RawSpan) {
    precondition(range.upperBound <= count && range.count == bytes.byteCount, "not as many")
    for index in range { storage[index] = bytes[index - range.lowerBound] }
  }

  /// Sets the bits of `mask` in a byte.
  mutating func set(_ mask: UInt8, at index: Int) {
    precondition(index < count, "outside of what it holds")
    storage[index] |= mask
  }
}
