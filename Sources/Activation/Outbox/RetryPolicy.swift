// When a request that failed is sent again, and when it is given up.

import Bytes
import Engine

/// The intervals between attempts.
package struct RetryPolicy: Equatable, Sendable {
  /// The delay after the first attempt; each further one is twice as long.
  package var first = Milliseconds(10_000)
  /// The longest delay.
  package var longest = Milliseconds(300_000)
  /// How long after its first attempt a request is given up.
  package var window = Milliseconds(180 * 60_000)
  /// The attempts that are made however long they take.
  package var attemptsMin = 3

  package init() {}

  /// How long to wait after an attempt, at 80 to 120 percent, so that many requests do not come together.
  ///
  /// - Parameter random: Any bits.
  func delay(after attempts: Int, random: UInt64) -> Milliseconds {
    var delay = first.value
    for _ in 1..<max(attempts, 1) where delay < longest.value { delay *= 2 }
    delay = min(delay, longest.value)
    return Milliseconds(delay * 4 / 5 + Int64(random % UInt64(delay * 2 / 5 + 1)))
  }
}

extension DeliveryFailure {
  /// Whether the receiver refuses what a request holds, rather than the request as such: the same in smaller parts may
  /// do.
  ///
  /// Statuses that speak of the address, of who asks or of the moment say nothing of the messages.
  var isAboutMessages: Bool {
    guard case .status(let status) = self, 400...499 ~= status else { return false }
    return ![401, 403, 404, 405, 407, 408, 410, 421, 425, 426, 429].contains(status)
  }

  /// Whether the receiver failed over it, which one of the messages may have caused.
  var isOfReceiver: Bool {
    if case .status(500...599) = self { true } else { false }
  }

  /// Whether the receiver may say when to come again.
  var isBusy: Bool { self == .status(429) || self == .status(503) }
}
