// The one place where text becomes a cell of a CSV file.

extension ByteWriter {
  /// Writes a cell by RFC 4180.
  ///
  /// - Parameter guardsFormulas: Whether text that a spreadsheet would evaluate as a formula gets an apostrophe before
  ///   it.
  package mutating func csvCell(_ text: String, guardsFormulas: Bool) {
    let utf8 = Array(text.utf8)
    let special: [UInt8] = [0x2C, 0x22, 0x0A, 0x0D]
    let needsQuotes = utf8.contains { special.contains($0) }
    if needsQuotes { append("\"") }
    if guardsFormulas, CSVFormula.needsApostrophe(text) { append("'") }
    for byte in utf8 {
      if byte == 0x22 { u8(byte) }
      u8(byte)
    }
    if needsQuotes { append("\"") }
  }

  /// Writes a row of text, guarded against formulas.
  package mutating func csvRow(_ cells: [String]) {
    for (index, cell) in cells.enumerated() {
      if index > 0 { append(",") }
      csvCell(cell, guardsFormulas: true)
    }
    append("\r\n")
  }
}
