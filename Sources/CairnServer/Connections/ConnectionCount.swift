// How many connections there are, over all listeners, and whose.

import Synchronization

/// Counts connections up to a limit.
///
/// Those who need a key share three quarters of them, and one of them takes at most half, so that the owner always
/// comes in, and nobody keeps the others out alone.
final class ConnectionCount: Sendable {
  /// Whose connections are counted together.
  enum Client: Hashable {
    case owner
    /// Another user of the machine.
    case user(UInt32)
    /// Everybody who connects over TCP.
    case network
  }

  private struct State {
    var total = 0
    var byClient: [Client: Int] = [:]
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Counts one more; false if there are too many already.
  func begin(_ client: Client) -> Bool {
    state.withLock { state in
      guard state.total < limit else { return false }
      let own = state.byClient[client] ?? 0
      if client != .owner {
        let others = state.total - (state.byClient[.owner] ?? 0)
        guard own < max(limit / 2, 1), others < max(limit / 4 * 3, 1) else { return false }
      }
      state.total += 1
      state.byClient[client] = own + 1
      return true
    }
  }

  /// One has ended.
  func end(_ client: Client) {
    state.withLock { state in
      state.total -= 1
      let own = (state.byClient[client] ?? 0) - 1
      state.byClient[client] = own > 0 ? own : nil
    }
  }

  /// How many there are.
  var value: Int { state.withLock { $0.total } }
}
