// Lines that clients can cause: few enough that nobody can fill a disk with them.

import Logging
import NIOCore
import Synchronization

/// Logs lines of which there may be many, at most some each second.
final class LimitedLog: Sendable {
  private struct Second {
    var began = NIODeadline.distantPast
    var lines = 0
    var omitted = 0
  }

  private let logger: Logger
  private let second = Mutex(Second())

  /// The most lines of a second.
  private static let linesMax = 10

  init(_ logger: Logger) { self.logger = logger }

  /// Logs a line, unless there were enough in this second; the next one says how many were omitted.
  func log(
    _ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata,
    at now: NIODeadline = .now()
  ) {
    let omitted: Int? = second.withLock { second in
      if now - second.began >= .seconds(1) { (second.began, second.lines) = (now, 0) }
      guard second.lines < Self.linesMax else {
        second.omitted += 1
        return nil
      }
      second.lines += 1
      defer { second.omitted = 0 }
      return second.omitted
    }
    guard let omitted else { return }
    var metadata = metadata
    if omitted > 0 { metadata["omitted"] = "\(omitted)" }
    logger.log(level: level, message, metadata: metadata)
  }
}
