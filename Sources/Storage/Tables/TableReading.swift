// What the writer's table and a snapshot of it have in common, so that code which only reads is
// written once.

import Bytes

/// Lookups in a table or in a snapshot of one.
public protocol TableReading {
  /// Calls `body` with the newest value of a key; false if the key is absent.
  func read(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) -> Bool

  /// The newest value of a key of at most eight bytes; nil if the key is absent.
  func shortValue(_ key: TableKey) throws(StoreError) -> ShortValue?

  /// Visits the fragments of a key's value, oldest first.
  func visit(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError)

  /// Visits every live key once, in no particular order.
  func forEach(
    _ body: (TableKey, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError)
}

/// A value of at most eight bytes, in a register.
public struct ShortValue: BitwiseCopyable, Sendable {
  /// The first eight bytes, little-endian, with zeros after those of a shorter one.
  public let word: UInt64
  /// The number of bytes, which may be more.
  public let byteCount: Int

  init(_ bytes: UnsafeRawBufferPointer) {
    byteCount = bytes.count
    if bytes.count >= 8 {
      word = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    } else if bytes.count == 4 {
      word = UInt64(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
    } else {
      var word: UInt64 = 0
      for index in 0..<bytes.count { word |= UInt64(bytes[index]) << UInt64(8 * index) }
      self.word = word
    }
  }
}

extension TableReading {
  /// Calls `body` with the newest value of `key` and returns its result, or nil if there is none.
  ///
  /// Inlinable, so that a lookup whose result is an integer does not look for its type at run time:
  /// every event makes dozens of them.
  @inlinable
  public func withValue<R>(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> R
  ) throws(StoreError) -> R? {
    var result: R?
    _ = try read(key) { (bytes) throws(StoreError) in result = try body(bytes) }
    return result
  }
}

extension Table: TableReading {}
extension TableSnapshot: TableReading {}
