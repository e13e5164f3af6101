// The body of a request as bytes, within limits, decompressed.

import Cairn
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads bodies.
struct BodyReader: Sendable {
  let limits: RequestLimits

  /// The whole body, decompressed.
  ///
  /// - Parameter room: Takes what the body needs of the memory for input, while it arrives.
  /// - Throws: 429 if there is no room; 413 for one that is larger than the limit, as it comes or decompressed; 415
  ///   for an encoding that is not read; 400 for one that is damaged or ends early.
  func read(_ request: Request, into room: InputRoom) async throws -> [UInt8] {
    let isCompressed = try Self.isCompressed(request.headers)
    if let length = request.headers[.contentLength].flatMap({ Int($0) }),
      length > limits.bodyBytesMax
    {
      throw tooLarge
    }
    var bytes: [UInt8] = []
    for try await buffer in request.body {
      guard bytes.count + buffer.readableBytes <= limits.bodyBytesMax else { throw tooLarge }
      try room.take(upTo: bytes.count + buffer.readableBytes)
      bytes.append(contentsOf: buffer.readableBytesView)
    }
    guard isCompressed else { return bytes }
    let inflater = try Inflater(limits)
    let text = try inflater.decode(bytes, bytesMax: limits.bodyBytesMax)
    try room.take(upTo: max(bytes.count, text.count))
    guard inflater.isComplete else {
      throw ServerError(
        .badRequest, "invalid_gzip", "the body ends in the middle of its gzip data; send all of it")
    }
    return text
  }

  /// Whether a body is compressed with gzip.
  ///
  /// - Throws: 415 for another encoding.
  static func isCompressed(_ headers: HTTPFields) throws(ServerError) -> Bool {
    guard let encoding = headers[.contentEncoding]?.lowercased(), encoding != "identity" else {
      return false
    }
    guard encoding == "gzip" || encoding == "x-gzip" else {
      throw ServerError(
        .unsupportedMediaType, "unsupported_encoding",
        "the body has an encoding that is not read; send it with gzip or without an encoding")
    }
    return true
  }

  private var tooLarge: ServerError {
    var error = ServerError(
      .contentTooLarge, "body_too_large",
      "the body is larger than \(limits.bodyBytesMax) bytes; send fewer events at once, or lines as "
        + "application/x-ndjson")
    error.closesConnection = true
    return error
  }
}
