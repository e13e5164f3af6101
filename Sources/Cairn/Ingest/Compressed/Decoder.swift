// Compressed inputs, decoded as streams: whatever the compression ratio, memory holds one block of the output.

/// Decodes one compressed stream.
protocol Decoder: AnyObject {
  /// Decodes from `input`, from `index` on, at most `bytesMax` bytes; moves `index` over what was used.
  ///
  /// Returns none if it needs more input.
  func decode(_ input: [UInt8], _ index: inout Int, bytesMax: Int) -> [UInt8]

  /// What is wrong from here on, after what has been given out.
  var problem: CompressionProblem? { get }

  /// Whether the input may end here: nothing has begun that has not ended.
  var isComplete: Bool { get }
}

/// Why compressed data cannot be decoded.
enum CompressionProblem: Error, Equatable {
  /// The data is damaged, or something else follows it.
  case damaged
  /// The data needs a larger window than is given to it.
  case windowTooLarge
  /// There is no memory for the decoder.
  case noMemory
}

/// The compressed formats that are read.
enum Compression: Equatable {
  case gzip
  case zstd

  /// The name for people.
  var name: String {
    switch self {
    case .gzip: "gzip"
    case .zstd: "Zstandard"
    }
  }

  func makeDecoder() throws(CompressionProblem) -> any Decoder {
    switch self {
    case .gzip: try GzipDecoder()
    case .zstd: try ZstdDecoder()
    }
  }
}
