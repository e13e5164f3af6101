// JSON as an input.

import Bytes
import Events

/// Reads JSON as rows.
struct JSONSource: ChunkSource {
  private let bytes: any JSONBytes
  private let reader: JSONReader
  private var isAtEnd = false

  init(_ bytes: any JSONBytes, as form: JSONReader.Form, parser: EventParser) {
    self.bytes = bytes
    reader = JSONReader(bytes, as: form, parser: parser)
  }

  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk? {
    guard !isAtEnd else { return nil }
    do throws(JSONInputStopped) {
      isAtEnd = try !reader.parse(into: &batch)
    } catch {
      isAtEnd = true
      guard bytes.problem != nil else { return nil }
    }
    return ParsedChunk(batch: batch, endOffset: bytes.bytesRead, error: bytes.problem?.reason)
  }
}

/// The bytes of an input, and what is wrong with it where it stops.
protocol JSONBytes: JSONInput {
  /// How far the input has been read, in bytes as it came.
  var bytesRead: Int { get }
  /// Why reading stopped, unless it was asked to.
  var problem: InputProblem? { get }
}
