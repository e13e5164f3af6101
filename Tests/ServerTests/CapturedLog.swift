// What a server logs, for tests of what it says and what it must not say.

import Logging
import Synchronization

/// Everything that is logged, at any level.
final class CapturedLog: Sendable {
  /// One event.
  struct Entry: Sendable {
    let level: Logger.Level
    let message: Logger.Message
    /// The event's own, over those of the logger.
    let metadata: Logger.Metadata
  }

  private let held = Mutex<[Entry]>([])

  var entries: [Entry] { held.withLock { $0 } }

  var logger: Logger {
    var logger = Logger(label: "test") { _ in Handler(log: self) }
    logger.logLevel = .trace
    return logger
  }

  private struct Handler: LogHandler {
    let log: CapturedLog
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let merged = metadata.merging(event.metadata ?? [:]) { $1 }
      let entry = Entry(level: event.level, message: event.message, metadata: merged)
      log.held.withLock { $0.append(entry) }
    }
  }
}
