// What the writer's table and a snapshot of it have in common, so that code which only reads is
// written once.

import Bytes

/// Look-ups in a table or in a snapshot of one.
public protocol TableReading {
  /// Reads the newest value of a key; nil if the key is absent.
  func withValue<R>(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> R
  ) throws(StoreError) -> R?

  /// Visits the fragments of a key's value, oldest first.
  func visit(
    _ key: TableKey, _ body: (RawSpan) throws(StoreError) -> Void
  ) throws(StoreError)

  /// Visits every live key once, in no particular order.
  func forEach(
    _ body: (TableKey, RawSpan) throws(StoreError) -> Void
  ) throws(StoreError)
}

extension Table: TableReading {}
extension TableSnapshot: TableReading {}
