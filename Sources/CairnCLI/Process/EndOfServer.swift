// How a server ended, from the task that ran it to the thread that waits.

import Synchronization

/// Holds the error that ended a server, if one did.
final class EndOfServer: Sendable {
  private let held = Mutex<(any Error)?>(nil)

  var error: (any Error)? { held.withLock { $0 } }

  func set(_ error: any Error) { held.withLock { $0 = error } }
}
