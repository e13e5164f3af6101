// Times that cannot be read, or lie in the future, in an import of the past: they must not move logical
// time, and nothing of them is dropped in silence.

import Bytes
import Events
import Foundation
import Glibc
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ImportTimeTests {
  private let wall = instant("2026-03-01T12:00:00Z")

  private func store(in directory: TemporaryDirectory) throws -> (Store, StandingClock) {
    let clock = StandingClock(wall.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(
      definitions(
        traits: [("total", "count(*)")], audiences: [("recent", #"performed("A", last 30d)"#)]))
    return (store, clock)
  }

  private func event(_ id: String, _ time: String) -> String {
    #"{"type":"track","event":"A","messageId":"\#(id)","userId":"u","timestamp":\#(time)}"#
  }

  /// The name of each verdict, with the problem's.
  private func names(_ verdicts: [Verdict]) -> [String] {
    verdicts.map { verdict in
      switch verdict {
      case .accepted: "accepted"
      case .duplicate: "duplicate"
      case .quarantined(_, let problem), .rejected(let problem): problem.name
      }
    }
  }

  @Test func oneBadRowMovesNoTime() throws {
    let directory = TemporaryDirectory()
    let (store, clock) = try store(in: directory)
    let lines = [
      event("1", #""2025-01-03 10:00:00+01""#), event("2", #""2099-01-01T00:00:00Z""#),
      event("3", #""next year""#), event("4", "4102444800"), event("5", "1738576800"),
      #"{"type":"track","event":"A","messageId":"6","userId":"u"}"#,
    ]
    #expect(
      names(try store.take(lines)) == [
        "accepted", "future_time", "unreadable_time", "future_time", "accepted", "accepted",
      ])
    #expect(store.logicalNow == instant("2025-02-03T10:00:00Z"))
    let stats = try store.snapshot().stats()
    #expect(stats.quarantined == 3 && stats.events == 3)
    #expect(stats.times.undated == 1 && stats.times.unreadable == 0 && stats.times.outOfOrder == 0)
    #expect(stats.times.earliest == instant("2025-01-03T09:00:00Z"))
    #expect(stats.times.latest == instant("2025-02-03T10:00:00Z"))
    // The same file again changes nothing.
    #expect(
      names(try store.take(lines)) == [
        "duplicate", "future_time", "unreadable_time", "future_time", "duplicate", "duplicate",
      ])
    #expect(try store.snapshot().stats().quarantined == 3)
    // The judgement is in the log: a replay does not ask the clock.
    clock.set(instant("2099-06-01T00:00:00Z").milliseconds)
    #expect(store.verify(replay: true).isSound)
    try store.rebuildDerived()
    #expect(
      try store.snapshot().stats().times == stats.times && store.logicalNow == stats.logicalNow)
    // A redrive asks it again; 2100 is still to come, but within 23 hours of nothing.
    var redriven: [Verdict] = []
    let counts = try store.redrive { redriven.append($0.verdict) }
    #expect(names(redriven) == ["accepted", "unreadable_time", "future_time"])
    #expect(counts.accepted == 1 && store.logicalNow == instant("2099-01-01T00:00:00Z"))
    #expect(store.verify(replay: true).isSound)
    try store.close()
  }

  /// Under the machine's clock nothing is kept out; what became of each time is reported.
  @Test func theMachinesClockCountsFromReceipt() throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    var clocks: [String] = []
    var options = IngestOptions()
    options.batchRecords = 2
    let lines = [
      event("1", #""2099-01-01""#), event("2", #""soon""#), event("3", #""2026-01-01""#),
      event("4", "null"), event("5", #""2026-03-01T11:00:00Z","sentAt":"2026-03-01T11:00:10Z""#),
      event("6", #""2019-01-01","historical":true"#), event("1", #""2099-01-01""#), "[]",
    ]
    let summary = try store.ingest(
      lines: Array(lines.joined(separator: "\n").utf8), options: options
    ) { line in
      clocks.append(
        line.clock.map { "\($0.verdict.name) \($0.time)\($0.isLate ? " late" : "")" } ?? "-")
    }
    let now = "2026-03-01T12:00:00.000Z"
    #expect(
      clocks == [
        "future-clamped \(now)", "unparseable \(now)", "ok 2026-01-01T00:00:00.000Z late",
        "undated \(now)", "corrected 2026-03-01T11:59:50.000Z",
        "historical 2019-01-01T00:00:00.000Z", "-", "-",
      ])
    var expected = TimeCounts()
    expected.clamped = 1
    expected.unreadable = 1
    expected.late = 1
    expected.undated = 1
    expected.corrected = 1
    expected.historical = 1
    expected.earliest = instant("2019-01-01")
    expected.latest = instant("2026-03-01T11:59:50Z")
    #expect(summary.times == expected)
    #expect(try store.snapshot().stats().times == expected)
    try store.close()
    // The counts are part of the state: they come back with it.
    let again = try Store.open(at: directory.store, options: StandingClock(0).options())
    #expect(try again.snapshot().stats().times == expected)
    try again.rebuildDerived()
    #expect(try again.snapshot().stats().times == expected)
    try again.close()
  }

  @Test func eventsOutOfOrderAreCounted() throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    try store.take([
      event("1", #""2025-01-01""#), event("2", #""2025-03-01""#), event("3", #""2025-02-01""#),
      event("4", #""2025-03-01""#), event("5", #""2025-04-01""#),
    ])
    #expect(try store.snapshot().stats().times.outOfOrder == 1)
    // A tick, too, is a time that has been reached; and the machine's clock knows no such order.
    _ = try store.tick(to: instant("2025-06-01"))
    try store.take([event("6", #""2025-05-01""#)])
    try store.take([event("7", #""2025-05-02""#)], clock: .system)
    #expect(
      try store.snapshot().stats().times.outOfOrder == 2 && store.snapshot().stats().times.late == 1
    )
    #expect(store.verify(replay: true).isSound)
    try store.close()
  }

  /// What a preview counts is what taking the input in counts.
  @Test(arguments: [IngestClock.system, .events])
  func aPreviewForetellsTheCounts(clock: IngestClock) throws {
    let directory = TemporaryDirectory()
    let (store, _) = try store(in: directory)
    let path = directory.path + "/in.ndjson"
    let lines = [
      event("1", #""2025-01-01""#), event("2", #""2024-03-01""#), event("3", #""soon""#),
      event("4", #""2099-03-01""#), event("5", "null"), event("1", #""2025-01-01""#),
    ]
    var options = IngestOptions()
    options.clock = clock
    let file = try TestFile(lines.joined(separator: "\n"), at: path)
    let preview = try store.preview(descriptor: file.open(), options: options)
    let summary = try store.ingest(descriptor: file.open(), options: options)
    #expect(preview.times == summary.times && preview.verdicts == summary.verdicts)
    #expect(summary.times.earliest == instant("2024-03-01"))
    #expect(summary.times.outOfOrder == (clock == .events ? 1 : 0))
    try store.close()
  }
}

/// A file to be read from its beginning more than once.
private final class TestFile {
  private let path: String
  private var descriptors: [Int32] = []

  init(_ text: String, at path: String) throws {
    self.path = path
    try text.write(toFile: path, atomically: false, encoding: .utf8)
  }

  func open() -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY)
    descriptors.append(descriptor)
    return descriptor
  }

  deinit { for descriptor in descriptors { close(descriptor) } }
}
