// How many connections there are, over all listeners.

import Synchronization

/// Counts connections up to a limit.
final class ConnectionCount: Sendable {
  private let count = Mutex(0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Counts one more; false if there are too many already.
  func begin() -> Bool {
    count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
  }

  /// One has ended.
  func end() { count.withLock { $0 -= 1 } }

  /// How many there are.
  var value: Int { count.withLock { $0 } }
}
