// Time that passes while nothing else happens: a live store's timers follow the clock.

import Bytes
import Foundation
import Storage
import Synchronization
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct LiveTimerTests {
  private let directory = TemporaryDirectory()
  private static let start: Int64 = 1_772_359_200_000

  private func options(_ clock: StandingClock) -> StoreOptions { clock.options() }

  /// A live store with an audience of those who did something within a day, and a file that learns of changes.
  private func makeStore(_ clock: StandingClock) throws -> LiveStore {
    let store = try Store.create(at: directory.store, options: options(clock))
    _ = try store.apply(definitions(audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    try store.addDestination(
      Destination(name: "file", path: directory.path + "/out.ndjson", audiences: ["recent"]))
    try store.close()
    return try LiveStore.open(at: directory.store, options: options(clock)) { store in
      _ = try? store.deliver(to: store.fileDestinationNames)
    }
  }

  /// What has been delivered.
  private var delivered: [String] {
    let text = try? String(contentsOfFile: directory.path + "/out.ndjson", encoding: .utf8)
    return (text ?? "").split(separator: "\n").map(String.init)
  }

  /// Lets the thread that writes look at the clock: the second message is taken after it has.
  private func wake(_ live: LiveStore) async throws {
    for _ in 0..<2 { try await live.withStore { (_) throws(StoreError) in } }
  }

  private func collect(_ live: LiveStore) async throws {
    let source = try await live.source(named: "web")
    _ = try await live.collect(
      Array(#"{"type":"track","event":"Seen","userId":"u","messageId":"m"}"#.utf8), from: source)
  }

  @Test func windowEndsWithoutAnEventWithOneTick() async throws {
    let clock = StandingClock(Self.start)
    let live = try makeStore(clock)
    try await collect(live)
    // Destinations are looked at now and then.
    clock.set(Self.start + 60_000)
    try await wake(live)
    let before = try await live.snapshot()
    #expect(try before.audience("recent").memberCount == 1)
    #expect(delivered.count == 1)
    // Time alone, and the timer not yet due: nothing is recorded.
    clock.set(Self.start + 86_399_999)
    try await wake(live)
    #expect(try await live.snapshot().lastSequence == before.lastSequence)
    clock.set(Self.start + 86_400_000)
    try await wake(live)
    let after = try await live.snapshot()
    // The tick, and what was delivered because of it.
    #expect(after.lastSequence.value == before.lastSequence.value + 2)
    #expect(try after.audience("recent").memberCount == 0)
    #expect(live.statistics.ticks == 1)
    // The delivery followed, and its outcome is not a reason for another one.
    #expect(delivered.count == 2)
    clock.set(Self.start + 2 * 86_400_000)
    try await wake(live)
    let later = try await live.snapshot()
    try live.close()
    #expect(live.statistics.ticks == 1)
    let store = try Store.open(at: directory.store, options: options(clock))
    #expect(store.lastSequence == later.lastSequence)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func clockIsLookedAtWithinASecond() async throws {
    let clock = StandingClock(Self.start)
    let live = try makeStore(clock)
    try await collect(live)
    try await wake(live)
    clock.set(Self.start + 86_400_000)
    // Nobody wakes the thread that writes; it looks by itself.
    let (statistics, began) = (live, ContinuousClock.now)
    while statistics.statistics.ticks == 0, .now - began < .seconds(60) { await Task.yield() }
    #expect(live.statistics.ticks == 1)
    try live.close()
  }
}
