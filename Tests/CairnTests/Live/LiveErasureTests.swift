// Snapshots of a live store while an erasure replaces what they read.

import Activation
import Bytes
import Dispatch
import Storage
import Synchronization
import Testing

@testable import Cairn
@testable import Engine

@Suite struct LiveErasureTests {
  private let directory = TemporaryDirectory()

  /// What an erasure finds while it waits.
  private struct Waiting: Sendable {
    var waits = 0
    var held: Snapshot?
    /// Called each time.
    var look: (@Sendable (Int, Snapshot?) -> Bool)?
  }

  /// A live store with events of two persons; `wait` is called whenever an erasure waits for readers.
  private func makeStore(_ wait: @escaping @Sendable () -> Void) async throws -> LiveStore {
    var options = StandingClock(1_772_359_200_000).options()
    options.environment.wait = { _ in wait() }
    try Store.create(at: directory.store, options: options).close()
    let live = try LiveStore.open(at: directory.store, options: options)
    let source = try await live.source(named: "web")
    for user in ["u1", "u2"] {
      _ = try await live.collect(
        Array(#"{"type":"track","event":"A","userId":"\#(user)","messageId":"\#(user)"}"#.utf8),
        from: source)
    }
    return live
  }

  /// How many events a person has; nil if there is no such person.
  private static func eventCount(_ user: String, in snapshot: Snapshot) -> Int? {
    guard let profile = try? snapshot.profile(of: Identifier(type: "user_id", value: user)) else {
      return nil
    }
    return try? Int(snapshot.report(profile).eventCount)
  }

  /// Keeps a snapshot there, and nowhere else.
  private func hold(_ live: LiveStore, in state: borrowing Mutex<Waiting>) async throws {
    let snapshot = try await live.snapshot()
    state.withLock { $0.held = snapshot }
  }

  private static func erase(_ live: LiveStore) async throws -> ErasureReceipt? {
    try await live.withStore { (store) throws(StoreError) in
      try store.erase([Identifier(type: "user_id", value: "u1")])
    }
  }

  @Test func theReceiptWaitsForSnapshotsInUse() async throws {
    let state = Mutex(Waiting())
    let live = try await makeStore {
      let (wait, held, look) = state.withLock { state in
        state.waits += 1
        return (state.waits, state.held, state.look)
      }
      if look?(wait, held) == true { state.withLock { $0.held = nil } }
    }
    try await hold(live, in: state)
    state.withLock { state in
      state.look = { wait, held in
        // Who asks now does not see the person any more, and does not wait for the receipt.
        let present = live.board.current()
        #expect(present.map { Self.eventCount("u1", in: $0) } == .some(nil))
        #expect(present.map { Self.eventCount("u2", in: $0) } == 1 && present?.isAwaited == false)
        #expect(held.map { Self.eventCount("u1", in: $0) } == 1 && held?.isAwaited == true)
        return wait == 3
      }
    }
    #expect(try await Self.erase(live)?.records == 1)
    #expect(state.withLock { $0.waits } == 3)
    try live.close()
  }

  @Test func eventsAreTakenInMeanwhile() async throws {
    let state = Mutex(Waiting())
    let isAnswered = DispatchSemaphore(value: 0)
    let live = try await makeStore {
      // The reader goes once the event that came meanwhile has been answered, and stays for a minute if none is.
      guard isAnswered.wait(timeout: .now() + .milliseconds(20)) == .success else {
        return state.withLock { $0.waits += 1 }
      }
      state.withLock { $0.held = nil }
    }
    try await hold(live, in: state)
    let source = try await live.source(named: "web")
    let receipt = Task { try await Self.erase(live) }
    while state.withLock({ $0.waits }) == 0 { await Task.yield() }
    let event = #"{"type":"track","event":"A","userId":"u2","messageId":"later"}"#
    // Other work comes after the erasure.
    let work = Task {
      try await live.withStore { (store) throws(StoreError) in try store.snapshot().erasures.count }
    }
    let outcome = try await live.collect(Array(event.utf8), from: source)
    #expect(outcome.counts.accepted == 1)
    #expect(Self.eventCount("u2", in: try await live.snapshot()) == 2)
    #expect(try await live.snapshot().erasures.isEmpty)
    isAnswered.signal()
    #expect(try await receipt.value?.records == 1)
    #expect(try await work.value == 1)
    try live.close()
    let store = try Store.open(at: directory.store)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whatIsOnlyPublishedIsNotWaitedFor() async throws {
    let state = Mutex(Waiting())
    let live = try await makeStore { state.withLock { $0.waits += 1 } }
    #expect(Self.eventCount("u1", in: try await live.snapshot()) == 1)
    #expect(live.board.current() != nil)
    #expect(try await Self.erase(live)?.records == 1)
    #expect(state.withLock { $0.waits } == 0)
    #expect(Self.eventCount("u1", in: try await live.snapshot()) == nil)
    try live.close()
  }
}
