// A table of any length: its rows are not held.

import Storage

/// A table whose rows are visited twice, once for the widths of the columns and once to be written.
struct LongTable {
  typealias Visit = (_ add: ([OutputCell]) throws(StoreError) -> Void) throws -> Void

  private let columns: [OutputTable.Column]

  init(_ columns: [OutputTable.Column]) { self.columns = columns }

  /// Writes the table with a heading line, unless there are no rows.
  ///
  /// - Parameter visit: Passes the same rows each time.
  /// - Returns: The number of rows.
  func write(to pieces: ConsolePieces, _ visit: Visit) throws -> Int {
    var layout = TableLayout(columns)
    try visit { (cells) throws(StoreError) in layout.add(cells) }
    guard layout.rowCount > 0 else { return 0 }
    try write(layout, to: pieces, visit)
    return layout.rowCount
  }

  /// Writes the table with a heading line, also if there are no rows.
  func writeWithHeading(to pieces: ConsolePieces, _ visit: Visit) throws {
    var layout = TableLayout(columns)
    try visit { (cells) throws(StoreError) in layout.add(cells) }
    try write(layout, to: pieces, visit)
  }

  private func write(_ layout: TableLayout, to pieces: ConsolePieces, _ visit: Visit) throws {
    try pieces.take(Array(layout.heading.utf8))
    try visit { (cells) throws(StoreError) in try pieces.take(Array(layout.line(cells).utf8)) }
  }
}
