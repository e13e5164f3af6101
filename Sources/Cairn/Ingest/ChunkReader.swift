// Cuts an input into chunks of whole lines with bounded memory, whatever the lines look like.

import Bytes
import Glibc

/// Whole lines of an input, in order.
struct LineChunk: Sendable {
  /// The lines, each ended by a line feed but perhaps the last of the input.
  var bytes: [UInt8]
  /// The number of the first line, from 1.
  var firstLine: Int
  /// Where the first line starts, in bytes from the start of the input.
  var firstOffset: Int
}

/// Reads a file descriptor in chunks of whole lines.
///
/// A line longer than `lineBytesMax` comes out cut to `lineBytesMax + 1` bytes, which the parser
/// refuses as too long; the rest of it is passed over. Memory: about `chunkBytes + lineBytesMax`.
struct ChunkReader {
  private let descriptor: Int32
  private let chunkBytes: Int
  private let lineBytesMax: Int
  private var carry: [UInt8] = []
  private var line = 1
  /// Where the next chunk starts, in bytes from the start of the input.
  private(set) var offset = 0
  private var isAtEnd = false

  /// Reads from an open descriptor, which stays the caller's.
  init(descriptor: Int32, chunkBytes: Int = 1 << 20, lineBytesMax: Int = 1 << 20) {
    self.descriptor = descriptor
    self.chunkBytes = chunkBytes
    self.lineBytesMax = lineBytesMax
  }

  /// The next chunk, or nil at the end of the input.
  mutating func next() throws(InputError) -> LineChunk? {
    while true {
      if let end = carry.lastIndex(of: UInt8(ascii: "\n")), carry.count >= chunkBytes || isAtEnd {
        return take(end + 1)
      }
      if isAtEnd { return carry.isEmpty ? nil : take(carry.count) }
      if carry.count > lineBytesMax, !carry.contains(UInt8(ascii: "\n")) {
        return try takeOverlong()
      }
      try fill()
    }
  }

  private mutating func take(_ count: Int) -> LineChunk {
    let rest = Array(carry[count...])
    carry.removeSubrange(count...)
    let chunk = LineChunk(bytes: carry, firstLine: line, firstOffset: offset)
    line += carry.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    offset += count
    carry = rest
    return chunk
  }

  /// Hands out the start of a line that is too long and skips to its end.
  private mutating func takeOverlong() throws(InputError) -> LineChunk {
    let chunk = LineChunk(
      bytes: Array(carry[...lineBytesMax]), firstLine: line, firstOffset: offset)
    var skipped = 0
    while !isAtEnd {
      if let end = carry.firstIndex(of: UInt8(ascii: "\n")) {
        skipped += end + 1
        carry.removeSubrange(...end)
        break
      }
      skipped += carry.count
      carry.removeAll(keepingCapacity: true)
      try fill()
    }
    line += 1
    offset += skipped
    return chunk
  }

  private mutating func fill() throws(InputError) {
    let wanted = chunkBytes
    let descriptor = self.descriptor
    var code: Int32 = 0
    var got = 0
    let block = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      repeat {
        got = read(descriptor, buffer.baseAddress, wanted)
        code = errno
      } while got < 0 && code == EINTR
      count = max(got, 0)
    }
    guard got >= 0 else { throw InputError(code: code, offset: offset + carry.count) }
    if got == 0 { isAtEnd = true } else { carry.append(contentsOf: block) }
  }
}

/// An input could not be read.
public struct InputError: Error, Sendable {
  /// The operating system's error number.
  public var code: Int32
  /// How far the input had been read, in bytes.
  public var offset: Int
}
