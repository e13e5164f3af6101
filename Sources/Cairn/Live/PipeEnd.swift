// The end of a pipe that is written to, closed once.

import Glibc
import Synchronization

/// A descriptor that several threads may close.
final class PipeEnd: Sendable {
  private let descriptor: Mutex<Int32>

  init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

  deinit { close() }

  /// Writes what there is room for; nil if nobody reads, or it is closed.
  func write(_ bytes: [UInt8]) -> Int? {
    descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return nil }
      let count = Glibc.write(descriptor, bytes, bytes.count)
      guard count < 0 else { return count }
      return errno == EAGAIN || errno == EINTR ? 0 : nil
    }
  }

  /// Closes it.
  func close() {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { Glibc.close(descriptor) }
      descriptor = -1
    }
  }
}
