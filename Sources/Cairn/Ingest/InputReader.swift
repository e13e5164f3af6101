// Reads an input block by block, whatever kind of file it is.

import Bytes
import Glibc

/// Reads an open file descriptor to its end.
struct InputReader {
  private let descriptor: Int32
  private let blockBytes: Int
  /// How far the input has been read, in bytes.
  private(set) var offset = 0

  /// Reads from an open descriptor, which stays the caller's.
  init(descriptor: Int32, blockBytes: Int = 1 << 20) {
    self.descriptor = descriptor
    self.blockBytes = blockBytes
  }

  /// The next bytes; none at the end of the input.
  mutating func next() throws(InputError) -> [UInt8] {
    var code: Int32 = 0
    var got = 0
    let descriptor = self.descriptor
    let wanted = blockBytes
    let block = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      repeat {
        got = read(descriptor, buffer.baseAddress, wanted)
        code = errno
      } while got < 0 && code == EINTR
      count = max(got, 0)
    }
    guard got >= 0 else { throw InputError(code: code, offset: offset) }
    offset += got
    return block
  }
}

/// An input could not be read.
public struct InputError: Error, Sendable {
  /// The operating system's error number.
  public var code: Int32
  /// How far the input had been read, in bytes.
  public var offset: Int
}
