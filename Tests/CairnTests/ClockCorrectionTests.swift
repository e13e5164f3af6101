// Times through the whole store: what is folded, what is shown, and that a replay comes to the same.

import Bytes
import Cairn
import Events
import Storage
import Testing
@testable import Engine

@Suite struct ClockCorrectionTests {
  private let received = instant("2026-03-01T12:00:10Z")

  private func store(in directory: TemporaryDirectory) throws -> (Store, StandingClock) {
    let clock = StandingClock(received.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(
      definitions(traits: [("recent", "count(*, last 2d)"), ("total", "count(*)")]))
    return (store, clock)
  }

  private static let lines = [
    #"{"type":"page","messageId":"m1","userId":"u","originalTimestamp":"2026-03-01T09:00:00Z","sentAt":"2026-03-01T09:00:05Z"}"#,
    #"{"type":"page","messageId":"m2","userId":"u","timestamp":"2026-02-27T10:00:00Z","sentAt":"2026-03-01T12:00:09Z"}"#,
    #"{"type":"page","messageId":"m3","userId":"u","timestamp":"2026-03-03T12:00:00Z"}"#,
    #"{"type":"page","messageId":"m4","userId":"u","timestamp":"yesterday"}"#,
    #"{"type":"page","messageId":"m5","userId":"u","timestamp":"2019-01-01T00:00:00Z","sentAt":"2026-03-01T12:00:00Z","historical":true}"#,
  ]

  @Test func eventsCountFromTheirCorrectedTimes() throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    try store.take(Self.lines, clock: .system)
    let report = try #require(try store.report("user_id:u"))
    let shown = report.events.map {
      "\($0.time) \($0.receivedAt) \($0.clock.name)\($0.isLate ? " late" : "")"
    }
    let r = "2026-03-01T12:00:10.000Z"
    #expect(
      shown == [
        "\(r) \(r) unparseable", "\(r) \(r) future-clamped",
        "2026-03-01T12:00:05.000Z \(r) corrected", "2026-02-27T10:00:01.000Z \(r) corrected late",
        "2019-01-01T00:00:00.000Z \(r) historical",
      ])
    #expect(report.trait("recent") == .count(3) && report.trait("total") == .count(5))
    #expect(report.firstSeen == instant("2019-01-01T00:00:00Z") && report.lastSeen == received)
    // A definition that comes later reads the same times from the log.
    _ = try store.apply(definitions(traits: [("again", "count(*, last 2d)")]))
    #expect(try store.report("user_id:u")?.trait("again") == .count(3))
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    try store.close()
  }

  /// Sent again, an event has another `sentAt` and comes at another time: still the same event.
  @Test func aRetryIsADuplicateWithTheSameContent() throws {
    let directory = TemporaryDirectory()
    let (store, clock) = try store(in: directory)
    let first = try store.take([Self.lines[0]], clock: .system)
    guard case .accepted(let sequence) = first[0] else {
      Issue.record("not accepted")
      return
    }
    clock.set(received.milliseconds + 60_000)
    let retry = Self.lines[0].replacing("09:00:05Z", with: "09:01:05Z")
    let other = Self.lines[0].replacing("09:00:00Z", with: "09:00:01Z")
    let verdicts = try store.take([retry, other], clock: .system)
    #expect(
      verdicts == [
        .duplicate(of: sequence, isSame: true), .duplicate(of: sequence, isSame: false),
      ])
    #expect(
      try store.take([Self.lines[0]], clock: .events) == [.duplicate(of: sequence, isSame: true)])
    try store.close()
  }

  @Test func anImportIsNotCorrected() throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    try store.take(Array(Self.lines[0...1]), clock: .events)
    let events = try #require(try store.report("user_id:u")).events
    #expect(
      events.map { "\($0.time) \($0.receivedAt) \($0.clock.name) \($0.isLate)" } == [
        "2026-03-01T09:00:00.000Z 2026-03-01T09:00:00.000Z ok false",
        "2026-02-27T10:00:00.000Z 2026-02-27T10:00:00.000Z ok false",
      ])
    let hash = try store.snapshot().stateHash()
    // What came in under one clock stays what it is under another.
    try store.take([Self.lines[3]], clock: .system)
    try store.rebuildDerived()
    #expect(
      try store.report("user_id:u")?.events.map(\.time).dropFirst() == events.map(\.time)[...])
    #expect(try store.snapshot().stateHash() != hash)
    try store.close()
  }

  @Test func eventsWithoutIdsAreKnownAgain() throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    let bare = #"{"type":"page","userId":"u","timestamp":"2026-03-01T12:00:00Z"}"#
    let other = bare.replacing(":00Z", with: ":01Z")
    let first = try store.take([bare, bare, other], clock: .system, batch: 1)
    let sequences = first.compactMap { verdict in
      if case .accepted(let sequence) = verdict { sequence } else { nil }
    }
    #expect(sequences.count == 3)
    let again = try store.take([bare, bare, other, bare], clock: .system)
    #expect(Array(again[..<3]) == sequences.map { .duplicate(of: $0, isSame: true) })
    #expect(again[3] != .duplicate(of: sequences[0], isSame: true))
    #expect(try store.report("user_id:u")?.trait("total") == .count(4))
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    try store.take([bare, bare, other, bare], clock: .system)
    #expect(try store.snapshot().stateHash() == hash)
    try store.close()
  }
}
