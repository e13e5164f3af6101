// Lists that are filled and emptied for each event: no check that nobody shares them, no check that they are large
// enough but one comparison, and emptied by setting a number.

import Glibc

/// An array of plain values with memory of its own, which it keeps when it is emptied.
///
/// Not copied, so it never has to ask whether it is shared. Complexity: O(1) amortised for all but `assign`; an
/// index outside `indices` traps.
public struct ReusableArray<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline var start: UnsafeMutablePointer<Element>
  @usableFromInline var capacity: Int
  /// The number of elements.
  @inlinable public var count: Int { storedCount }
  @usableFromInline var storedCount: Int

  /// Makes an empty array with room for some elements.
  @inlinable
  public init(minimumCapacity: Int = 8) {
    capacity = max(minimumCapacity, 1)
    start = Self.resized(nil, to: capacity)
    storedCount = 0
  }

  deinit { free(start) }

  /// Whether there are no elements.
  @inlinable
  public var isEmpty: Bool { count == 0 }

  /// The positions of the elements.
  @inlinable
  public var indices: Range<Int> { 0..<count }

  /// The element at `index`.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index outside the array")
      return start[index]
    }
    _modify {
      precondition(index >= 0 && index < count, "index outside the array")
      yield &start[index]
    }
  }

  /// The last element; nil if there is none.
  @inlinable
  public var last: Element? { count > 0 ? start[count &- 1] : nil }

  /// Adds an element at the end.
  @inlinable
  public mutating func append(_ element: Element) {
    if count == capacity { grow(to: count &+ 1) }
    (start + count).initialize(to: element)
    storedCount &+= 1
  }

  /// Takes out the elements from `count` on; a greater count than there are traps.
  @inlinable
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= storedCount, "an array is not made longer")
    storedCount = count
  }

  /// Takes out all elements and keeps the memory.
  @inlinable
  public mutating func removeAll() { storedCount = 0 }

  /// Makes the elements those of another array.
  public mutating func assign(_ other: borrowing ReusableArray) {
    if other.count > capacity { grow(to: other.count) }
    start.update(from: other.start, count: other.count)
    storedCount = other.count
  }

  /// The elements.
  public var span: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      let span = Span(_unsafeStart: start, count: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  @usableFromInline
  mutating func grow(to needed: Int) {
    let larger = max(needed, capacity * 2)
    start = Self.resized(start, to: larger)
    capacity = larger
  }

  /// Memory for `capacity` elements, which begins with those of `start`; of what is large, the system moves the pages.
  @usableFromInline
  static func resized(
    _ start: UnsafeMutablePointer<Element>?, to capacity: Int
  ) -> UnsafeMutablePointer<Element> {
    precondition(MemoryLayout<Element>.alignment <= 16, "more than the system aligns to")
    guard let memory = realloc(start, capacity * MemoryLayout<Element>.stride) else {
      preconditionFailure("out of memory")
    }
    return memory.bindMemory(to: Element.self, capacity: capacity)
  }
}

extension ReusableArray {
  /// Puts the elements in order.
  ///
  /// Complexity: O(*n* log *n*).
  public mutating func sort(by precedes: (Element, Element) -> Bool) {
    var elements = UnsafeMutableBufferPointer(start: start, count: count)
    elements.sort(by: precedes)
  }
}

extension ReusableArray where Element: Equatable {
  /// Whether an element is in it.
  ///
  /// Complexity: O(elements).
  @inlinable
  public func contains(_ element: Element) -> Bool {
    for index in 0..<count where start[index] == element { return true }
    return false
  }
}

extension ReusableArray where Element == UInt8 {
  /// Adds the bytes of `span` at the end.
  public mutating func append(_ span: RawSpan) {
    let added = span.byteCount
    if count + added > capacity { grow(to: count + added) }
    span.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      UnsafeMutableRawPointer(start + count).copyMemory(from: from, byteCount: added)
    }
    storedCount += added
  }
}
