// Clients that send requests concurrently, each on a thread and a connection of its own.

import Foundation
import Glibc
import Synchronization

/// What clients have measured.
struct ClientTimes {
  /// From the first request to the last answer, in seconds.
  var seconds: Double
  /// The CPU time of the clients, in seconds.
  var cpuSeconds: Double
  /// How long each request took, in microseconds, ascending.
  var microseconds: [Double]

  /// A percentile of the times.
  func percentile(_ part: Double) -> Double {
    guard !microseconds.isEmpty else { return 0 }
    return microseconds[min(Int(Double(microseconds.count) * part), microseconds.count - 1)]
  }
}

/// Runs requests against a socket.
enum Clients {
  private struct Outcome {
    var microseconds: [Double] = []
    var cpuSeconds = 0.0
    var failure: String?
  }

  /// Sends requests over several connections; each takes the next request that nobody has sent.
  ///
  /// - Parameters:
  ///   - requestsPerSecond: How many begin a second; as fast as they are answered if nil.
  ///   - until: Whether to stop early.
  static func send(
    _ requests: [[UInt8]], over connections: Int, to path: String,
    requestsPerSecond: Double? = nil, until isOver: @escaping @Sendable () -> Bool = { false }
  ) throws -> ClientTimes {
    let next = Atomic(0)
    let outcomes = Mutex<[Outcome]>([])
    let start = now()
    withThreads(connections) {
      var outcome = Outcome()
      do {
        let connection = try BenchConnection(path)
        while !isOver() {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < requests.count else { break }
          if let requestsPerSecond { wait(until: start + Double(index) / requestsPerSecond) }
          let began = now()
          try connection.send(requests[index])
          outcome.microseconds.append((now() - began) * 1e6)
        }
      } catch {
        outcome.failure = "\(error)"
      }
      outcome.cpuSeconds = threadSeconds()
      outcomes.withLock { $0.append(outcome) }
    }
    let seconds = now() - start
    let all = outcomes.withLock { $0 }
    if let failure = all.compactMap(\.failure).first {
      throw BenchConnection.Failure(description: failure)
    }
    return ClientTimes(
      seconds: seconds, cpuSeconds: all.reduce(0) { $0 + $1.cpuSeconds },
      microseconds: all.flatMap(\.microseconds).sorted())
  }

  /// Runs `body` on as many threads, and waits for all of them.
  private static func withThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    let group = DispatchGroup()
    for _ in 0..<count {
      group.enter()
      Thread.detachNewThread {
        body()
        group.leave()
      }
    }
    group.wait()
  }

  /// The time of a clock that is never set, in seconds.
  static func now() -> Double { seconds(of: CLOCK_MONOTONIC) }

  private static func threadSeconds() -> Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func wait(until instant: Double) {
    let seconds = instant - now()
    if seconds > 0 { usleep(UInt32(seconds * 1e6)) }
  }
}
