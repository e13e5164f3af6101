// What the writer's table of rows and a snapshot of it have in common, so that code which only reads is written
// once.

import Bytes

/// Lookups in a table of rows or in a snapshot of one.
public protocol RowReading: AnyObject {
  /// The bytes of a row; nil if there is none.
  ///
  /// - Throws: `StoreError` with code `.damagedIndex` if a file of the table is damaged where the row is.
  /// - Complexity: O(1), about 20 instructions once the row has been looked at.
  @_lifetime(borrow self)
  func row(_ ordinal: UInt32) throws(StoreError) -> RawSpan?

  /// Visits every row, in the order of ordinals.
  ///
  /// - Complexity: O(ordinals).
  func forEach(_ body: (UInt32, RawSpan) throws(StoreError) -> Void) throws(StoreError)
}

/// A table of rows as it was at one moment.
///
/// Immutable and `Sendable`: readers need no lock. Keeps the memory and the maps of its rows alive.
public final class RowSnapshot: RowReading, Sendable {
  private let map: RowMap
  private let memory: [RowExtent]
  private let count: SnapshotCount

  init(_ map: RowMap, _ memory: [RowExtent], _ count: SnapshotCount) {
    self.map = map
    self.memory = memory
    self.count = count
    count.increment()
  }

  deinit { count.decrement() }

  /// The bytes of a row; see `RowReading`.
  @_lifetime(borrow self)
  public func row(_ ordinal: UInt32) throws(StoreError) -> RawSpan? {
    guard let bytes = try map.row(ordinal) else { return nil }
    return _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
  }

  /// Visits every row; see `RowReading`.
  public func forEach(
    _ body: (UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try map.forEach(body)
  }
}
