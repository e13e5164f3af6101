// The forms that an input may have. What they share: each gives rows in order, a chunk at a time.

import Bytes
import Events
import Storage

/// What an input is made of.
public enum InputFormat: Sendable {
  /// One JSON object a line.
  case lines
  /// Batch bodies as clients send them: `{"batch":[…],"sentAt":…}`, or a list of events.
  case batch
  /// A table, whose columns a mapping explains.
  case table(CSVMapping)
}

/// An input cannot be read in the format that it was said to have.
public struct InputFormatError: Error, Sendable {
  /// What is wrong, as the end of a sentence about the input.
  public var message: String
  /// Where, in bytes from the start of the input.
  public var offset: Int
}

/// Gives out an input as rows, a chunk at a time, on the thread that reads it.
protocol ChunkSource {
  /// The next chunk; nil after the input's end, a failure, or a stop.
  ///
  /// - Parameter batch: An empty one, whose memory is used.
  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk?
}

/// Lines of JSON: read a block, cut it into lines, parse them.
struct LineSource: ChunkSource {
  private var reader: InputReader
  private let parser: EventParser
  private var cutter = LineCutter()
  private var isAtEnd = false

  init(reader: InputReader, parser: EventParser) {
    self.reader = reader
    self.parser = parser
  }

  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk? {
    guard !isAtEnd else { return nil }
    var failure: IngestFailure.Reason?
    do throws(InputError) {
      guard let block = try reader.next() else {
        isAtEnd = true
        return nil
      }
      if block.isEmpty {
        isAtEnd = true
        cutter.finish { Self.parse($0, with: parser, into: &batch) }
      } else {
        cutter.append(block.span.bytes) { Self.parse($0, with: parser, into: &batch) }
      }
    } catch {
      failure = .input(error)
      isAtEnd = true
    }
    return ParsedChunk(batch: batch, endOffset: reader.offset, error: failure)
  }

  private static func parse(
    _ piece: InputPiece, with parser: EventParser, into batch: inout EventBatch
  ) {
    switch piece {
    case .lines(let bytes, let firstLine, let firstOffset):
      parser.parse(
        bytes.span.bytes, firstLine: firstLine, firstOffset: firstOffset, into: &batch)
    case .tooLong(let line, let offset):
      EventParser.reject(line: line, offset: offset, into: &batch)
    }
  }
}
