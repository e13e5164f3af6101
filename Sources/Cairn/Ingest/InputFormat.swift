// The forms that an input may have. What they share: each gives rows in order, a chunk at a time.

import Bytes
import Events
import Storage

/// What an input is made of.
public enum InputFormat: Sendable {
  /// JSON: events, batch bodies as clients send them, `{"batch":[…],"sentAt":…}`, and lists of events, in
  /// any mixture, one per line or over many lines.
  case json
  /// One JSON event per line, whatever else a line looks like.
  case lines
  /// A table, whose columns a mapping explains.
  case table(CSVMapping)
}

/// An input cannot be read in the format that it was said to have.
public struct InputFormatError: Error, Sendable {
  /// What is wrong, as the end of a sentence about the input.
  public var message: String
  /// Where, in bytes from the start of the input; 0 if it is about all of it.
  public var offset = 0
  /// What to do.
  public var remedy = Self.repair

  private static let repair =
    "repair it and ingest it again; the events before it will be duplicates"

  package init(message: String, offset: Int = 0, remedy: String? = nil) {
    self.message = message
    self.offset = offset
    self.remedy = remedy ?? Self.repair
  }
}

/// Reads an input as rows, a chunk at a time, on the thread that reads it.
protocol ChunkSource {
  /// The next chunk; nil after the input's end, a failure, or a stop.
  ///
  /// - Parameter batch: An empty one, whose memory is used.
  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk?
}

/// An input that is refused before its first line.
struct RefusedSource: ChunkSource {
  private var reason: IngestFailure.Reason?

  init(_ reason: IngestFailure.Reason) { self.reason = reason }

  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk? {
    guard let reason else { return nil }
    self.reason = nil
    return ParsedChunk(batch: batch, endOffset: 0, error: reason)
  }
}
