// SIGINT and SIGTERM as requests to finish what has been begun, for commands that can stop halfway.

import Engine
import Glibc
import Synchronization

/// Waits for a signal that ends the process, and lets it finish first; a second one ends it at once.
final class Interruption: Sendable {
  private let number = Mutex<Int32?>(nil)
  private static let signals = [SIGINT, SIGTERM]

  /// The signal that has come, if one has.
  var signal: Int32? { number.withLock { $0 } }

  /// Begins to wait; to be called before other threads are started.
  ///
  /// - Parameter body: Called when the signal comes, on a thread of its own.
  func onSignal(_ body: @escaping @Sendable () -> Void) {
    // Threads inherit the mask, so that only the one that waits gets the signals.
    Self.change(SIG_BLOCK)
    let thread = WorkerThread { [self] in
      var set = Self.set
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { return }
      self.number.withLock { $0 = number }
      Self.change(SIG_UNBLOCK)
      body()
      while true { pause() }
    }
    // Without a thread the signals do what they always do.
    if thread == nil { Self.change(SIG_UNBLOCK) }
  }

  /// Leaves the signals to end the process at once, as they do by default.
  ///
  /// To be called on the thread that called `onSignal`.
  func release() { Self.change(SIG_UNBLOCK) }

  /// Ends the process by the signal that has come, so that its status says so.
  func endProcess() {
    guard let signal else { return }
    Glibc.signal(signal, SIG_DFL)
    Self.change(SIG_UNBLOCK)
    raise(signal)
  }

  private static var set: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in signals { sigaddset(&set, number) }
    return set
  }

  private static func change(_ how: Int32) {
    var set = set
    pthread_sigmask(how, &set, nil)
  }
}
