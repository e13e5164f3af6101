// Lists that grow with what people do and not with events: definitions, people who were erased. They are kept in
// tables, so that a checkpoint writes what is new of them, and read whole when the state is opened.

import Bytes
import Profiles
import Storage

/// An element of a `TableList`.
protocol TableElement {
  /// Decodes a row.
  init(_ row: RawSpan) throws(DecodeError)
  /// The row.
  func encode() -> [UInt8]
}

/// A list in the order that its elements came in: index -> element.
struct TableList<Element: TableElement> {
  let table: Table
  /// The elements, in memory.
  private(set) var elements: [Element] = []

  /// Reads the list.
  ///
  /// - Throws: `.damagedIndex` if a row is missing or does not decode.
  /// - Complexity: O(elements).
  init(_ table: Table, named name: StaticString) throws(StoreError) {
    self.table = table
    var found: [(index: UInt64, element: Element)] = []
    try table.forEach { (key, row) throws(StoreError) in
      do throws(DecodeError) { found.append((key.low, try Element(row))) } catch {
        throw .derivedMismatch(name, "a row does not decode")
      }
    }
    found.sort { $0.index < $1.index }
    for (index, entry) in found.enumerated() {
      guard entry.index == UInt64(index) else {
        throw .derivedMismatch(name, "a row is missing")
      }
      elements.append(entry.element)
    }
  }

  mutating func append(_ element: Element) {
    let row = element.encode()
    table.put(TableKey(high: 0, low: UInt64(elements.count)), row.span.bytes)
    elements.append(element)
  }
}

extension DefinitionsRecord: TableElement {}

/// Row: high u64, low u64.
extension Hash128: TableElement {
  init(_ row: RawSpan) throws(DecodeError) {
    var reader = ByteReader(row)
    self.init(high: try reader.u64(), low: try reader.u64())
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: 16)
    writer.u64(high)
    writer.u64(low)
    return writer.bytes
  }
}
