// Tables as an input.

import Bytes
import Events

/// Reads a table as rows.
struct CSVSource: ChunkSource {
  private let stream: InputStream
  private let parser: CSVParser
  private var isAtEnd = false

  init(_ stream: InputStream, mapping: CSVMapping, parser: EventParser) {
    self.stream = stream
    self.parser = CSVParser(mapping, parser: parser)
  }

  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk? {
    guard !isAtEnd else { return nil }
    var failure: IngestFailure.Reason?
    do {
      guard let block = try stream.next() else {
        isAtEnd = true
        return nil
      }
      if block.isEmpty {
        isAtEnd = true
        try parser.finish(into: &batch)
      } else {
        try parser.parse(block.span.bytes, into: &batch)
      }
    } catch let error as InputProblem {
      failure = error.reason
      isAtEnd = true
    } catch let error as CSVHeaderProblem {
      failure = .format(Self.refusal(error))
      isAtEnd = true
    } catch {
      preconditionFailure("only the two errors above are thrown")
    }
    return ParsedChunk(
      batch: batch, endOffset: stream.bytesRead, error: failure,
      hasNoRows: isAtEnd && parser.hasNoRows)
  }

  private static func refusal(_ problem: CSVHeaderProblem) -> InputFormatError {
    switch problem.reason {
    case .missing:
      InputFormatError(
        message: "has no column `\(problem.column)`, which the mapping names",
        remedy: "correct the mapping, its separator perhaps, and ingest it again")
    case .twice:
      InputFormatError(
        message: "has the column `\(problem.column)` twice, which the mapping names",
        remedy: "name the column by its number, such as \"#3\", in the mapping")
    case .unreadable:
      InputFormatError(
        message: "has a header that cannot be read: the quote of column \(problem.column) is not "
          + "closed, or the header is longer than 1 MiB")
    }
  }
}
