// The decoder of compressed bodies, which come in parts.

/// Decodes one gzip stream.
package final class BodyDecoder {
  private let decoder: GzipDecoder

  /// Makes a decoder; nil if there is no memory for it.
  package init?() {
    guard let decoder = try? GzipDecoder() else { return nil }
    self.decoder = decoder
  }

  /// Decodes from `input`, from `index` on, at most `bytesMax` bytes; moves `index` over what was used.
  ///
  /// Returns none if it needs more input.
  package func decode(_ input: [UInt8], _ index: inout Int, bytesMax: Int) -> [UInt8] {
    decoder.decode(input, &index, bytesMax: bytesMax)
  }

  /// Whether the data is not gzip from here on.
  package var isDamaged: Bool { decoder.problem != nil }

  /// Whether the data may end here.
  package var isComplete: Bool { decoder.isComplete }
}
