// A file as an input that can be read again at any place.

import Events
import Glibc

/// Reads a regular file by offset.
final class FileBytes: JSONBytes {
  private static let blockBytes = 1 << 20
  private let descriptor: Int32
  /// Where the input begins in the file.
  private let start: off_t
  private(set) var bytesRead = 0
  private(set) var problem: InputProblem?

  /// - Parameter start: Where in the file the input begins, in bytes.
  init(descriptor: Int32, start: off_t) {
    self.descriptor = descriptor
    self.start = start
  }

  func bytes(from offset: Int, atMost countMax: Int) throws(JSONInputStopped) -> [UInt8] {
    let wanted = min(countMax, Self.blockBytes)
    let place = start + off_t(offset)
    while true {
      var code: Int32 = 0
      var got = 0
      let block = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        got = pread(descriptor, buffer.baseAddress, wanted, place)
        code = errno
        count = max(got, 0)
      }
      if got >= 0 {
        bytesRead = max(bytesRead, offset + got)
        return block
      }
      guard code == EINTR else {
        problem = .input(InputError(code: code, offset: offset))
        throw JSONInputStopped()
      }
    }
  }

  func isAtHand(_ offset: Int) -> Bool { true }

  func release(before offset: Int) {}
}
