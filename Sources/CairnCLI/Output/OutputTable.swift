// Tables and lists of fields: aligned text for people, JSON for programs, from the same cells.

import Cairn

/// Rows of cells under named columns.
struct OutputTable {
  /// A column: its heading, and its key in JSON (`members`, `last_change`).
  struct Column {
    var heading: String
    var key: String

    init(_ heading: String, key: String? = nil) {
      self.heading = heading
      self.key = key ?? heading.replacing(" ", with: "_")
    }
  }

  let columns: [Column]
  private(set) var rows: [[OutputCell]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row with one cell a column.
  mutating func add(_ cells: [OutputCell]) {
    precondition(cells.count == columns.count, "a row has one cell for each column")
    rows.append(cells)
  }

  /// The table with a heading line.
  ///
  /// Columns of numbers are set right; lines have no trailing space.
  var text: String {
    var layout = TableLayout(columns)
    for row in rows { layout.add(row) }
    return layout.heading + rows.map { layout.line($0) }.joined()
  }

  /// An array of objects, on one line.
  func write(to json: inout JSONBuilder) {
    json.beginArray()
    for row in rows {
      json.beginObject()
      for (column, cell) in zip(columns, row) {
        json.key(column.key)
        cell.write(to: &json)
      }
      json.endObject()
    }
    json.endArray()
  }
}

/// Labelled values, one per line.
struct FieldList {
  private(set) var fields: [(label: String, key: String, cell: OutputCell)] = []

  /// Adds a value under a label, in JSON under `key`; the label with `_` for its spaces unless given.
  mutating func add(_ label: String, _ cell: OutputCell, key: String? = nil) {
    fields.append((label, key ?? label.replacing(" ", with: "_"), cell))
  }

  /// Labels to the left, values from a common column on.
  var text: String {
    let width = fields.map(\.label.columns).max() ?? 0
    return fields.map { "\(pad($0.label, to: width, right: false))  \($0.cell.shown)\n" }.joined()
  }

  /// The members of an object that the caller has begun.
  func write(to json: inout JSONBuilder) {
    for field in fields {
      json.key(field.key)
      field.cell.write(to: &json)
    }
  }
}

extension JSONBuilder {
  /// An object of fields.
  mutating func object(_ fields: FieldList) {
    beginObject()
    fields.write(to: &self)
    endObject()
  }
}
