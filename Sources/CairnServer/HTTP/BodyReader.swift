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
  /// - Throws: 413 for one that is larger than the limit, as it comes or decompressed; 415 for an encoding that is
  ///   not read; 400 for one that is damaged or ends early.
  func read(_ request: Request) async throws -> [UInt8] {
    let isCompressed = try Self.isCompressed(request.headers)
    if let length = request.headers[.contentLength].flatMap({ Int($0) }),
      length > limits.bodyBytesMax
    {
      throw tooLarge
    }
    var bytes: [UInt8] = []
    for try await buffer in request.body {
      guard bytes.count + buffer.readableBytes <= limits.bodyBytesMax else { throw tooLarge }
      bytes.append(contentsOf: buffer.readableBytesView)
    }
    guard isCompressed else { return bytes }
    let inflater = try Inflater(limits)
    let text = try inflater.decode(bytes, bytesMax: limits.bodyBytesMax)
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

/// Decompresses a body within limits: of a bomb only what is within them is ever held.
final class Inflater {
  private let decoder: BodyDecoder
  private let ratioMax: Int
  private var byteCountIn = 0
  private var byteCountOut = 0

  /// How much may come out of little before the ratio counts: a block of lines repeats itself.
  private static let freeBytes = 64 << 10

  init(_ limits: RequestLimits) throws(ServerError) {
    guard let decoder = BodyDecoder() else {
      throw ServerError(
        .serviceUnavailable, "no_memory",
        "there is no memory to decompress the body; send it later",
        retryAfterSeconds: 1)
    }
    self.decoder = decoder
    ratioMax = limits.compressionRatioMax
  }

  /// Whether the data may end here.
  var isComplete: Bool { decoder.isComplete }

  /// Decompresses the next part of the data.
  ///
  /// - Parameter bytesMax: The most bytes that may come out of it.
  /// - Throws: 413 if more comes out than that, or too much of too little; 400 if the data is damaged.
  func decode(_ bytes: [UInt8], bytesMax: Int) throws(ServerError) -> [UInt8] {
    byteCountIn += bytes.count
    var text: [UInt8] = []
    var index = 0
    while true {
      let part = decoder.decode(bytes, &index, bytesMax: min(64 << 10, bytesMax - text.count + 1))
      text.append(contentsOf: part)
      byteCountOut += part.count
      guard text.count <= bytesMax else {
        throw ServerError(
          .contentTooLarge, "body_too_large",
          "the body is larger than \(bytesMax) bytes when it is decompressed; send fewer events at once"
        )
      }
      guard byteCountOut <= Self.freeBytes || byteCountOut / ratioMax <= byteCountIn else {
        throw ServerError(
          .contentTooLarge, "compression_ratio",
          "the body becomes more than \(ratioMax) times as large when it is decompressed; send it "
            + "without compression")
      }
      guard !decoder.isDamaged else {
        throw ServerError(
          .badRequest, "invalid_gzip", "the body is not valid gzip data; send it again")
      }
      if part.isEmpty { return text }
    }
  }
}
