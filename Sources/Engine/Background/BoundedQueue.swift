// The hand-over between the parsing thread and the writer: a queue with a maximum, so that a fast
// reader waits for a slow disk instead of filling the memory.

import Glibc

/// A first-in first-out queue of at most `capacity` elements between threads.
///
/// Safe because: every access to the mutable state happens while `mutex` is held, and the mutex and
/// conditions live at fixed addresses for the life of the object.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private let capacity: Int
  private var elements: [Element] = []
  private var isClosed = false

  package init(capacity: Int) {
    self.capacity = capacity
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  private func locked<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Waits for room and adds an element; false if the queue was closed instead.
  package func push(_ element: Element) -> Bool {
    locked {
      while elements.count >= capacity, !isClosed { pthread_cond_wait(changed, mutex) }
      guard !isClosed else { return false }
      elements.append(element)
      pthread_cond_broadcast(changed)
      return true
    }
  }

  /// Adds an element if there is room at once; otherwise it is lost.
  package func offer(_ element: Element) {
    locked {
      guard elements.count < capacity, !isClosed else { return }
      elements.append(element)
      pthread_cond_broadcast(changed)
    }
  }

  /// Waits for an element; nil once the queue is closed and empty.
  package func pop() -> Element? {
    locked {
      while elements.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
      guard !elements.isEmpty else { return nil }
      let element = elements.removeFirst()
      pthread_cond_broadcast(changed)
      return element
    }
  }

  /// The next element if there is one.
  package func poll() -> Element? {
    locked {
      guard !elements.isEmpty else { return nil }
      let element = elements.removeFirst()
      pthread_cond_broadcast(changed)
      return element
    }
  }

  /// Whether `pop` would return at once, with an element or because there will be no more.
  package var isReady: Bool { locked { !elements.isEmpty || isClosed } }

  /// Lets no more elements in; those inside can still be taken.
  package func close() {
    locked {
      isClosed = true
      pthread_cond_broadcast(changed)
    }
  }
}
