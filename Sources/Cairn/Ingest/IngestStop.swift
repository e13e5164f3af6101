// A request to stop an ingest, from another thread.

import Synchronization

/// Stops an ingest: what has been read is committed, and the rest of the input is left.
public final class IngestStop: Sendable {
  private struct State {
    var isRequested = false
    var wake: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Nothing is to be stopped yet.
  public init() {}

  /// Whether the ingest is to stop.
  public var isRequested: Bool { state.withLock { $0.isRequested } }

  /// Asks the ingest to stop, now or as soon as one begins; also one that waits for a silent input.
  public func request() {
    let wake = state.withLock { state in
      state.isRequested = true
      return state.wake
    }
    wake?()
  }

  /// Calls `wake` when the stop is requested, at once if it has been; nil for nobody.
  func onRequest(_ wake: (@Sendable () -> Void)?) {
    let isRequested = state.withLock { state in
      state.wake = wake
      return state.isRequested
    }
    if isRequested { wake?() }
  }
}
