// What waits for the one thread that writes: everything that has come is taken at once, so that requests which
// arrive while a commit is being synced share the next one.

import Bytes
import Glibc

/// A first-in first-out queue of messages from many threads to one.
///
/// Safe because: every access to the mutable state happens while `mutex` is held, and the mutex and the condition
/// live at fixed addresses for the life of the object.
final class Mailbox<Message: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var messages: [Message] = []
  private var isClosed = false

  init() {
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // The machine's clock can be set back or forth while somebody waits.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Adds a message; false, and the message is not taken, once the mailbox is closed.
  func post(_ message: Message) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isClosed else { return false }
    messages.append(message)
    pthread_cond_signal(changed)
    return true
  }

  /// Takes all messages, waiting for one if there is none.
  ///
  /// - Parameter limit: How long to wait at most; without end if nil.
  /// - Returns: The messages in the order in which they came; none if the time is over.
  func take(within limit: Milliseconds?) -> [Message] {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var deadline = timespec()
    if let limit { deadline = Self.instant(after: limit) }
    while messages.isEmpty {
      if limit == nil {
        pthread_cond_wait(changed, mutex)
      } else if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT {
        break
      }
    }
    defer { messages.removeAll(keepingCapacity: true) }
    return messages
  }

  /// Lets no more messages in; those inside can still be taken.
  func close() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    isClosed = true
    pthread_cond_signal(changed)
  }

  private static func instant(after delay: Milliseconds) -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let nanoseconds = time.tv_nsec + Int(delay.value % 1000) * 1_000_000
    time.tv_sec += Int(delay.value / 1000) + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
    return time
  }
}
