// A store that many use at once: outcomes are those of each request, readers see what was acknowledged, and the log
// that results is like any other.

import Bytes
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct LiveStoreTests {
  private func body(_ events: [String]) -> [UInt8] {
    Array((#"{"batch":["# + events.joined(separator: ",") + "]}").utf8)
  }

  private func event(_ id: Int, _ user: Int) -> String {
    #"{"type":"track","event":"A","userId":"u\#(user)","messageId":"m\#(id)"}"#
  }

  @Test func outcomesAreThoseOfEachRequest() async throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    let source = try await live.source(named: "web")
    // Every fourth event repeats one of the same request, every tenth is none.
    let sizes = (0..<200).map { 1 + $0 * 7 % 23 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (request, size) in sizes.enumerated() {
        group.addTask {
          let events = (0..<size).map { index in
            let id = request * 100 + (index % 4 == 3 ? 0 : index)
            return index % 10 == 9 ? "{}" : event(id, request % 5)
          }
          let outcome = try await live.collect(body(events), from: source, wantsVerdicts: true)
          let repeated = (0..<size).count { $0 % 4 == 3 && $0 % 10 != 9 }
          let broken = (0..<size).count { $0 % 10 == 9 }
          #expect(outcome.counts.accepted == size - repeated - broken)
          #expect(outcome.counts.duplicates == repeated)
          #expect(outcome.counts.quarantined == broken)
          #expect(outcome.verdicts.map(\.item) == Array(1...size))
          let last = outcome.verdicts.compactMap { line -> SequenceNumber? in
            if case .accepted(let sequence) = line.verdict { sequence } else { nil }
          }.max()
          // A reader that asks after the answer sees all of it.
          let snapshot = try await live.snapshot()
          #expect(snapshot.lastSequence >= last ?? SequenceNumber(0))
        }
      }
      try await group.waitForAll()
    }
    try live.close()
    let store = try Store.open(at: directory.store)
    let accepted = zip(0..., sizes).reduce(0) { sum, next in
      sum + (0..<next.1).count { $0 % 10 != 9 && $0 % 4 != 3 }
    }
    #expect(try store.snapshot().scalars.eventCount == UInt64(accepted))
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whatWorkHasChangedIsSeenAtOnce() async throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    for number in 0..<100 {
      let key = try await live.withStore { (store) throws(StoreError) in try store.makeReadKey() }
      #expect(live.accessKey(key) != nil)
      _ = try await live.source(named: "s\(number)")
      #expect(try await live.snapshot().scalars.sources.count == number + 1)
    }
    try live.close()
  }

  @Test func readersSeeOneCommitAndNoLater() async throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    let source = try await live.source(named: "web")
    let before = try await live.snapshot()
    _ = try await live.collect(body([event(1, 1), event(2, 2)]), from: source)
    let after = try await live.snapshot()
    #expect(before.scalars.eventCount == 0)
    #expect(after.scalars.eventCount == 2)
    _ = try await live.collect(body([event(3, 1)]), from: source)
    #expect(after.scalars.eventCount == 2)
    #expect(try await live.snapshot().scalars.eventCount == 3)
    try live.close()
  }

  @Test func linesThatArriveInPartsAreOneInput() async throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    let source = try await live.source(named: "web")
    // Equal lines without an id are as many events as there are in one input.
    let line = #"{"type":"track","event":"A","userId":"u"}"# + "\n"
    let text = Array(String(repeating: line, count: 10_000).utf8)
    for expected in [10_000, 0] {
      let lines = live.lines(from: source)
      var start = 0
      var step = 1
      while start < text.count {
        try await lines.append(Array(text[start..<min(start + step, text.count)]))
        start += step
        step = step * 3 % 70_001
      }
      let outcome = try await lines.finish()
      #expect(outcome.counts.accepted == expected)
      #expect(outcome.counts.duplicates == 10_000 - expected)
    }
    try live.close()
  }

  @Test func aLineWithoutEndTakesNoMemoryAndNothingAlong() async throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    let lines = live.lines(from: try await live.source(named: "web"))
    try await lines.append(Array((event(1, 1) + "\n").utf8))
    for _ in 0..<40 { try await lines.append([UInt8](repeating: 0x61, count: 100_000)) }
    try await lines.append(Array(("\n" + event(2, 1) + "\n" + event(3, 1)).utf8))
    let outcome = try await lines.finish()
    #expect(outcome.counts.accepted == 3)
    #expect(outcome.counts.rejected == 1)
    try live.close()
  }

  @Test func rulesThatChangeAreThoseThatCount() async throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    let source = try await live.source(named: "web")
    let text = definitions(audiences: [("some", #"performed("A")"#)])
    try await live.withStore { (store) throws(StoreError) in
      do { _ = try store.beginApplying(text) } catch { Issue.record("\(error)") }
    }
    // Nobody sends anything; the definitions come into force all the same.
    while try await live.snapshot().audienceNames.isEmpty { await Task.yield() }
    _ = try await live.collect(body([event(1, 1)]), from: source)
    let snapshot = try await live.snapshot()
    #expect(try snapshot.audience("some").memberCount == 1)
    try live.close()
  }

  @Test func timersFireByTheClock() async throws {
    let directory = TemporaryDirectory()
    let clock = StandingClock(instant("2026-03-01T00:00:00Z").milliseconds)
    let new = try Store.create(at: directory.store, options: clock.options())
    _ = try new.apply(definitions(audiences: [("recent", #"performed("A", last 1h)"#)]))
    try new.close()
    let live = try LiveStore.open(at: directory.store, options: clock.options())
    let source = try await live.source(named: "web")
    _ = try await live.collect(body([event(1, 1)]), from: source)
    let records = try await live.snapshot().lastSequence
    clock.set(instant("2026-03-01T01:00:00Z").milliseconds)
    // The next message makes the thread look at the clock, as its own waking does.
    while try await live.snapshot().lastSequence == records {
      try await live.withStore { (_) throws(StoreError) in }
    }
    let snapshot = try await live.snapshot()
    #expect(snapshot.lastSequence.value == records.value + 1)
    #expect(try snapshot.audience("recent").memberCount == 0)
    // Nothing is due any more: no tick.
    clock.set(instant("2026-03-01T05:00:00Z").milliseconds)
    for _ in 0..<20 { try await live.withStore { (_) throws(StoreError) in } }
    #expect(try await live.snapshot().lastSequence == snapshot.lastSequence)
    try live.close()
  }
}
