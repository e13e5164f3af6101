// Readers in the process that writes: what marks are for other processes.

import Synchronization

/// Who in the writer's own process may have files open, by the manifest that lists them.
package final class OwnReaders: Sendable {
  private struct State: Sendable {
    var counts: [UInt64: Int] = [:]
    /// Readers of earlier manifests than this are awaited.
    var awaited: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// A mark for a reader of a manifest, which stays until the result is released.
  package func mark(at generation: UInt64) -> OwnMark {
    state.withLock { $0.counts[generation, default: 0] += 1 }
    return OwnMark(generation, of: self)
  }

  /// Whether there is a reader of an earlier manifest.
  package func hasMark(below generation: UInt64) -> Bool {
    state.withLock { $0.counts.keys.contains { $0 < generation } }
  }

  /// From now on readers of earlier manifests are awaited.
  package func awaitReaders(before generation: UInt64) {
    state.withLock { $0.awaited = max($0.awaited, generation) }
  }

  fileprivate func isAwaited(_ generation: UInt64) -> Bool {
    state.withLock { generation < $0.awaited }
  }

  fileprivate func release(_ generation: UInt64) {
    state.withLock { state in
      guard let count = state.counts[generation] else { return }
      state.counts[generation] = count > 1 ? count - 1 : nil
    }
  }
}

/// The mark of one reader in the writer's own process.
package final class OwnMark: FileLock {
  private let generation: UInt64
  private let readers: OwnReaders

  fileprivate init(_ generation: UInt64, of readers: OwnReaders) {
    self.generation = generation
    self.readers = readers
  }

  deinit { readers.release(generation) }

  /// Whether an erasure has replaced files that this reader may have open, and waits for it.
  package var isAwaited: Bool { readers.isAwaited(generation) }
}
