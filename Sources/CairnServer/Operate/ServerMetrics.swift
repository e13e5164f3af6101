// What the server counts of its own work.

import Synchronization

/// Counts requests and refused connections; labels come from short lists, never from what clients send.
final class ServerMetrics: Sendable {
  /// An answered request.
  struct RequestKey: Hashable {
    /// The route, with its parameters' names; `other` where there is none.
    var route: String
    var status: Int
  }

  struct Counts {
    var requests: [RequestKey: Int] = [:]
    var refusals: [String: Int] = [:]
  }

  private let counts = Mutex(Counts())

  /// What has been counted so far.
  var present: Counts { counts.withLock { $0 } }

  /// A request has been answered.
  func answered(_ route: String?, _ status: Int) {
    counts.withLock {
      $0.requests[RequestKey(route: route ?? "other", status: status), default: 0] += 1
    }
  }

  /// A connection has been refused, or ended because of a limit.
  func refused(_ reason: ConnectionRefusal) {
    counts.withLock { $0.refusals[reason.rawValue, default: 0] += 1 }
  }
}
