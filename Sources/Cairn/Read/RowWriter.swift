// Rows of an export as CSV or NDJSON. CSV follows RFC 4180 and cannot be made to run a formula in a
// spreadsheet; NDJSON keeps types.

import Bytes
import Profiles

/// Writes rows with the same columns, one after another.
struct RowWriter {
  /// One value of a row.
  enum Cell {
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
  private(set) var bytes: [UInt8] = []

  init(format: ExportFormat, keepsFormulas: Bool) {
    self.format = format
    self.keepsFormulas = keepsFormulas
  }

  /// Forgets the bytes that have been handed on.
  mutating func flush() { bytes.removeAll(keepingCapacity: true) }

  mutating func header(_ columns: [String]) {
    self.columns = columns
    guard format == .csv else { return }
    for (index, column) in columns.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      csv(column, isText: true)
    }
    bytes.append(contentsOf: [13, 10])
  }

  mutating func row(_ cells: [Cell]) {
    switch format {
    case .csv:
      for (index, cell) in cells.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        csv(cell)
      }
      bytes.append(contentsOf: [13, 10])
    case .ndjson:
      bytes.append(UInt8(ascii: "{"))
      for (index, cell) in cells.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(columns[index], to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        json(cell)
      }
      bytes.append(contentsOf: [UInt8(ascii: "}"), 10])
    }
  }

  private mutating func csv(_ cell: Cell) {
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
    case .sum(let totals, skipped: 0) where totals.count == 1 && totals[0].currency.isEmpty:
      csv(totals[0].total?.description ?? "overflow", isText: false)
    case .sum(let totals, skipped: 0) where totals.isEmpty: csv("0", isText: false)
    case .selection(nil, _): break
    case .sum, .selection: csv(value.description, isText: true)
    }
  }

  /// Source: RFC 4180; the formula rule is OWASP ASVS 1.2.10 with CR and LF added.
  private mutating func csv(_ text: String, isText: Bool) {
    let utf8 = Array(text.utf8)
    let special: [UInt8] = [0x2C, 0x22, 0x0A, 0x0D]
    let needsQuotes = utf8.contains { special.contains($0) }
    if needsQuotes { bytes.append(0x22) }
    if isText, !keepsFormulas, startsFormula(text) { bytes.append(UInt8(ascii: "'")) }
    for byte in utf8 {
      if byte == 0x22 { bytes.append(0x22) }
      bytes.append(byte)
    }
    if needsQuotes { bytes.append(0x22) }
  }

  private func startsFormula(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first else { return false }
    return "=+-@\t\r\n\0＝＋－＠".unicodeScalars.contains(first)
  }

  private mutating func json(_ cell: Cell) {
    switch cell {
    case .text(let text): JSONText.append(text, to: &bytes)
    case .optional(let text):
      if let text { JSONText.append(text, to: &bytes) } else { append("null") }
    case .number(let text): bytes.append(contentsOf: text.utf8)
    case .json(let json): bytes.append(contentsOf: json)
    case .list(let items):
      jsonList(items) { JSONText.append($0, to: &$1) }
    case .identifiers(let items):
      jsonList(items) { JSONText.append("\($0.type):\($0.value)", to: &$1) }
    case .trait(let value): JSONText.append(value, to: &bytes)
    }
  }

  private mutating func jsonList<Item>(
    _ items: [Item], _ write: (Item, inout [UInt8]) -> Void
  ) {
    append("[")
    for (index, item) in items.enumerated() {
      if index > 0 { append(",") }
      write(item, &bytes)
    }
    append("]")
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
}
