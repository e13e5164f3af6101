// A pipe, or what is decoded, as an input that can be read again as far back as needed.

import Events

/// Reads a stream by offset, and holds what has not been released.
final class StreamBytes: JSONBytes {
  /// The most that is held: a batch must be seen whole before its items are taken.
  static let heldBytesMax = 64 << 20

  private let stream: InputStream
  /// The blocks that are held, oldest first, and where the first begins.
  private var blocks: [[UInt8]] = []
  private var start = 0
  private var heldBytes = 0
  private(set) var problem: InputProblem?

  init(_ stream: InputStream) { self.stream = stream }

  var bytesRead: Int { stream.bytesRead }

  func bytes(from offset: Int, atMost countMax: Int) throws(JSONInputStopped) -> [UInt8] {
    var blockStart = start
    for block in blocks {
      if offset < blockStart + block.count {
        let rest = block[(offset - blockStart)...].prefix(countMax)
        return rest.count == block.count ? block : Array(rest)
      }
      blockStart += block.count
    }
    guard problem == nil, !stream.isStopped else { throw JSONInputStopped() }
    guard heldBytes <= Self.heldBytesMax else {
      problem = .format(
        InputFormatError(
          message:
            "holds a batch of more than \(Self.heldBytesMax >> 20) MiB, which cannot be read "
            + "twice from a pipe or compressed", offset: start,
          remedy: "ingest it from a file that is not compressed"))
      throw JSONInputStopped()
    }
    let next: [UInt8]?
    do throws(InputProblem) { next = try stream.next() } catch {
      problem = error
      throw JSONInputStopped()
    }
    guard let next else { throw JSONInputStopped() }
    if !next.isEmpty {
      blocks.append(next)
      heldBytes += next.count
    }
    return next.count <= countMax ? next : Array(next.prefix(countMax))
  }

  func isAtHand(_ offset: Int) -> Bool { offset < start + heldBytes }

  func release(before offset: Int) {
    while let block = blocks.first, start + block.count <= offset {
      blocks.removeFirst()
      start += block.count
      heldBytes -= block.count
    }
  }
}
