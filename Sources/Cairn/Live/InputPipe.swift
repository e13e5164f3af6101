// A pipe of the system between those who send an input and the thread that reads it.

import Bytes
import Glibc

/// A pipe whose writer never blocks.
final class InputPipe: Sendable {
  /// The end to read from.
  let reading: Int32
  private let writing: PipeEnd

  /// How much it holds; what a process may ask for without privileges.
  private static let capacity: Int32 = 1 << 20

  /// `F_SETPIPE_SZ` of Linux, which the C library hides.
  private static let setSize: Int32 = 1031

  /// Makes a pipe; nil if the system has no descriptors left.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    // A smaller one serves as well.
    _ = fcntl(ends[1], Self.setSize, Self.capacity)
    reading = ends[0]
    writing = PipeEnd(ends[1])
  }

  deinit { close(reading) }

  /// Writes what there is room for and returns how much that was; nil if nobody reads any more.
  func write(_ bytes: [UInt8]) -> Int? { writing.write(bytes) }

  /// Nothing more comes.
  func finish() { writing.close() }
}
