// The seam between cells and the tables that hold them, so that cells can be tested over an array.
// Everything that uses it is specialised for the table's own handle inside this module.

import Bytes

/// Bytes that can be changed in place; positions outside them are a programmer error.
protocol CellBytes: ~Copyable {
  var count: Int { get }
  var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get
  }
  mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int)
  mutating func insert(_ span: RawSpan, at offset: Int)
  mutating func removeSubrange(_ range: Range<Int>)
  mutating func removeAll()
}
