// More timers due at once than one record takes: ticks come between, and nothing else changes.

import Bytes
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ManyTimersTests {
  /// Options under which a record takes the timers of most of the people here, and not of all.
  private static func options(memory: Int? = nil) -> StoreOptions {
    var options = StoreOptions.repeatable(memory: memory)
    options.timersPerRecordMax = 655
    return options
  }

  /// 700 people who each did something once: most of them in the same millisecond, or spread out.
  private func lines(spread: Bool = false) -> [UInt8] {
    var text = ""
    let start = instant("2026-01-01T00:00:00.000Z")
    for person in 0..<700 {
      let time = start + Milliseconds(spread ? Int64(person) : person < 10 ? 0 : 1)
      text += #"{"type":"track","event":"Seen","messageId":"m\#(person)","userId":"u\#(person)","#
      text += #""timestamp":"\#(time)"}"# + "\n"
    }
    return Array(text.utf8)
  }

  @Test func aWindowThatEndsForManyAtOnceEndsForAll() throws {
    let directory = TemporaryDirectory()
    var holder: Store? = try Store.create(at: directory.store, options: Self.options())
    _ = try holder?.apply(definitions(audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    _ = try holder?.ingest(lines: lines(), options: .past())
    #expect(try holder?.snapshot().audience("recent").memberCount == 700)
    try holder?.checkpoint()
    let before = try #require(holder?.lastSequence)
    let changes = try holder?.tick(to: instant("2026-02-01T00:00:00.000Z"))
    #expect(changes?.exited == 700)
    #expect(
      holder?.lastSequence.value == before.value + 2,
      "one tick between, then the one asked for")
    #expect(holder?.logicalNow == instant("2026-02-01T00:00:00.000Z"))
    #expect(try holder?.snapshot().audience("recent").memberCount == 0)
    #expect(holder?.verify(replay: true).problems == [])
    let hash = try holder?.snapshot().stateHash()
    // Replayed with so little memory that a checkpoint is asked for after the tick between, and let go
    // of again before the next one: it must not take the timers that are left for fired.
    holder = nil
    holder = try Store.open(at: directory.store, options: Self.options(memory: 2 << 14))
    #expect(holder?.opening.replayedRecords == 2)
    #expect(holder?.opening.differingDecisions == 0)
    #expect(try holder?.snapshot().stateHash() == hash)
    holder = nil
    let again = try Store.open(at: directory.store, options: Self.options())
    #expect(try again.snapshot().audience("recent").memberCount == 0)
    #expect(try again.snapshot().stateHash() == hash)
    try again.close()
  }

  @Test func largeTicksOnTheWayAreCommittedByThemselves() throws {
    let directory = TemporaryDirectory()
    var options = Self.options()
    options.batchBytesMax = 1024
    var holder: Store? = try Store.create(at: directory.store, options: options)
    _ = try holder?.apply(definitions(audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    _ = try holder?.ingest(lines: lines(spread: true), options: .past())
    let before = try #require(holder?.lastSequence)
    let late =
      #"{"type":"track","event":"Fresh","messageId":"x","userId":"u1","properties":{"fresh":1},"#
      + #""timestamp":"2026-02-01T00:00:00.000Z"}"#
    let summary = try holder?.ingest(lines: Array(late.utf8), options: .past())
    #expect(summary?.verdicts.accepted == 1 && summary?.memberships.exited == 700)
    #expect(holder?.lastSequence.value == before.value + 2, "a tick between, then the event")
    let hash = try holder?.snapshot().stateHash()
    // The event's names must be in the log though the batch they were announced for is committed.
    holder = nil
    let again = try Store.open(at: directory.store, options: options)
    #expect(try again.snapshot().stateHash() == hash)
    let report = try #require(try again.report("user_id:u1"))
    let json = String(decoding: try report.events[0].json, as: UTF8.self)
    #expect(json.contains(#""event":"Fresh""#) && json.contains(#""fresh":1"#))
    #expect(again.verify(replay: true).problems == [])
    try again.close()
  }

  /// One person by the first rules, 700 by the next: timers are due that no tick has room for.
  @Test(arguments: [true, false])
  func otherRulesBringMoreTimersThanWereRecorded(hasTick: Bool) throws {
    let directory = TemporaryDirectory()
    var text = ""
    for person in 0..<700 {
      text += #"{"type":"track","event":"Seen","messageId":"m\#(person)","userId":"all","#
      text += #""anonymousId":"a\#(person)","timestamp":"2026-01-01T00:00:00.000Z"}"# + "\n"
    }
    let late =
      #"{"type":"track","event":"Seen","messageId":"x","anonymousId":"late","#
      + #""timestamp":"2026-02-01T00:00:00.000Z"}"#
    let store = try Store.create(at: directory.store, options: Self.options())
    _ = try store.apply(definitions(audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    _ = try store.ingest(lines: Array(text.utf8), options: .past())
    if hasTick { _ = try store.tick(to: instant("2026-02-01T00:00:00.000Z")) }
    _ = try store.ingest(lines: Array(late.utf8), options: .past())
    let rules = try IdentityRulesFile.read("identifiers: [anonymous_id]", file: "rules")
      .renumbered(after: store.identityRules)
    var scalars = Scalars()
    scalars.identityRules = rules
    scalars.refolds = [store.lastSequence]
    let fold = try store.makeFold(State(FoldBasis(scalars), runs: RunSource(store.directory)))
    var replay = Replay(fold: fold, log: try store.snapshot().log)
    var isAlwaysSettled = true
    try replay.log.scan(from: SequenceNumber(1), through: store.lastSequence) {
      (record) throws(StoreError) in
      try replay.apply(record)
      isAlwaysSettled = isAlwaysSettled && replay.isSettled
    }
    #expect(isAlwaysSettled, "each record takes what is due before it")
    try store.apply(rules)
    #expect(try store.snapshot().stats().profiles == 701)
    #expect(store.logicalNow == instant("2026-02-01T00:00:00.000Z"))
    #expect(try store.snapshot().audience("recent").memberCount == 1)
    let hash = try store.snapshot().stateHash()
    #expect(store.verify(replay: true).problems == [])
    try store.close()
    let again = try Store.open(at: directory.store, options: Self.options())
    #expect(try again.snapshot().stateHash() == hash)
    try again.close()
  }

  @Test func noCheckpointStandsWhereTimersOfTheNowWait() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: Self.options())
    _ = try store.apply(definitions(audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    _ = try store.ingest(lines: lines(), options: .past())
    try store.checkpoint()
    let sealed = store.directory.manifest.checkpoint
    let end = instant("2026-02-01T00:00:00.000Z")
    let next = SequenceNumber(store.lastSequence.value + 1)
    let place = RecordPlace(sequence: next, receivedAt: end)
    #expect(try !store.fold.begin(at: place))
    try store.checkpoint(through: next)
    #expect(store.directory.manifest.checkpoint == sealed)
    #expect(try store.fold.begin(at: place))
    try store.checkpoint(through: next)
    #expect(store.directory.manifest.checkpoint == next)
  }
}
