// The same inputs however they come: in which batches, with which checkpoints, restarts and limits of
// memory. The state hash never differs.

import Bytes
import Cairn
import Storage
import StorageSimulation
import Testing
@testable import Engine

/// How a stream is fed to a store.
struct Feeding: Sendable, CustomTestStringConvertible {
  var name: String
  var batch = 1000
  var memory: Int?
  var segmentBytes: Int?
  var checkpoints = false
  /// Closes the store, so that opening maps a checkpoint of everything.
  var reopens = false
  /// Lets go of the store without closing it, so that opening replays the log's tail.
  var drops = false
  var rebuilds = false
  /// Through a file rather than from memory.
  var fromFile = false

  var testDescription: String { name }
}

@Suite struct MetamorphicTests {
  static let feedings = [
    Feeding(name: "batches of 1", batch: 1),
    Feeding(name: "batches of 7", batch: 7),
    Feeding(name: "checkpoints", batch: 7, checkpoints: true),
    Feeding(name: "tiny memory", batch: 3, memory: 1 << 12),
    Feeding(name: "small segments", segmentBytes: 8192, checkpoints: true),
    Feeding(name: "reopening", reopens: true),
    Feeding(name: "reopening with tiny memory", batch: 1, memory: 1 << 14, reopens: true),
    Feeding(name: "dropping", batch: 7, drops: true),
    Feeding(name: "dropping between checkpoints", memory: 1 << 14, checkpoints: true, drops: true),
    Feeding(name: "from a file", batch: 7, fromFile: true),
    Feeding(name: "rebuilding", batch: 1, segmentBytes: 4096, checkpoints: true, rebuilds: true),
  ]

  @Test(arguments: UInt64(101)...102)
  func noWayOfFeedingChangesTheState(seed: UInt64) throws {
    // Every other stream has accounts.
    var stream = RandomStream(seed: seed, hasAccounts: seed.isMultiple(of: 2))
    let steps = stream.steps(50)
    let plain = try run(steps, Feeding(name: "plain"), seed: seed)
    #expect(Set(plain).count > 30, "seed \(seed): the stream changes something")
    for feeding in Self.feedings {
      let hashes = try run(steps, feeding, seed: seed)
      let difference = zip(plain, hashes).enumerated().first { $1.0 != $1.1 }?.offset
      #expect(difference == nil, "seed \(seed), \(feeding.name), first differing step")
    }
  }

  /// The state hash after each step.
  private func run(_ steps: [StreamStep], _ feeding: Feeding, seed: UInt64) throws -> [String] {
    var random = SeededRandom(seed)
    let clock = StandingClock(RandomStream.start)
    let directory = TemporaryDirectory()
    let options = clock.options(memory: feeding.memory, segmentBytes: feeding.segmentBytes)
    let file = feeding.fromFile ? directory.path + "/input" : nil
    // The only reference, so that letting go of it is as sudden as the end of the process.
    var holder: Store? = try Store.create(at: directory.store, options: options)
    var hashes: [String] = []
    for step in steps {
      _ = try holder?.apply(step, clock: clock, batch: feeding.batch, through: file)
      hashes.append(try #require(try holder?.snapshot().stateHash().description))
      if feeding.checkpoints, random.chance(40) { try holder?.checkpoint() }
      if feeding.reopens || feeding.drops, random.chance(40) {
        if feeding.reopens { try holder?.close() }
        holder = nil
        holder = try Store.open(at: directory.store, options: options)
      }
      if feeding.rebuilds, random.chance(20) { try holder?.rebuildDerived() }
      let again = try holder?.snapshot().stateHash().description
      #expect(again == hashes.last, "seed \(seed), \(feeding.name)")
      #expect(holder?.opening.differingDecisions == 0, "seed \(seed), \(feeding.name)")
    }
    let report = try #require(holder?.verify(replay: true))
    #expect(report.problems == [], "seed \(seed), \(feeding.name)")
    #expect(report.replayHash?.description == hashes.last, "seed \(seed), \(feeding.name)")
    try holder?.close()
    return hashes
  }

  /// Names that only definitions mention take numbers that no event has used; they must not come to
  /// mean something else when the store is opened again.
  @Test(arguments: [false, true])
  func namesMeanTheSameAfterOpening(isClosed: Bool) throws {
    let directory = TemporaryDirectory()
    var holder: Store? = try Store.create(at: directory.store, options: .repeatable())
    var names: [String] = []
    for round in 0..<4 {
      let own = (0...round).map { number in
        (
          "t\(number)",
          #"count("Only Defined \#(number)" where properties.only_defined_\#(number) = 1)"#
        )
      }
      let used = (0...round).map { number in
        ("u\(number)", #"count("Event \#(number)" where properties.key_\#(number) = \#(number))"#)
      }
      _ = try holder?.apply(definitions(traits: own + used))
      let name = "Event \(round)"
      let line = track(
        name, id: "m\(round)", #""userId":"u1""#, at: "2026-03-01T10:00:00.000Z",
        properties: #""key_\#(round)":\#(round)"#)
      try holder?.take([line])
      names.append(name)
      let hash = try holder?.snapshot().stateHash()
      if isClosed { try holder?.close() }
      holder = nil
      holder = try Store.open(at: directory.store, options: .repeatable())
      #expect(try holder?.snapshot().stateHash() == hash, "round \(round)")
      let report = try #require(try holder?.report("user_id:u1"))
      let texts = try report.events.map { String(decoding: try $0.json, as: UTF8.self) }.sorted()
      for (number, text) in texts.enumerated() {
        #expect(text.contains(#""event":"\#(names[number])""#))
        #expect(text.contains(#""key_\#(number)":\#(number)"#))
      }
      for number in 0...round {
        #expect(report.trait("t\(number)") == .count(0) && report.trait("u\(number)") == .count(1))
      }
    }
    try holder?.close()
  }
}
