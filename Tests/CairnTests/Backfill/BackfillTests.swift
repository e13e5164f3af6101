// Definitions applied concurrently with an ingest: that both go on at once, and what becomes of what is not
// published: cancelled, out of date, without space, closed or lost.

import Bytes
import Events
import Foundation
import Profiles
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct BackfillTests {
  private let directory = TemporaryDirectory()
  private let files = GatedFileSystem()
  private let store: Store
  private static let texts = definitions(
    traits: [("seen", #"count("Seen")"#)], audiences: [("often", #"count("Seen", last 7d) >= 3"#)])

  private static func lines(_ range: Range<Int>) -> [String] {
    range.map {
      track("Seen", id: "m\($0)", #""userId":"u\#($0 % 10)""#, at: "2026-03-01T10:00:00.000Z")
    }
  }

  private static func options(_ files: GatedFileSystem, memory: Int? = nil) -> StoreOptions {
    var options = StoreOptions.repeatable(memory: memory)
    options.fileSystem = files
    return options
  }

  init() throws {
    store = try Store.create(at: directory.store, options: Self.options(files, memory: 1 << 12))
    try store.take(Self.lines(0..<20))
  }

  /// Why definitions that were begun were not published.
  private func refusal(_ begun: DefinitionBackfill) -> ApplyError? {
    do throws(ApplyError) {
      _ = try store.finishApplying(begun)
      return nil
    } catch {
      return error
    }
  }

  private func isRefused(_ begun: DefinitionBackfill, _ expected: BackfillRefusal) -> Bool {
    guard case .backfill(let refusal) = refusal(begun) else { return false }
    return refusal == expected
  }

  // MARK: - Both at once

  @Test(arguments: [false, true]) func ingestGoesOnMeanwhile(isFromFile: Bool) throws {
    files.gate.close()
    let begun = try store.beginApplying(Self.texts)
    files.gate.waitForArrival()
    let before = store.lastSequence.value
    #expect(begun.progress == BackfillProgress(LogProgress(recordsTotal: before)))
    var acknowledged = 0
    var atTwenty: UInt64 = 0
    let lines = Self.lines(20..<60)
    let note = { (line: LineVerdict) in
      acknowledged += 1
      guard line.line == 20 else { return }
      // Twenty lines are durable while the history has not been read at all.
      guard case .scanning = begun.status else {
        Issue.record("the thread stands at the gate")
        return
      }
      #expect(begun.progress.log.records == 0)
      atTwenty = self.store.lastSequence.value
      self.files.gate.open()
      while case .scanning = begun.status { begun.waitForNews() }
    }
    var options = IngestOptions.past(batch: 5)
    options.source = "default"
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    let summary: IngestSummary
    if isFromFile {
      let path = directory.path + "/input"
      try Data(bytes).write(to: URL(filePath: path))
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      summary = try store.ingest(
        descriptor: handle.fileDescriptor, options: options, onVerdict: note)
      try handle.close()
    } else {
      summary = try store.ingest(lines: bytes, options: options, onVerdict: note)
    }
    #expect(acknowledged == 40)
    #expect(atTwenty == before + 25, "a checkpoint is due at once, which waits for the next commit")
    let changes = try store.finishApplying(begun)
    #expect(changes.sequence == SequenceNumber(before + 31), "with the commit after that")
    #expect(store.lastSequence.value == before + 41)
    #expect(changes.memberships.entered == 10, "four events each by then")
    #expect(summary.memberships == MembershipCounts(), "the input's own changes")
    #expect(begun.progress.log.records == begun.progress.log.recordsTotal)
    #expect(begun.progress.log.records == before + 30)
    // Those parsed ahead, before the definitions were in force, count too.
    #expect(try store.report("user_id:u3")?.trait("seen")?.description == "6")
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func theThreadCatchesUpBeforeItIsPublished() throws {
    files.gate.close()
    let begun = try store.beginApplying(Self.texts, lagMax: 5)
    try store.take(Self.lines(20..<60), batch: 7)
    files.gate.open()
    while case .scanning = begun.status { begun.waitForNews() }
    // It has 40 records left: it is sent on instead.
    store.publishFinishedBackfill()
    #expect(!begun.isPublished)
    #expect(begun.progress.log.recordsTotal == store.lastSequence.value)
    _ = try store.finishApplying(begun)
    #expect(try store.report("user_id:u3")?.trait("seen")?.description == "6")
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// All audiences are judged in one pass over the profiles; the changes of each stand together all the same,
  /// in the order of the definitions.
  @Test func changesOfOneAudienceStandTogether() throws {
    _ = try store.apply(
      definitions(audiences: [
        ("seen_once", #"count("Seen") >= 1"#), ("seen_often", #"count("Seen") > 5"#),
        ("seen_twice", #"count("Seen") = 2"#),
      ]))
    let changes = try store.changes()
    #expect(changes.map(\.audience) == (0..<20).map { $0 < 10 ? "seen_once" : "seen_twice" })
    let ids = try (0..<10).map { try store.report("user_id:u\($0)")?.id }
    #expect(changes.map { Optional($0.id) } == (0..<20).map { ids[$0 % 10] })
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func progressEndsAtAHundredPercent() throws {
    try store.take(Self.lines(20..<8300), batch: 5000)
    let last = store.lastSequence.value
    var read: [UInt64] = []
    var judged: [UInt64] = []
    _ = try store.apply(Self.texts) { progress in
      #expect(progress.log.recordsTotal == last)
      guard progress.profilesTotal > 0 else { return read.append(progress.log.records) }
      #expect(progress.profilesTotal == 10)
      judged.append(progress.profiles)
    }
    #expect(read == [4096, 8192, last])
    #expect(judged == [0, 10, 10])
    var isCalled = false
    _ = try store.apply(Self.texts) { _ in isCalled = true }
    #expect(!isCalled, "nothing is to be read for what holds already")
    try store.close()
  }

  // MARK: - Not published

  @Test func whatIsCancelledLeavesNothing() throws {
    let hash = try store.snapshot().stateHash()
    files.gate.close()
    let begun = try store.beginApplying(Self.texts)
    files.gate.waitForArrival()
    var second: BackfillRefusal?
    do throws(ApplyError) { _ = try store.beginApplying(Self.texts) } catch {
      if case .backfill(let refusal) = error { second = refusal }
    }
    #expect(second == .inProgress)
    begun.cancel()
    files.gate.open()
    #expect(isRefused(begun, .cancelled))
    #expect(try store.snapshot().stateHash() == hash)
    // Another one may come.
    _ = try store.finishApplying(try store.beginApplying(Self.texts))
    #expect(try store.snapshot().traitReports.map(\.name) == ["seen"])
    try store.close()
  }

  @Test func otherDefinitionsMakeItOutOfDate() throws {
    files.gate.close()
    let begun = try store.beginApplying(Self.texts)
    files.gate.waitForArrival()
    _ = try store.apply(definitions(traits: [("other", #"count("Other")"#)]))
    let hash = try store.snapshot().stateHash()
    files.gate.open()
    #expect(isRefused(begun, .outOfDate))
    #expect(try store.snapshot().stateHash() == hash)
    #expect(try store.snapshot().traitReports.map(\.name) == ["other"])
    try store.close()
  }

  @Test func otherIdentityRulesMakeItOutOfDate() throws {
    files.gate.close()
    let begun = try store.beginApplying(Self.texts)
    files.gate.waitForArrival()
    var rules = store.identityRules
    rules.identifiers.blocked.exact.append("nobody")
    try store.apply(rules)
    let hash = try store.snapshot().stateHash()
    files.gate.open()
    #expect(isRefused(begun, .outOfDate))
    #expect(try store.snapshot().stateHash() == hash)
    try store.close()
  }

  /// Memory is so small that the separate cells go to files at once.
  @Test(arguments: [false, true]) func withoutSpaceItCanBeTriedAgain(isBeside: Bool) throws {
    let small = TemporaryDirectory()
    let store = try Store.create(at: small.store, options: Self.options(files, memory: 1 << 12))
    try store.take(Self.lines(0..<20))
    let hash = try store.snapshot().stateHash()
    files.isFull = true
    var code: StoreError.Code?
    do throws(ApplyError) {
      if isBeside {
        _ = try store.finishApplying(try store.beginApplying(Self.texts))
      } else {
        _ = try store.apply(Self.texts)
      }
    } catch {
      if case .store(let refusal) = error { code = refusal.code }
    }
    #expect(code == .noSpace)
    #expect(try store.snapshot().stateHash() == hash)
    files.isFull = false
    // Nothing is poisoned.
    #expect(try store.take(Self.lines(20..<21)).count == 1)
    #expect(try store.apply(Self.texts).memberships.entered == 1, "who has a third event by now")
    try store.take(Self.lines(21..<40))
    #expect(try store.snapshot().audience("often").memberCount == 10)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test(arguments: [true, false]) func aStoreThatGoesLeavesNothing(isClosed: Bool) throws {
    let own = TemporaryDirectory()
    let options = Self.options(files, memory: 1 << 12)
    var holder: Store? = try Store.create(at: own.store, options: options)
    try holder?.take(Self.lines(0..<20))
    let hash = try holder?.snapshot().stateHash()
    try holder?.checkpoint()
    let runs = try files.list(own.store).filter { $0.hasSuffix(".run") }.sorted()
    #expect(!runs.isEmpty)
    let begun = try #require(try holder?.beginApplying(Self.texts))
    while case .scanning = begun.status { begun.waitForNews() }
    // What did not fit into memory has no name, so that nothing can be left over.
    let present = try files.list(own.store).filter { $0.hasSuffix(".run") }.sorted()
    #expect(present == runs)
    if isClosed { try holder?.close() }
    holder = nil
    guard case .failed(.backfill(.cancelled)) = begun.status else {
      Issue.record("it is cancelled with its store")
      return
    }
    let again = try Store.open(at: own.store, options: options)
    #expect(try again.snapshot().stateHash() == hash)
    #expect(try again.snapshot().traitReports.isEmpty)
    _ = try again.apply(Self.texts)
    #expect(again.verify(replay: true).problems == [])
    try again.close()
  }
}
