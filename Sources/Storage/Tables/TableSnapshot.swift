// A table as readers see it: what `Table.snapshot` hands to other threads.

import Bytes

/// A table as it was at one moment.
///
/// Immutable and `Sendable`: readers need no lock. Keeps the memory and the maps of its layers alive.
public final class TableSnapshot: Sendable {
  private let layers: LayerStack

  init(_ layers: consuming LayerStack) { self.layers = layers }

  /// Calls `body` with the value of `key`; false if there is none.
  ///
  /// Complexity and errors: as `Table.read`.
  public func read(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    try layers.read(key, body)
  }

  /// The newest value of a key of at most eight bytes; nil if the key is absent.
  ///
  /// Complexity and errors: as `read`.
  public func shortValue(_ key: TableKey) throws(StoreError) -> ShortValue? {
    try layers.shortValue(key, key.orderHash, memtables: layers.memtables.count)
  }

  /// Calls `body` with each fragment of the value of `key`, oldest first, without copying.
  ///
  /// Complexity and errors: as `Table.visit`.
  public func visit(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try layers.visit(key, key.orderHash, below: layers.count, body)
  }

  /// Calls `body` once for every key that has a value, with the joined value, in no useful order.
  ///
  /// Complexity and errors: as `Table.forEach`.
  public func forEach(
    _ body: (TableKey, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError) {
    try layers.forEach(body)
  }
}
