// What the writer's table of rows and a snapshot of it have in common, so that code which only reads is written
// once.

import Bytes

/// Lookups in a table of rows or in a snapshot of one.
public protocol RowReading: AnyObject {
  /// The bytes of a row as they are stored, for `withRow`; nil if there is none.
  ///
  /// - Throws: `StoreError` with code `.damagedIndex` if a file of the table is damaged where the row is.
  func stored(_ ordinal: UInt32) throws(StoreError) -> StoredRow?

  /// The error for a row that is not one.
  func damage(in row: StoredRow) -> StoreError

  /// Visits every row, in the order of ordinals.
  ///
  /// - Complexity: O(ordinals).
  func forEach(_ body: (UInt32, RawSpan) throws(StoreError) -> Void) throws(StoreError)
}

extension RowReading {
  /// Calls `body` with the bytes of a row and returns its result, or nil if there is none.
  ///
  /// - Throws: `.damagedIndex` if a file of the table is damaged where the row is; what `body` throws.
  /// - Complexity: O(1), about 20 instructions once the row has been looked at, if it is in memory; one in a file
  ///   may have to be unpacked, which is O(bytes).
  @inlinable @inline(__always)
  public func withRow<R>(
    _ ordinal: UInt32, _ body: (RawSpan) throws(StoreError) -> R
  ) throws(StoreError) -> R? {
    guard let row = try stored(ordinal) else { return nil }
    if row.isPacked {
      guard let result = try row.withUnpacked(body) else { throw damage(in: row) }
      return result
    }
    return try body(RawSpan(_unsafeBytes: row.bytes))
  }
}

/// A table of rows as it was at one moment.
///
/// Immutable and `Sendable`: readers need no lock. Keeps the memory and the maps of its rows alive.
public final class RowSnapshot: RowReading, Sendable {
  private let map: RowMap
  private let memory: [RowExtent]
  private let count: SnapshotCount
  private let cancellation: ReadCancellation?

  init(
    _ map: RowMap, _ memory: [RowExtent], _ count: SnapshotCount,
    _ cancellation: ReadCancellation? = nil
  ) {
    self.map = map
    self.memory = memory
    self.count = count
    self.cancellation = cancellation
    count.increment()
  }

  /// The same rows, of which reading ends once it is cancelled.
  public convenience init(_ other: RowSnapshot, endingWith cancellation: ReadCancellation) {
    self.init(other.map, other.memory, other.count, cancellation)
  }

  deinit { count.decrement() }

  /// The bytes of a row as they are stored; see `RowReading`.
  public func stored(_ ordinal: UInt32) throws(StoreError) -> StoredRow? {
    try cancellation?.check()
    return try map.row(ordinal)
  }

  /// The error for a row that is not one; see `RowReading`.
  public func damage(in row: StoredRow) -> StoreError { map.damage(in: row) }

  /// Visits every row; see `RowReading`.
  public func forEach(
    _ body: (UInt32, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try map.forEach(body)
  }
}
