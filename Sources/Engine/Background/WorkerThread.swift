// A thread of our own for work that blocks on reading or computes for long: the cooperative pool has
// one thread per core and must not be held up by either.

import Glibc

/// A joined-once operating system thread.
package final class WorkerThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private var handle = pthread_t()

  /// Starts `run` on a new thread; nil if the system refuses one.
  package init?(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run))
    let status = pthread_create(
      &handle, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    guard status == 0 else {
      body.release()
      return nil
    }
  }

  /// Waits until the thread has ended.
  ///
  /// To be called exactly once.
  package func join() { pthread_join(handle, nil) }

  /// Lets the thread end without anybody waiting for it.
  ///
  /// To be called at most once, in place of `join`.
  package func detach() { pthread_detach(handle) }
}
