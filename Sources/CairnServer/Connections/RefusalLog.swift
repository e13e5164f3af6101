// Lines about refused connections: few enough that nobody can fill a disk with them.

import Logging
import NIOCore
import Synchronization

/// Counts refused connections and logs them, at most some each second.
struct RefusalLog: Sendable {
  private struct Second {
    var began = NIODeadline.distantPast
    var lines = 0
    var omitted = 0
  }

  let logger: Logger
  let metrics: ServerMetrics
  private let state: LockedSecond

  /// Mutexes have no copies.
  private final class LockedSecond: Sendable {
    let value = Mutex(Second())
  }

  /// The most lines of a second.
  private static let linesMax = 10

  init(_ logger: Logger, _ metrics: ServerMetrics) {
    self.logger = logger
    self.metrics = metrics
    state = LockedSecond()
  }

  /// A connection has been refused, or ends because of a limit.
  func note(_ reason: ConnectionRefusal, at now: NIODeadline) {
    metrics.refused(reason)
    let omitted: Int? = state.value.withLock { second in
      if now - second.began >= .seconds(1) {
        (second.began, second.lines) = (now, 0)
      }
      guard second.lines < Self.linesMax else {
        second.omitted += 1
        return nil
      }
      second.lines += 1
      defer { second.omitted = 0 }
      return second.omitted
    }
    guard let omitted else { return }
    var metadata: Logger.Metadata = ["reason": "\(reason.rawValue)"]
    if omitted > 0 { metadata["omitted"] = "\(omitted)" }
    logger.info("connection refused", metadata: metadata)
  }
}
