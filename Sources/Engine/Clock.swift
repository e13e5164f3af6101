// The only place where the machine's clock and random numbers come in. Everything else takes them as
// parameters, so that a run can be repeated exactly.

import Bytes
import Glibc

/// Where a store's time and secrets come from.
public struct Environment: Sendable {
  /// Reads the present instant.
  public var now: @Sendable () -> Timestamp
  /// Draws that many unpredictable bytes.
  public var randomBytes: @Sendable (Int) -> [UInt8]
  /// Waits for that many milliseconds; only an erasure does, for readers in other processes.
  public var wait: @Sendable (Int) -> Void = { usleep(useconds_t($0) * 1000) }

  /// The machine's own clock and random numbers.
  public static let system = Environment(
    now: {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    },
    randomBytes: { count in
      var generator = SystemRandomNumberGenerator()
      return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    })

  /// A clock and secrets that are given, for tests and repeatable runs.
  public static func fixed(
    now: @escaping @Sendable () -> Timestamp, seed: UInt8 = 7
  ) -> Environment {
    Environment(
      now: now, randomBytes: { count in (0..<count).map { UInt8(truncatingIfNeeded: $0) &+ seed } })
  }
}
