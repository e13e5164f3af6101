// Who reads for outboxes: each destination's reading goes on a thread of its own, so that a long one delays no other.

import Bytes
import Engine
import Storage

/// What a reading brings.
package enum FeedEvent: Sendable {
  case chunk(FeedChunk)
  /// It has ended, and how long it took.
  case end(StoreError?, took: Milliseconds)
}

/// Reads for outboxes.
package protocol FeedReading: AnyObject {
  /// Begins to read for a destination that nothing is being read for.
  func start(_ question: FeedQuestion, on snapshot: Snapshot)
  /// What has come for a destination, once; nil if there is nothing yet.
  func take(_ number: UInt32) -> FeedEvent?
  /// Nothing is wanted for a destination any more.
  func end(_ number: UInt32)
}

/// Reads on threads.
package final class FeedReaders: FeedReading {
  private var queues: [UInt32: BoundedQueue<FeedEvent>] = [:]
  private let now: @Sendable () -> Timestamp
  private let onEvent: @Sendable () -> Void

  /// - Parameter onEvent: Called on any thread when there is something to take.
  package init(now: @escaping @Sendable () -> Timestamp, onEvent: @escaping @Sendable () -> Void) {
    self.now = now
    self.onEvent = onEvent
  }

  package func start(_ question: FeedQuestion, on snapshot: Snapshot) {
    let queue = BoundedQueue<FeedEvent>(capacity: 2)
    queues[question.number] = queue
    let (now, onEvent) = (now, onEvent)
    let thread = WorkerThread {
      let began = now()
      var failure: StoreError?
      do throws(StoreError) {
        try snapshot.read(question) { chunk in
          let isWanted = queue.push(.chunk(chunk))
          onEvent()
          return isWanted
        }
      } catch {
        failure = error
      }
      let took = Milliseconds(max(0, now().milliseconds - began.milliseconds))
      _ = queue.push(.end(failure, took: took))
      onEvent()
    }
    guard let thread else {
      queue.offer(
        .end(StoreError(.io(0), "no thread could be started"), took: Milliseconds(0)))
      return
    }
    thread.detach()
  }

  package func take(_ number: UInt32) -> FeedEvent? {
    guard let event = queues[number]?.poll() else { return nil }
    if case .end = event { queues[number] = nil }
    return event
  }

  package func end(_ number: UInt32) {
    queues[number]?.close()
    queues[number] = nil
  }
}

/// Reads at once, for tests and where nothing else is to be done meanwhile.
package final class ImmediateReader: FeedReading {
  private var events: [UInt32: [FeedEvent]] = [:]

  package init() {}

  package func start(_ question: FeedQuestion, on snapshot: Snapshot) {
    var found: [FeedEvent] = []
    var failure: StoreError?
    do throws(StoreError) {
      try snapshot.read(question) { chunk in
        found.append(.chunk(chunk))
        return true
      }
    } catch {
      failure = error
    }
    found.append(.end(failure, took: Milliseconds(0)))
    events[question.number] = found.reversed()
  }

  package func take(_ number: UInt32) -> FeedEvent? { events[number]?.popLast() }

  package func end(_ number: UInt32) { events[number] = nil }
}
