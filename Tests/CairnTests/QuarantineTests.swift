// Lines in quarantine: listed, and driven again exactly once, at the time they came.

import Bytes
import Events
import Profiles
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct QuarantineTests {
  private let received = instant("2026-03-01T12:00:10Z")

  /// A store in which three lines lie that a former version would not take.
  private func store(in directory: TemporaryDirectory) throws -> (Store, StandingClock) {
    let clock = StandingClock(received.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(definitions(traits: [("seen", "count(*, last 1d)")]))
    try store.take(["[]", Self.known], clock: .system, source: "web")
    try keep(Self.lines, in: store)
    return (store, clock)
  }

  private static let known = #"{"type":"page","messageId":"m0","userId":"u"}"#
  private static let lines = [
    #"{"type":"page","messageId":"m1","userId":"u","timestamp":"2026-03-01T09:00:00Z","sentAt":"2026-03-01T09:00:05Z"}"#,
    known,
    #"{"type":"group","messageId":"m2","userId":"u"}"#,
    #"{"type":"page","userId":"u"}"#,
  ]

  private func keep(_ lines: [String], in store: Store) throws {
    let context = FoldContext(log: store.directory.log.view())
    for line in lines {
      let kept = QuarantinedLine(
        EventProblem(.tooDeep, at: 0), detail: "rule", line: Array(line.utf8))
      try store.append(
        .quarantined(kept), receivedAt: store.logicalNow, source: SourceID(1), in: context)
    }
    try store.commit()
  }

  private func listed(
    _ store: Store, _ filter: QuarantineFilter = QuarantineFilter()
  ) throws -> [String] {
    var lines: [String] = []
    try store.snapshot().visitQuarantine(filter) { lines.append("\($0.problem.name) \($0.detail)") }
    return lines
  }

  @Test func linesAreListedByCodeSourceAndTime() throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    let kept = Array(repeating: "too_deep rule", count: 4)
    #expect(try listed(store) == ["not_an_object "] + kept)
    var filter = QuarantineFilter()
    filter.code = "too_deep"
    #expect(try listed(store, filter) == kept)
    filter = QuarantineFilter()
    filter.source = "web"
    #expect(try listed(store, filter).count == 5)
    filter.source = "wbe"
    #expect { try listed(store, filter) } throws: { error in
      let error = error as? StoreError
      return error?.code == .noSuchRecord && error?.message.contains("mean 'web'") == true
    }
    filter = QuarantineFilter()
    filter.from = received + Milliseconds(1)
    #expect(try listed(store, filter) == [])
    filter.from = received
    filter.until = received + Milliseconds(1)
    #expect(try listed(store, filter).count == 5)
    let snapshot = try store.snapshot()
    var first: QuarantineEntry?
    try snapshot.visitQuarantine { first = first ?? $0 }
    let entry = try #require(first)
    #expect(entry.line == Array("[]".utf8) && entry.source == "web" && entry.receivedAt == received)
    #expect(try snapshot.quarantined(entry.sequence).line == entry.line)
    #expect(throws: StoreError.self) { try snapshot.quarantined(SequenceNumber(1)) }
    try store.close()
  }

  @Test(arguments: [1, 1000])
  func whatIsAcceptableNowIsDrivenOnce(batch: Int) throws {
    let directory = TemporaryDirectory()
    let (store, clock) = try store(in: directory)
    // Long afterwards; what is driven again counts from when it came.
    clock.set(instant("2026-03-08T00:00:00Z").milliseconds)
    var verdicts: [Verdict] = []
    let counts = try store.redrive(batchRecords: batch) { verdicts.append($0.verdict) }
    #expect(counts.accepted == 2 && counts.duplicates == 1 && counts.quarantined == 2)
    let names = verdicts.map { verdict in
      switch verdict {
      case .accepted: "accepted"
      case .duplicate: "duplicate"
      case .quarantined(_, let problem), .rejected(let problem): problem.name
      }
    }
    #expect(names == ["not_an_object", "accepted", "duplicate", "missing_group_id", "accepted"])
    #expect(try listed(store) == ["not_an_object ", "too_deep rule"])
    #expect(try store.snapshot().stats().quarantined == 2)
    let report = try #require(try store.report("user_id:u"))
    #expect(
      report.events.map { "\($0.time) \($0.receivedAt) \($0.clock.name)" } == [
        "2026-03-01T12:00:10.000Z 2026-03-01T12:00:10.000Z undated",
        "2026-03-01T12:00:10.000Z 2026-03-01T12:00:10.000Z undated",
        "2026-03-01T12:00:05.000Z 2026-03-01T12:00:10.000Z corrected",
      ])
    let records = store.lastSequence
    let again = try store.redrive()
    #expect(again.lines == 2 && again.quarantined == 2 && store.lastSequence == records)
    // The same lines from outside are known, too.
    let resent = try store.take(Self.lines, clock: .system, source: "web")
    #expect(resent.count { if case .duplicate(_, isSame: true) = $0 { true } else { false } } == 3)
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    #expect(store.verify(replay: true).isSound)
    try store.close()
  }

  /// A line whose id is the number of an event, written in another way, repeats that event.
  @Test func aLineWithTheSameNumberIsADuplicate() throws {
    let directory = TemporaryDirectory()
    let clock = StandingClock(received.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    let lines = ["7", "7.0", "70e-1", "7.5"].map {
      #"{"type":"page","messageId":\#($0),"userId":"u"}"#
    }
    try store.take([lines[0]], clock: .system, source: "web")
    try keep(Array(lines[1...]), in: store)
    let counts = try store.redrive()
    #expect(counts.conflicts == 2 && counts.accepted == 1 && counts.quarantined == 0)
    #expect(try store.snapshot().stats().events == 2)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// Times that stand as sent, stand as sent when the line is driven again.
  @Test func anImportedLineIsReceivedWhenItHappened() throws {
    let directory = TemporaryDirectory()
    let clock = StandingClock(received.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    try store.take([Self.known.replacing("m0", with: "x")], clock: .events, source: "web")
    try keep([Self.lines[0]], in: store)
    #expect(try store.redrive().accepted == 1)
    let event = try #require(try store.report("user_id:u")?.events.first)
    #expect("\(event.time)" == "2026-03-01T09:00:00.000Z" && event.receivedAt == event.time)
    try store.close()
  }

  private static let unblocked = """
    identifiers: [user_id, anonymous_id]
    blocked: {values: [], exact: [], patterns: []}
    """
  private static let blocked = #"{"type":"page","userId":"null"}"#
  private static let identified = #"{"type":"page","userId":"null","messageId":"m"}"#

  /// Equal lines are as many records as events without an id would be, so that a redrive gives as many events.
  @Test(arguments: [1, 100])
  func equalLinesAreKeptEach(batch: Int) throws {
    let directory = TemporaryDirectory()
    let clock = StandingClock(received.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    let lines = [
      Self.blocked, Self.identified, Self.blocked, Self.identified, "[]", "[]", Self.blocked,
    ]
    let first = try store.take(lines, clock: .system, source: "web", batch: batch)
    #expect(try store.snapshot().stats().quarantined == 7)
    #expect(try store.take(lines, clock: .system, source: "web", batch: batch) == first)
    #expect(try store.snapshot().stats().quarantined == 7)
    #expect(try store.take([Self.blocked], clock: .system, source: "web") == [first[0]])
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    #expect(try store.take(lines, clock: .system, source: "web") == first)

    _ = try store.apply(IdentityRulesFile.read(Self.unblocked, file: "rules.yaml"))
    // Not all at once, and not in order: the occurrence is the line's own.
    clock.set(received.milliseconds + 1)
    let counts = try store.redrive(batchRecords: batch)
    #expect(counts.accepted == 4 && counts.duplicates == 1 && counts.quarantined == 2)
    #expect(try store.snapshot().stats().quarantined == 2 && store.snapshot().stats().events == 4)
    let again = try store.take(lines, clock: .system, source: "web")
    #expect(again.count { if case .duplicate(_, isSame: true) = $0 { true } else { false } } == 5)
    #expect(store.verify(replay: true).isSound)
    try store.close()
  }

  @Test func droppedLinesAreGone() throws {
    let directory = TemporaryDirectory()
    let (store, clock) = try store(in: directory)
    try store.take(["[]", "[]"], clock: .system, source: "shop")
    var filter = QuarantineFilter()
    filter.code = "not_an_object"
    filter.source = "web"
    #expect(try store.dropQuarantined(filter) == 1)
    #expect(try store.dropQuarantined(filter) == 0)
    #expect(try listed(store).count == 6 && store.snapshot().stats().quarantined == 6)
    #expect(throws: StoreError.self) { try store.snapshot().quarantined(SequenceNumber(3)) }
    // It does not come back, not even with the same file; those of another source are others.
    let verdicts = try store.take(["[]", "[]"], clock: .system, source: "web")
    #expect({ if case .duplicate(_, isSame: true) = verdicts[0] { true } else { false } }())
    #expect({ if case .quarantined = verdicts[1] { true } else { false } }())
    #expect(try store.snapshot().stats().quarantined == 7)
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash && listed(store).count == 7)
    #expect(try store.dropQuarantined() == 7)
    #expect(try store.redrive().lines == 0 && store.snapshot().stats().quarantined == 0)
    #expect(store.verify(replay: true).isSound)
    try store.close()
    let reopened = try Store.open(at: directory.store, options: clock.options())
    #expect(try reopened.snapshot().stats().quarantined == 0 && listed(reopened) == [])
    try reopened.close()
  }

  /// Records without an occurrence are those of earlier versions, and still the first of their line.
  @Test func anOccurrenceIsKept() throws {
    let line = Array("[]".utf8)
    for occurrence: UInt32 in [0, 1, 300] {
      let payload = QuarantinedLine(
        EventProblem(.invalidBatch, field: .type, at: 2), detail: "d", occurrence: occurrence,
        hasDerivedID: occurrence == 1, line: line
      ).encode()
      let kept = try QuarantinedLine(payload.span.bytes)
      #expect(kept.hasDerivedID == (occurrence == 1))
      #expect(kept.occurrence == occurrence && kept.line == line && kept.detail == "d")
      #expect(kept.problem == EventProblem(.invalidBatch, field: .type, at: 2))
      let first: UInt8 = occurrence == 0 ? 48 : 0x80 | 48
      #expect(payload.first == first)
    }
    let drop = QuarantineDropRecord(lines: [
      SequenceNumber(3), SequenceNumber(4), SequenceNumber(900),
    ])
    #expect(try QuarantineDropRecord(drop.encode().span.bytes) == drop)
    for damaged: [UInt8] in [[], [1], [2, 3, 0], [1, 3, 3], [1, 0]] {
      #expect(throws: DecodeError.self) { try QuarantineDropRecord(damaged.span.bytes) }
    }
  }
}
