// How many snapshots of a table are alive, so that its writer knows when what they shared is its own again.

import Synchronization

/// Counts snapshots, which end on any thread.
final class SnapshotCount: Sendable {
  private let count = Atomic<Int>(0)

  func increment() { count.wrappingAdd(1, ordering: .relaxed) }

  /// What the snapshot has read comes before what the writer changes once it has seen this.
  func decrement() { count.wrappingSubtract(1, ordering: .releasing) }

  var isZero: Bool { count.load(ordering: .acquiring) == 0 }
}
