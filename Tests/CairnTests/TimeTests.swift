// Time, with exact answers: windows that end by themselves to the millisecond, events of the future,
// ticks, and the two clocks.

import Audiences
import Bytes
import Cairn
import Profiles
import Storage
import Testing
@testable import Engine

@Suite struct TimeTests {
  private let ordering = definitions(
    traits: [("orders", #"count("Order Completed")"#)],
    audiences: [("recent", #"performed("Order Completed", last 30d)"#)])

  private func order(_ id: String, _ time: String, revenue: String = "60") -> String {
    track(
      "Order Completed", id: id, #""userId":"u1""#, at: time, properties: #""revenue":\#(revenue)"#)
  }

  @Test func aMembershipEndsAtTheExactMillisecond() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(ordering)
    try store.take([order("o1", "2026-03-01T10:00:00.123Z")])
    let end = instant("2026-03-31T10:00:00.123Z")
    let before = end - Milliseconds(1)
    let snapshot = try store.snapshot()
    #expect(try snapshot.audience("recent", at: before).memberCount == 1)
    #expect(try snapshot.audience("recent", at: end).memberCount == 0)
    #expect(try store.users(in: "recent", at: before) == ["u1"])
    #expect(try store.users(in: "recent", at: end) == [])
    #expect(try store.report("user_id:u1", at: before.description)?.audienceNames == ["recent"])
    #expect(try store.report("user_id:u1", at: end.description)?.audienceNames == [])
    let none = try store.tick(to: before)
    #expect(none.entered == 0 && none.exited == 0)
    // Recorded late, effective at its own instant.
    let counts = try store.tick(to: instant("2026-05-01T00:00:00.000Z"))
    #expect(counts.exited == 1 && counts.entered == 0)
    let last = try #require(try store.changes().last)
    #expect(last.effective == end && last.kind == .exited && last.cause == .timer)
    #expect(last.sequence == store.lastSequence && last.index == 0)
    try store.close()
  }

  @Test func anEventOfTheFutureCountsFromItsOwnTime() throws {
    let clock = StandingClock(instant("2026-03-01T10:00:00.000Z").milliseconds)
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(ordering)
    try store.take([order("o1", "2026-03-02T09:00:00.000Z")], clock: .system)
    let begin = "2026-03-02T09:00:00.000Z"
    #expect(store.logicalNow == instant("2026-03-01T10:00:00.000Z"), "it does not move the clock")
    let now = try #require(try store.report("user_id:u1"))
    #expect(now.eventCount == 1 && now.trait("orders") == .count(0) && now.audienceNames == [])
    let before = try #require(try store.report("user_id:u1", at: "2026-03-02T08:59:59.999Z"))
    #expect(before.trait("orders") == .count(0) && before.audienceNames == [])
    let then = try #require(try store.report("user_id:u1", at: begin))
    #expect(then.trait("orders") == .count(1) && then.audienceNames == ["recent"])
    #expect(then.audiences.map(\.since) == [instant(begin)])
    #expect(try store.users(in: "recent", at: instant("2026-04-01T08:59:59.999Z")) == ["u1"])
    #expect(try store.users(in: "recent", at: instant("2026-04-01T09:00:00.000Z")) == [])
    _ = try store.tick(to: instant("2026-06-01T00:00:00.000Z"))
    let changes = try store.changes()
    #expect(changes.map(\.kind) == [.entered, .exited])
    #expect(changes.map(\.effective) == [instant(begin), instant("2026-04-01T09:00:00.000Z")])
    #expect(changes.map(\.cause) == [.timer, .timer])
    try store.close()
  }

  /// Vector A7.1: two orders of 50 and more in 30 days.
  @Test func twoOrdersInThirtyDays() throws {
    let rule = #"count("Order Completed" where properties.revenue >= 50, last 30d) >= 2"#
    let directory = TemporaryDirectory()
    let clock = StandingClock(0)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(
      definitions(audiences: [("loyal", rule), ("others", "not (\(rule))")]))
    let now = instant("2026-03-31T09:00:00.000Z")
    clock.set(now.milliseconds)
    func ago(_ days: Int64) -> String { (now - .days(days)).description }
    try store.take(
      [
        order("o1", ago(31)), order("o2", ago(29), revenue: "50"), order("o3", ago(1)),
        order("o4", ago(1), revenue: "49.999"),
        identify(id: "i", #""userId":"u2""#, at: ago(0)),
      ], clock: .system)
    #expect(try store.users(in: "loyal") == ["u1"])
    #expect(try store.users(in: "others") == ["u2"])
    let first = now + .days(1)
    #expect(try store.users(in: "loyal", at: first - Milliseconds(1)) == ["u1"])
    #expect(try store.users(in: "loyal", at: first) == [], "the order of day -29 is 30 days old")
    #expect(try store.users(in: "others", at: first) == ["u1", "u2"])
    // A late event dated two days ago makes it three, so it stays until that of day -2 is all but
    // alone.
    try store.take([order("o5", ago(2))], clock: .system)
    #expect(try store.users(in: "loyal", at: first) == ["u1"])
    let second = now + .days(28)
    #expect(try store.users(in: "loyal", at: second - Milliseconds(1)) == ["u1"])
    #expect(try store.users(in: "loyal", at: second) == [])
    _ = try store.tick(to: second)
    // A third order brings it back in.
    clock.set((second + .days(1) - Milliseconds(1)).milliseconds)
    try store.take([order("o6", (second + .days(1) - Milliseconds(1)).description)], clock: .system)
    #expect(try store.users(in: "loyal") == ["u1"])
    let changes = try store.changes().filter { $0.audience == "loyal" }
    #expect(changes.map(\.kind) == [.entered, .exited, .entered])
    #expect(changes.map(\.cause) == [.event, .timer, .event])
    #expect(changes[1].effective == second)
    try store.close()
  }

  @Test func aTickNeverGoesBack() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let time = instant("2026-03-01T10:00:00.000Z")
    _ = try store.tick(to: time)
    let hash = try store.snapshot().stateHash()
    #expect(store.lastSequence.value == 1)
    _ = try store.tick(to: time)
    #expect(store.lastSequence.value == 1, "a tick to the present leaves no record")
    let error = #expect(throws: StoreError.self) {
      _ = try store.tick(to: time - Milliseconds(1))
    }
    #expect(error?.code == .outOfOrder)
    #expect(store.logicalNow == time && store.lastSequence.value == 1)
    #expect(try store.snapshot().stateHash() == hash)
    #expect(throws: StoreError.self) {
      _ = try store.snapshot().audience("none", at: time - Milliseconds(1))
    }
    try store.close()
  }

  @Test func theClockOfTheEventsMovesForwardOnly() throws {
    let clock = StandingClock(instant("2026-07-01T10:00:00.000Z").milliseconds)
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(ordering)
    try store.take([order("o1", "2026-03-01T10:00:00.000Z")])
    #expect(store.logicalNow == instant("2026-03-01T10:00:00.000Z"))
    try store.take([order("o2", "2025-01-01T10:00:00.000Z")])
    #expect(store.logicalNow == instant("2026-03-01T10:00:00.000Z"), "a late one leaves it")
    #expect(try store.report("user_id:u1")?.firstSeen == instant("2025-01-01T10:00:00.000Z"))
    // The membership of the first order ends before the second begins one: both are recorded.
    try store.take([order("o3", "2026-07-01T10:00:00.000Z")])
    #expect(store.logicalNow == instant("2026-07-01T10:00:00.000Z"))
    let changes = try store.changes()
    #expect(changes.map(\.kind) == [.entered, .exited, .entered])
    #expect(
      changes.map(\.effective.description) == [
        "2026-03-01T10:00:00.000Z", "2026-03-31T10:00:00.000Z", "2026-07-01T10:00:00.000Z",
      ])
    #expect(try store.snapshot().asOf == store.logicalNow, "the machine's clock has no say")
    // With an earlier machine's clock, nothing goes back either.
    clock.set(1_000_000_000_000)
    try store.take([order("o4", "2026-07-01T09:00:00.000Z")], clock: .system)
    #expect(store.logicalNow == instant("2026-07-01T10:00:00.000Z"))
    #expect(try store.report("user_id:u1")?.trait("orders") == .count(4))
    try store.close()
  }

  @Test func aReadAppliesWhatHasComeDueByTheMachinesClock() throws {
    let clock = StandingClock(instant("2026-03-01T10:00:00.000Z").milliseconds)
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(ordering)
    try store.take([order("o1", "2026-03-01T09:00:00.000Z")], clock: .system)
    let held = try store.snapshot()
    let end = instant("2026-03-31T09:00:00.000Z")
    clock.set(end.milliseconds)
    let later = try store.snapshot()
    #expect(try later.audience("recent").memberCount == 0)
    #expect(try later.audience("recent").asOf == end)
    #expect(later.logicalNow == instant("2026-03-01T10:00:00.000Z"), "a read is not an input")
    #expect(try store.report("user_id:u1")?.audienceNames == [])
    #expect(try held.audience("recent").memberCount == 1, "a snapshot stays as it was")
    #expect(try store.changes().count == 1, "recorded with the next input")
    _ = try store.tick(to: end)
    #expect(try store.changes().last?.effective == end)
    try store.close()
  }
}
