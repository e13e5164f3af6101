// The end of long reading that nobody waits for any more.

import Glibc
import Synchronization

/// Ends what reads a snapshot that was made with it, from any thread.
public final class ReadCancellation: Sendable {
  private let flag = Atomic(false)

  /// Makes one that has not been used.
  public init() {}

  /// Whether reading is to end.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Ends reading at the next record or row; may be called again.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// - Throws: `StoreError` if reading is to end; reported to nobody, since nobody waits.
  public func check() throws(StoreError) {
    guard !isCancelled else { throw StoreError(.io(ECANCELED), "nobody waits for the answer") }
  }
}
