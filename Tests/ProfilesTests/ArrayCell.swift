// A cell over an array, in the place of a table's value.

import Bytes

@testable import Profiles

struct ArrayCell: CellBytes {
  var array: [UInt8] = []
  var count: Int { array.count }
  var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { array.span.bytes }
  }
  mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset + MemoryLayout<T>.size <= array.count)
    withUnsafeBytes(of: value.littleEndian) {
      array.replaceSubrange(offset..<(offset + $0.count), with: $0)
    }
  }
  mutating func insert(_ span: RawSpan, at offset: Int) {
    array.insert(contentsOf: span.toArray(), at: offset)
  }
  mutating func insertZeros(_ count: Int, at offset: Int) {
    array.insert(contentsOf: repeatElement(0, count: count), at: offset)
  }
  mutating func replace(at offset: Int, with span: RawSpan) {
    array.replaceSubrange(offset..<(offset + span.byteCount), with: span.toArray())
  }
  mutating func copy(_ range: Range<Int>, to offset: Int) {
    array.replaceSubrange(offset..<(offset + range.count), with: Array(array[range]))
  }
  mutating func removeSubrange(_ range: Range<Int>) { array.removeSubrange(range) }
  mutating func removeAll() { array.removeAll() }
}
