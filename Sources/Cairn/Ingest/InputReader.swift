// Reads an input block by block, whatever kind of file it is.

import Bytes
import Glibc

/// Reads an open file descriptor to its end.
struct InputReader {
  private let descriptor: Int32
  private let blockBytes: Int
  private let stop: WakeUp
  /// How far the input has been read, in bytes.
  private(set) var offset = 0

  /// Reads from an open descriptor, which stays the caller's, until `stop` is raised.
  init(descriptor: Int32, stop: WakeUp, blockBytes: Int = 1 << 20) {
    self.descriptor = descriptor
    self.stop = stop
    self.blockBytes = blockBytes
  }

  /// The next bytes, as many as there are up to a block's size; none at the end of the input, nil
  /// once reading was stopped.
  ///
  /// Waits only while there are no bytes at all: lines that have come are not held back until others
  /// fill a block.
  mutating func next() throws(InputError) -> [UInt8]? {
    while try waitForInput() {
      var code: Int32 = 0
      var got = 0
      let descriptor = self.descriptor
      let wanted = blockBytes
      let block = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        got = read(descriptor, buffer.baseAddress, wanted)
        code = errno
        count = max(got, 0)
      }
      if got >= 0 {
        offset += got
        return block
      }
      // The last is of a non-blocking descriptor whose bytes another process took first.
      guard code == EINTR || code == EAGAIN else { throw InputError(code: code, offset: offset) }
    }
    return nil
  }

  /// Waits until reading will not block; false if it was stopped first.
  private func waitForInput() throws(InputError) -> Bool {
    let events = Int16(POLLIN)
    var waiting = [
      pollfd(fd: descriptor, events: events, revents: 0),
      pollfd(fd: stop.descriptor, events: events, revents: 0),
    ]
    while poll(&waiting, nfds_t(waiting.count), -1) < 0 {
      let code = errno
      guard code == EINTR else { throw InputError(code: code, offset: offset) }
    }
    // Any event on the input, including an error, is handled by the read.
    return waiting[1].revents == 0
  }
}

/// An input could not be read.
public struct InputError: Error, Sendable {
  /// The operating system's error number.
  public var code: Int32
  /// How far the input had been read, in bytes.
  public var offset: Int
}
