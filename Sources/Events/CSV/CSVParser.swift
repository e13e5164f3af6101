// Tables to rows of a batch: what is wrong with a row is said of its row and column, and the row is
// kept as it came.

import Bytes

/// Parses a table, given in pieces of any size.
public final class CSVParser {
  private let mapping: CSVMapping
  private let parser: EventParser
  private let limits: EventLimits
  private var scanner: CSVScanner
  private var writer: CSVRowWriter?
  private var json: [UInt8] = []
  private static let nameCharactersMax = 80

  /// Makes a parser of one table.
  ///
  /// - Parameter parser: What judges the rows; nothing else may use it.
  public init(
    _ mapping: CSVMapping, parser: EventParser, limits: EventLimits = EventLimits()
  ) {
    self.mapping = mapping
    self.parser = parser
    self.limits = limits
    scanner = CSVScanner(
      separator: mapping.separator, hasHeader: mapping.hasHeader, limits: limits)
  }

  /// Parses the next bytes and appends the rows that end in them.
  ///
  /// A row's line is its number in the table, the header being 1; its offset is where it begins.
  ///
  /// - Throws: `CSVHeaderProblem` if the table lacks a column that the mapping names, or its header cannot
  ///   be read.
  public func parse(
    _ input: RawSpan, into batch: inout EventBatch
  ) throws(CSVHeaderProblem) {
    var index = 0
    while scanner.next(input, &index) { try take(&batch) }
  }

  /// Whether a header has been read and no row after it.
  public private(set) var hasNoRows = false

  /// Parses what is left when the input has ended.
  public func finish(into batch: inout EventBatch) throws(CSVHeaderProblem) {
    while scanner.finish() {
      // The byte that ends a text under DOS is not a row.
      if scanner.raw != [0x1A] { try take(&batch) }
    }
  }

  private func take(_ batch: inout EventBatch) throws(CSVHeaderProblem) {
    if writer == nil {
      if mapping.hasHeader, scanner.isUnclosed || scanner.isTooLong {
        throw CSVHeaderProblem(column: String(max(scanner.badCell, 1)), reason: .unreadable)
      }
      writer = try makeWriter()
      scanner.columnCount = writer?.columnCount ?? 0
      if mapping.hasHeader {
        hasNoRows = true
        return
      }
    }
    hasNoRows = false
    guard !scanner.isTooLong else {
      EventParser.reject(line: scanner.number, offset: scanner.rowOffset, into: &batch)
      return
    }
    if scanner.badCell > 0 { return quarantineQuote(&batch) }
    let expected = writer?.columnCount ?? 0
    if expected > 0, scanner.cells.count != expected {
      quarantine(
        .invalidRow, scanner.cells.count,
        "it has \(scanner.cells.count) cells instead of \(expected)", &batch)
      return
    }
    let end = batch.end
    parseRow(into: &batch)
    if batch.hasProblem(since: end), scanner.holdsRows {
      batch.removeAll(since: end)
      scanner.goBack()
      quarantineQuote(&batch)
    }
  }

  /// Parses a row that is well formed.
  private func parseRow(into batch: inout EventBatch) {
    json.removeAll(keepingCapacity: true)
    do throws(CSVCellProblem) {
      let text = scanner.text
      try writer?.write(text.span.bytes, scanner.cells, to: &json)
      scanner.columnCount = writer?.columnCount ?? 0
    } catch {
      quarantine(.invalidCell, error.column, "\(error.expectation)", &batch)
      return
    }
    let line = json
    parser.parse(
      line.span.bytes, firstLine: scanner.number, firstOffset: scanner.rowOffset, into: &batch)
  }

  private func quarantineQuote(_ batch: inout EventBatch) {
    let reason =
      scanner.isUnclosed
      ? "a quote opens the cell and is not closed; the rows after it are still read"
      : "a quote is not allowed here"
    quarantine(.invalidRow, scanner.badCell, reason, &batch)
  }

  private func makeWriter() throws(CSVHeaderProblem) -> CSVRowWriter {
    var header: [String] = []
    if mapping.hasHeader {
      let text = scanner.text
      for cell in scanner.cells { header.append(Self.name(text.span.bytes.extracting(cell))) }
    }
    return try CSVRowWriter(mapping, header: header)
  }

  private static func name(_ cell: RawSpan) -> String {
    cell.extracting(IdentifierText.trimmed(cell)).toString()
  }

  private func quarantine(
    _ code: EventProblem.Code, _ column: Int, _ reason: String, _ batch: inout EventBatch
  ) {
    let names = writer?.names ?? []
    // A header may be anything, too: what is said of a row must not grow with it.
    let name =
      names.indices.contains(column - 1)
      ? " `\(names[column - 1].prefix(Self.nameCharactersMax))`" : ""
    let raw = scanner.raw
    parser.quarantine(
      raw.span.bytes, EventProblem(code, at: column),
      detail: "row \(scanner.number), column \(column)\(name): \(reason)", line: scanner.number,
      offset: scanner.rowOffset, into: &batch)
  }
}
