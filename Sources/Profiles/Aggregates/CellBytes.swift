// The seam between cells and the tables that hold them, so that cells can be tested over an array.
// Everything that uses it is specialised for the table's own handle inside this module.

import Bytes
import Storage

/// Bytes that can be changed in place; positions outside them are a programmer error.
protocol CellBytes: ~Copyable {
  var count: Int { get }
  var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get
  }
  mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int)
  mutating func insert(_ span: RawSpan, at offset: Int)
  /// Puts zeros before the byte at `offset`, to be stored over.
  mutating func insertZeros(_ count: Int, at offset: Int)
  mutating func replace(at offset: Int, with span: RawSpan)
  /// Copies bytes to another place, over what is there; both may overlap.
  mutating func copy(_ range: Range<Int>, to offset: Int)
  mutating func removeSubrange(_ range: Range<Int>)
  mutating func removeAll()
}

extension MutableValue: CellBytes {}

extension Cell {
  /// Puts one event into a cell, which is first advanced to `now`.
  ///
  /// Complexity: O(1) amortised for an event at or after the cell's latest; a late one scans and
  /// moves the entries after it.
  /// - Returns: Whether it is the first value of a `first` or `last` up to now.
  /// - Throws: `damagedIndex` if the bytes are not a cell of this kind.
  static func insert<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec, _ event: CellEvent, now: Timestamp
  ) throws(StoreError) -> Bool {
    guard value.count < CellLayout.bytesMax / 2 else {
      throw StoreError(
        .tooLarge,
        "one identifier has more events within a window than fit 128 MiB of state; narrow the "
          + "window or the `where` of the definition, or keep the identifier out of the input")
    }
    do throws(DecodeError) {
      return try insert(into: &value, spec, event, now: now)
    } catch {
      throw damaged(error)
    }
  }

  private static func damaged(_ error: DecodeError) -> StoreError {
    StoreError(
      .damagedIndex,
      "the state of an aggregate is damaged; rebuild it from the log with "
        + "'cairn rebuild'", offset: error.offset)
  }
}
