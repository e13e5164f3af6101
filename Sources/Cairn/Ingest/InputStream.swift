// The bytes of an input as text: read block by block, and decoded if they are compressed.

import Events

/// Why reading an input cannot continue.
enum InputProblem: Error {
  /// The operating system says so.
  case input(InputError)
  /// The bytes are not what they should be.
  case format(InputFormatError)

  var reason: IngestFailure.Reason {
    switch self {
    case .input(let error): .input(error)
    case .format(let error): .format(error)
    }
  }
}

/// Reads an open descriptor to its end, through the decoder that its first bytes ask for.
final class InputStream {
  private static let blockBytes = 1 << 20
  /// How much of an input is enough to see what it is.
  private static let headBytes = 512

  private var reader: InputReader
  private var decoder: (any Decoder)?
  /// What the input is compressed with.
  private(set) var compression: Compression?
  private var encoded: [UInt8] = []
  private var encodedIndex = 0
  /// What has been examined but not returned.
  private var head: [UInt8] = []
  private var isHeadEnd = false
  /// Whether reading was stopped from outside.
  private(set) var isStopped = false

  init(_ reader: InputReader) { self.reader = reader }

  /// How far the input has been read, in bytes as it came.
  var bytesRead: Int { reader.offset }

  /// The first bytes of the text, which are given out again; fewer than asked for only at its end, or where it
  /// pauses.
  ///
  /// To be called before `next`.
  func start() throws(InputProblem) -> [UInt8] {
    try gatherHead()
    guard let compression = Compression(head) else { return head }
    self.compression = compression
    do throws(CompressionProblem) { decoder = try compression.makeDecoder() } catch {
      throw .format(refusal(error, of: compression))
    }
    encoded = head
    head = []
    isHeadEnd = false
    try gatherHead()
    guard let inner = Compression(head) else { return head }
    throw .format(
      InputFormatError(
        message: "is compressed twice, with \(compression.name) and \(inner.name)",
        remedy: "decompress it once and ingest it again"))
  }

  private func gatherHead() throws(InputProblem) {
    while head.count < Self.headBytes, !isHeadEnd, !head.contains(0x0A) || head.count < 4 {
      guard let block = try read() else { return }
      isHeadEnd = block.isEmpty
      head = head.isEmpty ? block : head + block
    }
  }

  /// The next bytes of the text; none at its end, nil once reading was stopped.
  func next() throws(InputProblem) -> [UInt8]? {
    guard head.isEmpty else {
      defer { head = [] }
      return head
    }
    return isHeadEnd ? [] : try read()
  }

  private func read() throws(InputProblem) -> [UInt8]? {
    guard let compression, let decoder else { return try readBlock() }
    while true {
      let text = decoder.decode(encoded, &encodedIndex, bytesMax: Self.blockBytes)
      if !text.isEmpty { return text }
      if let problem = decoder.problem { throw .format(refusal(problem, of: compression)) }
      guard let block = try readBlock() else { return nil }
      guard !block.isEmpty else {
        if decoder.isComplete { return [] }
        throw .format(
          InputFormatError(
            message: "ends in the middle of its \(compression.name) data", offset: bytesRead,
            remedy:
              "get the whole of it and ingest it again; the events before it will be duplicates"))
      }
      encoded = block
      encodedIndex = 0
    }
  }

  private func readBlock() throws(InputProblem) -> [UInt8]? {
    do throws(InputError) {
      let block = try reader.next()
      if block == nil { isStopped = true }
      return block
    } catch {
      throw .input(error)
    }
  }

  private func refusal(
    _ problem: CompressionProblem, of compression: Compression
  ) -> InputFormatError {
    switch problem {
    case .damaged:
      InputFormatError(
        message: "holds \(compression.name) data that is damaged", offset: bytesRead,
        remedy: "get it again and ingest it; the events before it will be duplicates")
    case .windowTooLarge:
      InputFormatError(
        message: "is compressed with a window of more than 128 MiB",
        remedy: "decompress it first, with `zstd -d --long=31` for instance")
    case .noMemory:
      InputFormatError(
        message: "cannot be decompressed because there is not enough memory",
        remedy: "decompress it first")
    }
  }
}
