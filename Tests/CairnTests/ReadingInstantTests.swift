// All questions are answered for one instant: now on a store that lives by the machine's clock, the
// logical now on one whose time follows its events, or the one that is asked for.

import Audiences
import Bytes
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ReadingInstantTests {
  private let start = instant("2026-03-01T00:00:00Z")
  private let rule = #"performed("A", last 10d)"#

  private func event(_ id: Int, _ user: String, _ time: String) -> String {
    track("A", id: "\(id)", #""userId":"\#(user)""#, at: time)
  }

  /// The size of the audience, as each command would say it.
  private func sizes(_ store: Store, at time: Timestamp? = nil) throws -> [Int] {
    let snapshot = try store.snapshot()
    var visited = 0
    try snapshot.visitMembers(of: "recent", asOf: time ?? snapshot.asOf) { _ in visited += 1 }
    let other = definitions(audiences: [("recent", "not (\(rule))")])
    let plan = try store.plan(other, prune: false, at: time)
    let effect = try #require(plan.effects.first)
    #expect(plan.asOf == time ?? snapshot.asOf)
    #expect(effect.before - effect.exited + effect.entered == effect.after)
    let preview = try store.snapshot().preview(rule, at: time)
    #expect(preview.asOf == plan.asOf)
    return [
      try snapshot.audience("recent", at: time).memberCount, visited, preview.memberCount,
      effect.before, effect.exited,
      try snapshot.overlap("recent", "recent", at: time).both,
    ]
  }

  @Test func theMachinesClockGoesOnBetweenInputs() throws {
    let directory = TemporaryDirectory()
    let clock = StandingClock(start.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(definitions(audiences: [("recent", rule)]))
    try store.take(
      [event(1, "a", "2026-02-25T00:00:00Z"), event(2, "b", "2026-03-01T00:00:00Z")],
      clock: .system)
    #expect(try sizes(store) == [2, 2, 2, 2, 2, 2])
    // Nothing comes in, and the window of one of them passes.
    clock.set(instant("2026-03-07T00:00:00Z").milliseconds)
    #expect(try store.snapshot().asOf == instant("2026-03-07T00:00:00Z"))
    #expect(try sizes(store) == [1, 1, 1, 1, 1, 1])
    let later = instant("2026-03-11T00:00:00Z")
    #expect(try sizes(store, at: later) == [0, 0, 0, 0, 0, 0])
    #expect(try sizes(store, at: later - Milliseconds(1)) == [1, 1, 1, 1, 1, 1])
    // Applying does what the plan has said.
    let turned = definitions(audiences: [("recent", "not (\(rule))")])
    let plan = try store.plan(turned, prune: false)
    let changes = try store.apply(turned)
    #expect(plan.effects.first?.after == (try store.snapshot().audience("recent").memberCount))
    #expect(plan.effects.first?.entered == Int(changes.memberships.entered))
    try store.close()
  }

  @Test func anImportAnswersForItsOwnTime() throws {
    let directory = TemporaryDirectory()
    let clock = StandingClock(start.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(definitions(audiences: [("recent", rule)]))
    try store.take([event(1, "a", "2025-01-01T00:00:00Z"), event(2, "b", "2025-01-20T00:00:00Z")])
    #expect(try store.snapshot().asOf == instant("2025-01-20T00:00:00Z"))
    #expect(try sizes(store) == [1, 1, 1, 1, 1, 1])
    #expect(try sizes(store, at: start) == [0, 0, 0, 0, 0, 0])
    // Of an earlier instant the members are known, and nothing else.
    let snapshot = try store.snapshot()
    let earlier = instant("2025-01-05T00:00:00Z")
    #expect(try snapshot.audience("recent", at: earlier).memberCount == 1)
    #expect(try snapshot.audience("recent", at: instant("2025-01-12")).memberCount == 0)
    #expect(try snapshot.audience("recent", at: instant("2024-01-01")).memberCount == 0)
    var rows = 0
    rows = try snapshot.export(.audience("recent"), as: .csv, at: earlier) { _ in }
    #expect(rows == 1)
    #expect(throws: StoreError.self) { try snapshot.overlap("recent", "recent", at: earlier) }
    #expect(throws: StoreError.self) {
      try snapshot.export(.profiles, as: .csv, at: earlier) { _ in }
    }
    #expect(throws: ApplyError.self) { try store.snapshot().preview(rule, at: earlier) }
    #expect(throws: StoreError.self) { try snapshot.audience("other", at: earlier) }
    // The next input by the machine's clock brings the present back.
    try store.take([event(3, "c", "2026-02-28T00:00:00Z")], clock: .system)
    #expect(try store.snapshot().asOf == start)
    #expect(try sizes(store) == [1, 1, 1, 1, 1, 1])
    try store.close()
    let again = try Store.open(at: directory.store, options: clock.options())
    clock.set(instant("2026-03-05T00:00:00Z").milliseconds)
    #expect(try again.snapshot().asOf == instant("2026-03-05T00:00:00Z"))
    try again.close()
  }
}
