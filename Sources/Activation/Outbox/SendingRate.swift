// The limit on the requests of one destination: an even distance between them.

import Bytes

/// When the next request may be sent.
struct SendingRate: Equatable, Sendable {
  /// The distance of requests in microseconds; 0 for no limit.
  private let interval: Int64
  /// The instant of the next one in microseconds.
  private var next = Int64.min

  init(perSecond: UInt32?) { interval = perSecond.map { 1_000_000 / Int64(max($0, 1)) } ?? 0 }

  /// The instant from which on a request may be sent.
  var readyAt: Timestamp {
    next == .min ? .earliest : Timestamp(milliseconds: (next + 999) / 1000)
  }

  /// A request is sent.
  mutating func take(at now: Timestamp) {
    guard interval > 0 else { return }
    let present = now.milliseconds * 1000
    // A place that came up a moment ago is kept, so that waking late does not lower the rate.
    let isOnTime = next > present - min(interval, Self.tolerance)
    next = (isOnTime ? next : present) + interval
  }

  /// How late a request may be for the next to come at its own time, in microseconds.
  private static let tolerance: Int64 = 10_000
}
