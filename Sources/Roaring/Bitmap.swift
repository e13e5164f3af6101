// An owned set of 32-bit integers: CRoaring wrapped in a value type. What a bit means is not known here.

import Bytes
import CRoaring

/// A compressed set of `UInt32`.
///
/// A value: copies share memory until one of them changes. Uses only functions that CRoaring has had
/// since 0.2.66 and still has.
public struct Bitmap: Sendable {
  private var storage: Storage

  /// Owns one CRoaring bitmap.
  private final class Storage: @unchecked Sendable {
    // Safe because it is changed only while one `Bitmap` alone refers to it, and CRoaring's reads of a
    // bitmap that is not in its own copy-on-write mode change nothing.
    let pointer: UnsafeMutablePointer<roaring_bitmap_t>

    init(_ pointer: UnsafeMutablePointer<roaring_bitmap_t>?) {
      guard let pointer else { preconditionFailure("out of memory") }
      self.pointer = pointer
    }

    deinit { roaring_bitmap_free(pointer) }
  }

  /// Makes an empty set.
  public init() { storage = Storage(roaring_bitmap_create()) }

  /// Makes a set of the values of a sequence.
  ///
  /// Complexity: O(n); fastest when ascending.
  public init(_ values: some Sequence<UInt32>) {
    self.init()
    for value in values { roaring_bitmap_add(storage.pointer, value) }
  }

  /// Reads a set from the portable format, after checking every byte.
  ///
  /// - Throws: `truncated`, `trailingBytes` or `invalidValue` with the offset.
  /// - Complexity: O(bytes).
  public init(validating bytes: RawSpan) throws(DecodeError) {
    try self.init(BitmapView(validating: bytes))
  }

  /// Makes an owned copy of a view.
  ///
  /// Complexity: O(bytes).
  public init(_ view: borrowing BitmapView) {
    // CRoaring may fail on valid bytes only for lack of memory.
    storage = Storage(
      view.bytes.withUnsafeBytes { bytes in
        roaring_bitmap_portable_deserialize_safe(
          bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
      })
  }

  private init(taking pointer: UnsafeMutablePointer<roaring_bitmap_t>?) {
    storage = Storage(pointer)
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) {
      storage = Storage(roaring_bitmap_copy(storage.pointer))
    }
  }

  // MARK: Members

  /// The number of values.
  ///
  /// Complexity: O(containers).
  public var count: Int { Int(roaring_bitmap_get_cardinality(storage.pointer)) }

  /// Whether there is no value.
  ///
  /// Complexity: O(1).
  public var isEmpty: Bool { roaring_bitmap_is_empty(storage.pointer) }

  /// Whether `value` is in the set.
  ///
  /// Complexity: O(log containers).
  public func contains(_ value: UInt32) -> Bool { roaring_bitmap_contains(storage.pointer, value) }

  /// Adds `value`; true if it was not there.
  ///
  /// Complexity: O(log containers), plus a copy of the whole set if it is shared.
  @discardableResult
  public mutating func add(_ value: UInt32) -> Bool {
    makeUnique()
    return roaring_bitmap_add_checked(storage.pointer, value)
  }

  /// Takes `value` out; true if it was there.
  ///
  /// Complexity: as `add`.
  @discardableResult
  public mutating func remove(_ value: UInt32) -> Bool {
    makeUnique()
    return roaring_bitmap_remove_checked(storage.pointer, value)
  }

  /// Calls `body` with every value, ascending.
  ///
  /// Complexity: O(values).
  public func forEach<E: Error>(_ body: (UInt32) throws(E) -> Void) throws(E) {
    var failure: E?
    func step(_ value: UInt32) -> Bool {
      do throws(E) {
        try body(value)
        return true
      } catch {
        failure = error
        return false
      }
    }
    withoutActuallyEscaping(step) { step in
      withUnsafePointer(to: step) { step in
        _ = roaring_iterate(
          storage.pointer,
          { value, step in
            // What is passed below; CRoaring hands it on unchanged.
            step?.assumingMemoryBound(to: ((UInt32) -> Bool).self).pointee(value) ?? false
          }, UnsafeMutableRawPointer(mutating: step))
      }
    }
    if let failure { throw failure }
  }

  /// All values, ascending.
  ///
  /// Complexity: O(values).
  public func toArray() -> [UInt32] {
    [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { roaring_bitmap_to_uint32_array(storage.pointer, start) }
      initialized = buffer.count
    }
  }

  /// The first values after a value, ascending; from the least one on if that is nil.
  ///
  /// Complexity: O(containers + values given).
  public func values(after value: UInt32?, max count: Int) -> [UInt32] {
    let start = value.map { Int(roaring_bitmap_rank(storage.pointer, $0)) } ?? 0
    let found = min(count, self.count - start)
    guard found > 0 else { return [] }
    return [UInt32](unsafeUninitializedCapacity: found) { buffer, initialized in
      guard let first = buffer.baseAddress,
        roaring_bitmap_range_uint32_array(storage.pointer, start, found, first)
      else { return }
      initialized = found
    }
  }

  // MARK: Set algebra

  /// The values that are in either.
  ///
  /// Complexity: O(containers), O(values) at worst.
  public func union(_ other: Bitmap) -> Bitmap {
    Bitmap(taking: roaring_bitmap_or(storage.pointer, other.storage.pointer))
  }

  /// The values that are in both.
  ///
  /// Complexity: as `union`.
  public func intersection(_ other: Bitmap) -> Bitmap {
    Bitmap(taking: roaring_bitmap_and(storage.pointer, other.storage.pointer))
  }

  /// The values that are not in `other`.
  ///
  /// Complexity: as `union`.
  public func subtracting(_ other: Bitmap) -> Bitmap {
    Bitmap(taking: roaring_bitmap_andnot(storage.pointer, other.storage.pointer))
  }

  /// The values that are in exactly one of both.
  ///
  /// Complexity: as `union`.
  public func symmetricDifference(_ other: Bitmap) -> Bitmap {
    Bitmap(taking: roaring_bitmap_xor(storage.pointer, other.storage.pointer))
  }

  /// The number of values that are in both, without building their set.
  ///
  /// Complexity: as `union`.
  public func intersectionCount(_ other: Bitmap) -> Int {
    Int(roaring_bitmap_and_cardinality(storage.pointer, other.storage.pointer))
  }

  // MARK: Portable format

  /// Stores stretches of consecutive values as runs where that is smaller, and frees spare memory.
  ///
  /// Complexity: O(bytes).
  public mutating func optimize() {
    makeUnique()
    _ = roaring_bitmap_run_optimize(storage.pointer)
    _ = roaring_bitmap_shrink_to_fit(storage.pointer)
  }

  /// The set in the portable format, which `init(validating:)` and `BitmapView` read.
  ///
  /// Complexity: O(bytes).
  public func serialized() -> [UInt8] {
    let byteCount = roaring_bitmap_portable_size_in_bytes(storage.pointer)
    return [UInt8](unsafeUninitializedCapacity: Int(byteCount)) { buffer, initialized in
      // At least eight bytes, so the buffer has an address.
      guard let start = buffer.baseAddress else { return }
      initialized = start.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
        Int(roaring_bitmap_portable_serialize(storage.pointer, $0))
      }
    }
  }
}

extension Bitmap: Equatable {
  /// Whether both hold the same values.
  public static func == (a: Bitmap, b: Bitmap) -> Bool {
    roaring_bitmap_equals(a.storage.pointer, b.storage.pointer)
  }
}
