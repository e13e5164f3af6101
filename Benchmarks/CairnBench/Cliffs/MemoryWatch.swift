// The anonymous memory of the process, watched by a thread of its own.

import Foundation
import Synchronization

/// Notes the most anonymous memory until it is stopped.
final class MemoryWatch: Sendable {
  private let isStopped = Atomic(false)
  private let most = Atomic(0)

  /// Starts a thread that looks every five milliseconds.
  init() {
    let watch = self
    Thread.detachNewThread { watch.run() }
  }

  private func run() {
    while !isStopped.load(ordering: .relaxed) {
      note()
      usleep(5000)
    }
  }

  private func note() { most.max(Self.anonymousBytes, ordering: .relaxed) }

  /// Ends the watch.
  ///
  /// - Returns: The most bytes.
  func stop() -> Int {
    note()
    isStopped.store(true, ordering: .relaxed)
    return most.load(ordering: .relaxed)
  }

  /// The anonymous memory of the process now; 0 where the system does not say.
  static var anonymousBytes: Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
      let number = line.split(whereSeparator: { !$0.isNumber }).first
    else { return 0 }
    return (Int(number) ?? 0) << 10
  }
}
