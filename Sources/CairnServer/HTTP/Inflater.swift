// The decompression of bodies, within limits of size and ratio.

import Cairn
import HTTPTypes

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
