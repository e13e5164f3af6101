// Where the columns of a table stand.

/// The widths of the columns of rows, and which are set right.
struct TableLayout {
  private let headings: [String]
  private var widths: [Int]
  private var numeric: [Bool]
  /// How many rows it is for.
  private(set) var rowCount = 0

  init(_ columns: [OutputTable.Column]) {
    headings = columns.map(\.heading)
    widths = headings.map(\.columns)
    numeric = columns.map { _ in true }
  }

  /// Makes room for a row with one cell a column.
  mutating func add(_ cells: [OutputCell]) {
    rowCount += 1
    for (column, cell) in cells.enumerated() {
      widths[column] = max(widths[column], cell.shown.columns)
      if !cell.isNumber, cell != .absent { numeric[column] = false }
    }
  }

  /// The line of headings.
  var heading: String { line(headings) }

  /// The line of a row; it has no trailing space.
  func line(_ cells: [OutputCell]) -> String { line(cells.map(\.shown)) }

  private func line(_ texts: [String]) -> String {
    let cells = texts.indices.map { column in
      pad(texts[column], to: widths[column], right: numeric[column] && rowCount > 0)
    }
    return trimmedRight(cells.joined(separator: "  ")) + "\n"
  }
}

/// A text with spaces up to a width.
func pad(_ text: String, to width: Int, right: Bool) -> String {
  let space = String(repeating: " ", count: max(0, width - text.columns))
  return right ? space + text : text + space
}

private func trimmedRight(_ text: String) -> String {
  guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
  return String(text[...last])
}
