// Streams of lines: bodies of any length, in bounded memory.

import Bytes
import Cairn
import Engine
import Events
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// Takes in a body whose lines are events, while it arrives.
struct LineStream: Sendable {
  let store: LiveStore
  let source: SourceID
  let limits: RequestLimits

  /// The most bytes that a part of a compressed body may become; the limit on the ratio keeps it far below.
  private static let inflatedBytesMax = 64 << 20

  /// Whether a body of this type is a stream of lines, which has no limit.
  static func isDeclared(_ contentType: String?) -> Bool {
    guard let type = contentType?.lowercased() else { return false }
    return ["application/x-ndjson", "application/ndjson", "application/jsonl"].contains {
      type.hasPrefix($0)
    }
  }

  /// Takes in all lines and returns once they are durable.
  func take(_ request: Request) async throws -> LiveOutcome {
    let inflater = try BodyReader.isCompressed(request.headers) ? Inflater(limits) : nil
    let lines = store.lines(from: source)
    do {
      for try await buffer in request.body {
        let bytes = Array(buffer.readableBytesView)
        if let inflater {
          try await lines.append(inflater.decode(bytes, bytesMax: Self.inflatedBytesMax))
        } else {
          try await lines.append(bytes)
        }
      }
      if let inflater, !inflater.isComplete {
        throw ServerError(
          .badRequest, "invalid_gzip",
          "the body ends in the middle of its gzip data; send all of it")
      }
      return try await lines.finish()
    } catch let error as LiveError {
      throw ServerError(error)
    }
  }
}
