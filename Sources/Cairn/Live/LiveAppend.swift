// Records that go into the log of a live store without holding up events: they share a commit with them.

import Engine
import Storage
import Synchronization

/// Records to be appended.
struct LiveAppend: Sendable {
  /// Appends them to the batch in hand, on the thread that writes.
  let body: @Sendable (Store) throws(StoreError) -> Void
  /// Called once they are durable, or with why they are not.
  let reply: @Sendable (StoreError?) -> Void
}

extension LiveStore {
  /// Appends records, which are committed with the events that come meanwhile.
  ///
  /// - Parameters:
  ///   - body: Appends them to the batch in hand, on the thread that writes.
  ///   - onDurable: Called once, on that thread, when they are durable.
  /// - Returns: False, with neither called, once the store is being closed.
  package func append<R: Sendable>(
    _ body: @escaping @Sendable (Store) throws(StoreError) -> R,
    onDurable: @escaping @Sendable (Result<R, StoreError>) -> Void
  ) -> Bool {
    let outcome = LiveOutcomeBox<R>()
    return post(
      LiveAppend { (store) throws(StoreError) in
        outcome.value = try body(store)
      } reply: { error in
        if let error { return onDurable(.failure(error)) }
        guard let value = outcome.value else { preconditionFailure("what is durable has a value") }
        onDurable(.success(value))
      })
  }

  /// As `snapshot`, for a thread that does not wait: the reply comes at once or on the thread that writes.
  ///
  /// - Returns: False, with nothing called, once the store is being closed.
  package func view(_ reply: @escaping @Sendable (Result<Snapshot, StoreError>) -> Void) -> Bool {
    if let current = board.current() {
      reply(.success(current))
      return true
    }
    return postView(reply)
  }

  /// Has `body` called, on the thread that writes, after more has become durable; nobody if nil.
  package func watch(_ body: (@Sendable () -> Void)?) { board.watch(body) }
}

/// What appending came to, kept until it is durable.
private final class LiveOutcomeBox<R: Sendable>: Sendable {
  private let held = Mutex<R?>(nil)

  var value: R? {
    get { held.withLock { $0 } }
    set { held.withLock { $0 = newValue } }
  }
}
