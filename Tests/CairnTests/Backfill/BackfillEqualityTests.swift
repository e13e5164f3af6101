// Definitions published between other inputs are the same as applied there: random streams with splits
// and merges manually in between, every batch size, tiny memory, and accounts.

import Bytes
import Cairn
import Foundation
import Storage
import StorageSimulation
import Testing
@testable import Engine

/// One input of a run.
private enum Input {
  case step(StreamStep)
  /// Begins to apply; the other runs leave it out.
  case begin([DefinitionText])
  /// Publishes what was begun, or applies it plainly.
  case publish([DefinitionText])
  case split(Identifier)
  case merge(Identifier, Identifier)
}

@Suite struct BackfillEqualityTests {
  struct Way: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var batch = 1000
    var memory: Int?
    var segmentBytes: Int?
    var rebuilds = false
    var fromFile = false
  }

  static let ways = [
    Way(testDescription: "large batches"),
    Way(testDescription: "batches of 1", batch: 1),
    Way(testDescription: "tiny memory", batch: 7, memory: 1 << 12),
    Way(testDescription: "small segments, from a file", segmentBytes: 6000, fromFile: true),
    Way(testDescription: "rebuilt meanwhile", batch: 3, rebuilds: true),
  ]

  /// The steps of a stream, with each change of definitions begun some inputs before it is published.
  private func inputs(seed: UInt64) -> [Input] {
    var stream = RandomStream(seed: seed)
    var random = SeededRandom(seed)
    var result: [Input] = []
    var waiting: (texts: [DefinitionText], left: Int)?
    func identifier() -> Identifier {
      Identifier(type: "user_id", value: "u\(random.below(30))")
    }
    for step in stream.steps(60) {
      if case .apply(let defined) = step.action {
        // One that is new each time always has a history to be read.
        let fresh = #"count("Signed In", last \#(1000 + result.count)s)"#
        let texts =
          defined.map(DefinitionText.init) + definitions(traits: [("fresh", fresh)])
        // A thread that has nothing to read does not wait at the gate.
        guard !result.isEmpty else {
          result.append(.publish(texts))
          continue
        }
        if let old = waiting { result.append(.publish(old.texts)) }
        result.append(.begin(texts))
        waiting = (texts, random.below(6))
        continue
      }
      result.append(.step(step))
      if random.chance(15) { result.append(.split(identifier())) }
      if random.chance(10) { result.append(.merge(identifier(), identifier())) }
      waiting?.left -= 1
      if let old = waiting, old.left <= 0 {
        result.append(.publish(old.texts))
        waiting = nil
      }
    }
    if let old = waiting { result.append(.publish(old.texts)) }
    return result
  }

  /// The state hash after each input.
  private func run(
    _ inputs: [Input], _ way: Way, isBeside: Bool
  ) throws -> [String] {
    let clock = StandingClock(RandomStream.start)
    let directory = TemporaryDirectory()
    let files = GatedFileSystem()
    var options = clock.options(memory: way.memory, segmentBytes: way.segmentBytes)
    options.fileSystem = files
    let store = try Store.create(at: directory.store, options: options)
    let path = way.fromFile ? directory.path + "/input" : nil
    var begun: DefinitionBackfill?
    var hashes: [String] = []
    for (index, input) in inputs.enumerated() {
      switch input {
      case .step(let step):
        _ = try store.apply(step, clock: clock, batch: way.batch, through: path)
        if way.rebuilds, index.isMultiple(of: 7) { try store.rebuildDerived() }
      case .begin(let texts):
        guard isBeside else { break }
        files.gate.close()
        begun = try store.beginApplying(texts)
      case .publish(let texts):
        if let job = begun {
          files.gate.open()
          _ = try store.finishApplying(job)
          begun = nil
        } else {
          _ = try store.apply(texts)
        }
      case .split(let identifier): try? _ = store.split([identifier])
      case .merge(let a, let b): try? _ = store.merge([a, b])
      }
      hashes.append(try store.snapshot().stateHash().description)
    }
    files.gate.open()
    let report = store.verify(replay: true)
    #expect(report.problems == [])
    #expect(report.replayHash?.description == hashes.last)
    try store.close()
    return hashes
  }

  @Test(arguments: ways, UInt64(301)...302)
  func publishingIsApplyingThere(way: Way, seed: UInt64) throws {
    let inputs = inputs(seed: seed)
    let plain = try run(inputs, way, isBeside: false)
    #expect(Set(plain).count > 30, "seed \(seed): the stream changes something")
    let beside = try run(inputs, way, isBeside: true)
    let difference = zip(plain, beside).enumerated().first { $1.0 != $1.1 }?.offset
    #expect(difference == nil, "seed \(seed): first differing input")
    #expect(plain.count == beside.count)
  }

  /// Wherever the thread comes to its end, also in the midst of an input.
  @Test(arguments: [1, 7, 1000], UInt64(311)...312)
  func whereverItEndsTheLogGivesTheSame(batch: Int, seed: UInt64) throws {
    var stream = RandomStream(seed: seed)
    let clock = StandingClock(RandomStream.start)
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: clock.options())
    var begun: [DefinitionBackfill] = []
    for step in stream.steps(60) {
      guard case .apply(let definitions) = step.action else {
        _ = try store.apply(step, clock: clock, batch: batch, through: directory.path + "/input")
        continue
      }
      if let last = begun.last { _ = try store.finishApplying(last) }
      begun.append(try store.beginApplying(definitions.map(DefinitionText.init), lagMax: 3))
    }
    if let last = begun.last { _ = try store.finishApplying(last) }
    #expect(begun.count > 3)
    #expect(begun.count { $0.isPublished } == begun.count)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test(arguments: [1, 1000]) func cellsOfAccountsAndMembersCatchUp(batch: Int) throws {
    let texts =
      definitions(
        traits: [("orders", #"count("Order")"#)], audiences: [("buyers", "orders >= 2")])
      + [
        DefinitionText(
          kind: .accountTrait, name: "account_orders", text: #"count("Order")"#, file: "test"),
        DefinitionText(
          kind: .accountAudience, name: "busy",
          text: #"at least 2 members(count("Order") >= 1)"#, file: "test"),
      ]
    func lines(_ range: Range<Int>) -> [String] {
      range.map { index in
        let account = index % 5 == 0 ? "" : #","context":{"groupId":"g\#(index % 3)"}"#
        let device = index % 7 == 0 ? #","anonymousId":"a\#(index % 4)""# : ""
        return track(
          index % 2 == 0 ? "Order" : "Seen", id: "m\(index)",
          #""userId":"u\#(index % 11)"\#(device)\#(account)"#, at: "2026-03-01T10:00:00.000Z")
      }
    }
    func hash(isBeside: Bool) throws -> StateHash {
      let directory = TemporaryDirectory()
      let files = GatedFileSystem()
      var options = StoreOptions.repeatable(memory: 1 << 14)
      options.fileSystem = files
      let store = try Store.create(at: directory.store, options: options)
      try store.take(lines(0..<120), batch: batch)
      files.gate.close()
      let begun = isBeside ? try store.beginApplying(texts) : nil
      try store.take(lines(120..<200), batch: batch)
      files.gate.open()
      if let begun {
        let changes = try store.finishApplying(begun)
        #expect(changes.added == ["orders", "buyers", "account_orders", "busy"])
        #expect(changes.memberships.entered > 2)
      } else {
        _ = try store.apply(texts)
      }
      try store.take(lines(200..<260), batch: batch)
      #expect(try store.snapshot().audience("busy").memberCount == 3)
      #expect(store.verify(replay: true).problems == [])
      let hash = try store.snapshot().stateHash()
      try store.close()
      return hash
    }
    let (beside, plain) = (try hash(isBeside: true), try hash(isBeside: false))
    #expect(beside == plain)
  }
}
