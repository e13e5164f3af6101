// A store that is read while another handle writes to it: the reader sees what the writer had at some
// record, whatever the writer does, and neither notices the other.

import Activation
import Bytes
import Events
import Foundation
import Profiles
import Storage
import Synchronization
import Testing

@testable import Cairn
@testable import Engine

/// Tells threads that they may stop.
private final class End: Sendable {
  let isReached = Atomic(false)
}

@Suite struct ReaderTests {
  private let directory = TemporaryDirectory()

  /// Options under which a few hundred events have checkpoints, several segments and merges of runs.
  private var small: StoreOptions {
    var options = StoreOptions.repeatable()
    options.environment.wait = { _ in }
    options.storage = StorageOptions(segmentBytesMax: 12_000, blockBytes: 1024, reserveBytes: 4096)
    options.checkpointLogBytes = 12_000
    return options
  }

  private static let first = definitions(
    traits: [("orders", #"count("Order")"#), ("spent", #"sum("Order", properties.revenue)"#)],
    audiences: [("buyers", #"performed("Order")"#), ("recent", #"count("Order", last 3d) >= 2"#)])

  private static let second = definitions(
    traits: [("orders", #"count("Order")"#), ("views", #"count("View")"#)],
    audiences: [("buyers", #"performed("Order")"#), ("lookers", "views >= 3")])

  private static func lines(_ range: Range<Int>) -> [String] {
    range.map { index in
      let time = "2026-03-\(index / 400 + 10)T\(index / 20 % 14 + 10):00:00Z"
      switch index % 7 {
      case 0:
        return identify(
          id: "m\(index)", #""userId":"u\#(index % 61)","anonymousId":"a\#(index % 83)""#, at: time)
      case 1: return "not an event \(index)"
      default:
        return track(
          index % 3 == 0 ? "View" : "Order", id: "m\(index)",
          index % 2 == 0 ? #""userId":"u\#(index % 61)""# : #""anonymousId":"a\#(index % 83)""#,
          at: time, properties: #""revenue":\#(index),"p\#(index / 90)":true"#)
      }
    }
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.store).sorted()
  }

  /// Checks that a reader opened now, and one that is brought up to date, have the writer's state.
  private func check(_ reader: Store, against writer: Store) throws {
    let expected = try writer.snapshot().stateHash()
    let before = try names()
    let fresh = try Store.openReadOnly(at: directory.store, options: small)
    #expect(fresh.lastSequence == writer.lastSequence)
    #expect(try fresh.snapshot().stateHash() == expected)
    _ = try reader.refresh()
    #expect(reader.lastSequence == writer.lastSequence)
    #expect(try reader.snapshot().stateHash() == expected)
    #expect(fresh.verify().problems == [] && reader.verify().problems == [])
    #expect(try reader.refresh() == false)
    #expect(try names() == before)
  }

  @Test func aReaderHasTheWritersStateAfterEveryInput() throws {
    let writer = try Store.create(at: directory.store, options: small)
    let reader = try Store.openReadOnly(at: directory.store, options: small)
    #expect(reader.isReadOnly && !writer.isReadOnly)
    try check(reader, against: writer)
    _ = try writer.apply(Self.first)
    var earlier: [(Snapshot, StateHash)] = []
    for start in stride(from: 0, to: 1200, by: 100) {
      try writer.take(Self.lines(start..<start + 100), batch: 30)
      try check(reader, against: writer)
      let snapshot = try reader.snapshot()
      earlier.append((snapshot, try snapshot.stateHash()))
      switch start {
      case 200: _ = try writer.compact()
      case 300: _ = try writer.apply(Self.second)
      case 400: _ = try writer.tick(to: writer.logicalNow + Milliseconds(86_400_000))
      case 500: try writer.checkpoint()
      case 600:
        _ = try writer.merge([
          try #require(Identifier("user_id:u1")), try #require(Identifier("user_id:u2")),
        ])
      case 700:
        var rules = IdentityRules.standard
        rules.identifiers.alias = .ignore
        _ = try writer.apply(rules)
      case 800: _ = try writer.dropQuarantined(QuarantineFilter())
      case 900: _ = try writer.erase([try #require(Identifier("user_id:u3"))])
      case 1000: try writer.rebuildDerived()
      default: continue
      }
      try check(reader, against: writer)
    }
    #expect(writer.directory.manifest.segments.count > 3)
    // What was taken before is as it was.
    for (snapshot, hash) in earlier { #expect(try snapshot.stateHash() == hash) }
    try writer.close()
    try check(reader, against: Store.open(at: directory.store, options: small))
  }

  @Test func aReaderInTheMiddleOfAnIngestSeesWholeCommits() throws {
    let writer = try Store.create(at: directory.store, options: small)
    _ = try writer.apply(Self.first)
    let start = writer.lastSequence
    // A copy that takes in the same, for the state at each record.
    let reference = try directory.copyOfStore()
    let lines = Self.lines(0..<900)
    var seen: [SequenceNumber: StateHash] = [:]
    var options = IngestOptions.past(batch: 25)
    options.source = "default"
    let reader = try Store.openReadOnly(at: directory.store, options: small)
    var verdicts = 0
    let text = lines.joined(separator: "\n") + "\n"
    _ = try writer.ingest(lines: Array(text.utf8), options: options) { _ in
      verdicts += 1
      // In between, the commit of the next batch and checkpoints are on their way.
      guard verdicts.isMultiple(of: 19) else { return }
      do {
        let fresh = try Store.openReadOnly(at: directory.store, options: small)
        try reader.refresh()
        for store in [fresh, reader] {
          #expect(store.lastSequence >= start)
          seen[store.lastSequence] = try store.snapshot().stateHash()
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(seen.count > 20)
    try writer.close()
    let again = try Store.open(at: reference, options: small)
    var missing = seen
    // One line in each batch, so that every record is the end of a commit.
    for line in [""] + lines {
      if !line.isEmpty { try again.take([line]) }
      guard let hash = missing.removeValue(forKey: again.lastSequence) else { continue }
      #expect(try again.snapshot().stateHash() == hash)
    }
    #expect(missing.isEmpty)
  }

  @Test func readersWithLittleMemoryLeaveNothingBehind() throws {
    var options = small
    options.checkpointLogBytes = 1 << 30
    let writer = try Store.create(at: directory.store, options: options)
    _ = try writer.apply(Self.first)
    try writer.take(Self.lines(0..<4600))
    let before = try names()
    var little = options
    little.memoryBytesMax = 200_000
    let reader = try Store.openReadOnly(at: directory.store, options: little)
    #expect(reader.checkpointSequence.value < 10 && reader.opening.replayedRecords > 4500)
    #expect(reader.fold.state.memoryBytes < writer.fold.state.memoryBytes / 2)
    #expect(try reader.snapshot().stateHash() == writer.snapshot().stateHash())
    #expect(reader.verify(replay: true).problems == [])
    let plan = try reader.plan(Self.second)
    #expect(plan == (try writer.plan(Self.second)))
    #expect(try names() == before)
  }

  @Test func inputsAreRefused() throws {
    let writer = try Store.create(at: directory.store, options: small)
    try writer.take(Self.lines(0..<20))
    let reader = try Store.openReadOnly(at: directory.store, options: small)
    let hash = try reader.snapshot().stateHash()
    let before = try names().map { try Data(contentsOf: URL(filePath: directory.store + "/" + $0)) }
    func refused(_ body: () throws -> Void) -> Bool {
      do { try body() } catch let error as StoreError {
        return error.code == .readOnly
      } catch ApplyError.store(let error) {
        return error.code == .readOnly
      } catch let error as IngestFailure {
        if case .store(let error) = error.reason { return error.code == .readOnly }
      } catch {}
      return false
    }
    let name = try #require(Identifier("user_id:u0"))
    #expect(refused { try reader.take(Self.lines(30..<40)) })
    #expect(refused { _ = try reader.tick(to: reader.logicalNow + Milliseconds(1)) })
    #expect(refused { _ = try reader.apply(Self.first) })
    #expect(refused { _ = try reader.beginApplying(Self.first) })
    #expect(refused { _ = try reader.erase([name]) })
    #expect(refused { _ = try reader.split([name]) })
    #expect(refused { try reader.checkpoint() })
    #expect(refused { try reader.rebuildDerived() })
    #expect(refused { _ = try reader.compact() })
    #expect(try reader.refresh() || reader.snapshot().stateHash() == hash)
    #expect(try reader.snapshot().stateHash() == hash)
    try reader.close()
    let after = try names().map { try Data(contentsOf: URL(filePath: directory.store + "/" + $0)) }
    #expect(before == after)
    // And the writer goes on.
    try writer.take(Self.lines(20..<30))
    try writer.close()
  }

  @Test func whatOnlyAWriterCanRepairIsSaid() throws {
    let writer = try Store.create(at: directory.store, options: small)
    _ = try writer.apply(Self.first)
    try writer.take(Self.lines(0..<300))
    try writer.close()
    let damaged = try directory.copyOfStore()
    let run = try #require(
      try FileManager.default.contentsOfDirectory(atPath: damaged).first { $0.hasSuffix(".run") })
    try FileManager.default.removeItem(atPath: damaged + "/" + run)
    let error = #expect(throws: StoreError.self) {
      try Store.openReadOnly(at: damaged, options: small)
    }
    #expect(error?.code == .damagedIndex && error?.file == run)
    // A fold of the whole log that was interrupted.
    let rebuilt = try Store.open(at: directory.store, options: small)
    try rebuilt.directory.commit { manifest in
      manifest.tableRuns = []
      manifest.timerRuns = []
      manifest.checkpoint = SequenceNumber(0)
      manifest.scalars = []
    }
    var short = small
    short.checkpointLogBytes = 1000
    let running = #expect(throws: StoreError.self) {
      try Store.openReadOnly(at: directory.store, options: short)
    }
    #expect(running?.code == .damagedIndex)
    #expect(running?.message.contains("another process is making them again") == true)
    rebuilt.directory.close()
    let interrupted = #expect(throws: StoreError.self) {
      try Store.openReadOnly(at: directory.store, options: short)
    }
    #expect(interrupted?.message.contains("open the store for writing once") == true)
    // One that is short is folded here.
    #expect(try Store.openReadOnly(at: directory.store, options: small).lastSequence.value > 250)
    let old = try Store.open(at: directory.store, options: small)
    try old.directory.commit { $0.semanticsVersion -= 1 }
    let older = #expect(throws: StoreError.self) {
      try Store.openReadOnly(at: directory.store, options: small)
    }
    #expect(older?.code == .olderFormat)
  }

  @Test func manyThreadsReadOneSnapshot() async throws {
    let writer = try Store.create(at: directory.store, options: small)
    _ = try writer.apply(Self.first)
    try writer.take(Self.lines(0..<400))
    let reader = try Store.openReadOnly(at: directory.store, options: small)
    let snapshot = try reader.snapshot()
    let expected = try snapshot.stateHash()
    let end = End()
    let readings = (0..<4).map { _ in
      Task.detached {
        var count = 0
        repeat {
          guard try snapshot.stateHash() == expected else { return 0 }
          count += 1
        } while !end.isReached.load(ordering: .relaxed)
        return count
      }
    }
    for start in stride(from: 400, to: 1000, by: 100) {
      try writer.take(Self.lines(start..<start + 100), batch: 20)
      try reader.refresh()
    }
    end.isReached.store(true, ordering: .relaxed)
    for reading in readings { #expect(try await reading.value > 0) }
    #expect(try reader.snapshot().stateHash() == writer.snapshot().stateHash())
  }

  @Test func theExampleOfTheDocumentationRuns() throws {
    let writer = try Store.create(at: directory.store, options: small)
    _ = try writer.apply(Self.first)
    try writer.take(Self.lines(0..<100))
    let path = directory.store

    let store = try Store.openReadOnly(at: path)
    let snapshot = try store.snapshot()
    let sizes = try snapshot.audienceNames.map { try snapshot.audience($0).memberCount }
    // Later: what has come in since.
    try store.refresh()

    #expect(sizes.count == 2 && sizes[0] > 0)
  }
}
