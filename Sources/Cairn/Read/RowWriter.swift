// Rows of an export as CSV or NDJSON. CSV follows RFC 4180 and cannot cause a spreadsheet to
// evaluate a formula (`CSVFormula`); NDJSON keeps types.

import Bytes
import Engine
import Profiles

/// Writes rows with the same columns, one after another.
struct RowWriter {
  /// One value of a row.
  enum Value {
    case text(String)
    case optional(String?)
    case number(String)
    /// Complete JSON.
    case json([UInt8])
    case list([String])
    case identifiers([Identifier])
    case trait(TraitValue)
  }

  private let format: ExportFormat
  private let keepsFormulas: Bool
  private var columns: [String] = []
  private var output = ByteWriter()

  /// What was written and not yet passed on.
  var bytes: [UInt8] { output.bytes }

  init(format: ExportFormat, keepsFormulas: Bool) {
    self.format = format
    self.keepsFormulas = keepsFormulas
  }

  /// Forgets the bytes that have been passed on.
  mutating func flush() { output.removeAll() }

  mutating func header(_ columns: [String]) {
    self.columns = columns
    guard format == .csv else { return }
    for (index, column) in columns.enumerated() {
      if index > 0 { output.append(",") }
      csv(column, isText: true)
    }
    output.append("\r\n")
  }

  mutating func row(_ cells: [Value]) {
    switch format {
    case .csv:
      for (index, cell) in cells.enumerated() {
        if index > 0 { output.append(",") }
        csv(cell)
      }
      output.append("\r\n")
    case .ndjson:
      output.append("{")
      for (index, cell) in cells.enumerated() {
        if index > 0 { output.append(",") }
        output.jsonString(columns[index])
        output.append(":")
        json(cell)
      }
      output.append("}\n")
    }
  }

  private mutating func csv(_ cell: Value) {
    switch cell {
    case .text(let text): csv(text, isText: true)
    case .optional(let text): csv(text ?? "", isText: true)
    case .number(let text): csv(text, isText: false)
    case .json(let json): csv(String(decoding: json, as: UTF8.self), isText: true)
    case .list(let items): csv(items.joined(separator: " "), isText: true)
    case .identifiers(let items):
      csv(items.map { "\($0.type):\($0.value)" }.joined(separator: " "), isText: true)
    case .trait(let value): csv(trait: value)
    }
  }

  private mutating func csv(trait value: TraitValue) {
    switch value {
    case .count(let count): csv(String(count), isText: false)
    case .sum(let totals, skipped: 0, _) where totals.count == 1 && totals[0].currency.isEmpty:
      csv(totals[0].total?.description ?? "overflow", isText: false)
    case .amounts(let totals, skipped: 0, _) where totals.count == 1 && totals[0].currency.isEmpty:
      csv(totals[0].total?.description ?? "overflow", isText: false)
    case .sum(let totals, skipped: 0, _) where totals.isEmpty: csv("0", isText: false)
    case .amounts(let totals, _, _) where totals.isEmpty: break
    case .selection(nil, _), .moment(nil), .value(nil), .number(nil), .score(nil), .duration(nil):
      break
    // Made of digits, signs and codes of currencies alone.
    case .sum, .amounts, .score, .number, .moment, .truth: csv(value.description, isText: false)
    case .duration(let length?): csv(String(length.value), isText: false)
    case .list, .categories:
      var json = ByteWriter()
      value.writeJSON(to: &json)
      csv(String(decoding: json.bytes, as: UTF8.self), isText: true)
    case .selection, .value: csv(value.description, isText: true)
    }
  }

  /// Appends a cell by RFC 4180.
  ///
  /// - Parameter isText: Whether it holds what a sender wrote, which may be meant as a formula.
  private mutating func csv(_ text: String, isText: Bool) {
    output.csvCell(text, guardsFormulas: isText && !keepsFormulas)
  }

  private mutating func json(_ cell: Value) {
    switch cell {
    case .text(let text): output.jsonString(text)
    case .optional(let text):
      if let text { output.jsonString(text) } else { output.append("null") }
    case .number(let text): output.append(utf8: text)
    case .json(let json): output.append(json)
    case .list(let items): jsonList(items)
    case .identifiers(let items): jsonList(items.map { "\($0.type):\($0.value)" })
    case .trait(let value): value.writeJSON(to: &output)
    }
  }

  private mutating func jsonList(_ items: [String]) {
    output.append("[")
    for (index, item) in items.enumerated() {
      if index > 0 { output.append(",") }
      output.jsonString(item)
    }
    output.append("]")
  }
}
