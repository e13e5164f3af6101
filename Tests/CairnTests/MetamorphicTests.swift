// The same inputs however they come: in which batches, with which checkpoints, restarts and limits of
// memory. The state hash never differs.

import Bytes
import Cairn
import Storage
import Testing

/// How a stream is fed to a store.
struct Feeding: Sendable, CustomTestStringConvertible {
  var name: String
  var batch = 1000
  var memory: Int?
  var segmentBytes: Int?
  var checkpoints = false
  var reopens = false
  var rebuilds = false

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
    Feeding(name: "rebuilding", batch: 1, segmentBytes: 4096, checkpoints: true, rebuilds: true),
  ]

  @Test(arguments: UInt64(101)...103)
  func noWayOfFeedingChangesTheState(seed: UInt64) throws {
    var stream = RandomStream(seed: seed)
    let steps = stream.steps(60)
    let plain = try run(steps, Feeding(name: "plain"), seed: seed)
    #expect(Set(plain).count > 40, "seed \(seed): the stream changes something")
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
    var store = try Store.create(at: directory.store, options: options)
    var hashes: [String] = []
    for step in steps {
      _ = try store.apply(step, clock: clock, batch: feeding.batch)
      hashes.append(try store.snapshot().stateHash().description)
      if feeding.checkpoints, random.chance(40) { try store.checkpoint() }
      if feeding.reopens, random.chance(40) {
        try store.close()
        store = try Store.open(at: directory.store, options: options)
        let again = try store.snapshot().stateHash().description
        #expect(again == hashes.last, "seed \(seed), \(feeding.name): closed and opened")
      }
      if feeding.rebuilds, random.chance(20) {
        store = try store.rebuilt()
        let again = try store.snapshot().stateHash().description
        #expect(again == hashes.last, "seed \(seed), \(feeding.name): rebuilt")
        #expect(store.opening.differingDecisions == 0, "seed \(seed), \(feeding.name)")
      }
    }
    let report = store.verify(replay: true)
    #expect(report.problems == [], "seed \(seed), \(feeding.name)")
    #expect(report.replayHash?.description == hashes.last, "seed \(seed), \(feeding.name)")
    try store.close()
    return hashes
  }
}
