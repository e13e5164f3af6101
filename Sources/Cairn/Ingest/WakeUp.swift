// A signal that a thread can wait for together with its input: without it, a thread that waits for a
// silent pipe could be ended only by closing the pipe.

import Glibc

/// Wakes a thread that waits in `poll`, permanently.
final class WakeUp: Sendable {
  /// Readable once `raise` was called.
  let descriptor: Int32
  private let raisingEnd: Int32

  /// Makes a signal that is not raised; nil if the system has no descriptors left.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    descriptor = ends[0]
    raisingEnd = ends[1]
  }

  deinit {
    close(descriptor)
    close(raisingEnd)
  }

  /// Wakes the thread that waits, now or later.
  func raise() {
    // One byte always has room; more than one raise is not needed.
    _ = write(raisingEnd, [1], 1)
  }
}
