// Tables as an input.

import Bytes
import Events

/// Gives out a table as rows.
struct CSVSource: ChunkSource {
  private var reader: InputReader
  private let parser: CSVParser
  private var isAtEnd = false

  init(reader: InputReader, mapping: CSVMapping, parser: EventParser) {
    self.reader = reader
    self.parser = CSVParser(mapping, parser: parser)
  }

  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk? {
    guard !isAtEnd else { return nil }
    var failure: IngestFailure.Reason?
    do {
      guard let block = try reader.next() else {
        isAtEnd = true
        return nil
      }
      if block.isEmpty {
        isAtEnd = true
        try parser.finish(into: &batch)
      } else {
        try parser.parse(block.span.bytes, into: &batch)
      }
    } catch let error as InputError {
      failure = .input(error)
      isAtEnd = true
    } catch let error as CSVHeaderProblem {
      let what =
        error.isTwice ? "has the column `\(error.column)` twice" : "has no column `\(error.column)`"
      failure = .format(
        InputFormatError(message: "\(what), which the mapping names", offset: 0))
      isAtEnd = true
    } catch {
      preconditionFailure("only the two errors above are thrown")
    }
    return ParsedChunk(batch: batch, endOffset: reader.offset, error: failure)
  }
}
