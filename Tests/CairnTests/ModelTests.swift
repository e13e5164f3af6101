// The whole store against a reference that works everything out by brute force, over random streams.

import Bytes
import Cairn
import StorageSimulation
import Testing
@testable import Engine

@Suite struct ModelTests {
  @Test(arguments: UInt64(1)...TestDepth.of(8, part: 4))
  func everyAnswerIsThatOfBruteForce(seed: UInt64) throws {
    try compare(RandomStream(seed: seed), seed, steps: 90)
  }

  /// Rules about accounts, rules of accounts about their members, rules of persons about their accounts,
  /// and of these about their members.
  @Test(arguments: UInt64(21)...23)
  func everyAnswerAboutAccountsIsThatOfBruteForce(seed: UInt64) throws {
    try compare(RandomStream(seed: seed, hasAccounts: true), seed, steps: 40)
  }

  private func compare(_ given: RandomStream, _ seed: UInt64, steps: Int) throws {
    var stream = given
    var random = SeededRandom(seed &+ 1000)
    let clock = StandingClock(RandomStream.start)
    let directory = TemporaryDirectory()
    // Every other store has so little memory that it writes and merges runs all the time.
    let memory: Int? = seed.isMultiple(of: 2) ? 1 << 12 : nil
    let store = try Store.create(at: directory.store, options: clock.options(memory: memory))
    var reference = ReferenceStore()
    var comparison = StoreComparison()
    var held = (snapshot: try store.snapshot(), reference: reference)
    for (index, step) in stream.steps(steps).enumerated() {
      let verdicts = try store.apply(step, clock: clock, batch: random.pick([1, 3, 1000]))
      switch step.action {
      case .tick: reference.tick(to: step.clock)
      case .apply(let definitions): reference.apply(definitions, at: step.clock)
      case .ingest(let source, let lines):
        let expected = reference.ingest(lines, source: source, receivedAt: step.clock)
        #expect(verdicts.map(\.plain) == expected, "seed \(seed), step \(index)")
      }
      guard index % 3 == 0 || random.chance(20) else { continue }
      let snapshot = try store.snapshot()
      try comparison.compare(snapshot, reference)
      for instant in laterInstants(reference, &random) {
        try comparison.compare(snapshot, reference, at: instant)
      }
      // What a reader holds stays as it was, whatever has been written since.
      if random.chance(30) {
        if held.reference.now > 0 {
          try comparison.compare(held.snapshot, held.reference, at: held.reference.now)
        }
        held = (snapshot, reference)
      }
      try #require(comparison.differences == [], "seed \(seed), step \(index)")
    }
    let stats = try store.snapshot().stats()
    let persons = reference.profiles.filter { !reference.isAccount($0) }
    #expect(stats.profiles == persons.count, "seed \(seed)")
    #expect(stats.events == UInt64(reference.events.count), "seed \(seed)")
    #expect(stats.quarantined == UInt64(reference.quarantined), "seed \(seed)")
    #expect(stats.identifiers == reference.profileOfIdentifier.count, "seed \(seed)")
    // A stream that shows nothing would prove nothing.
    let causes = Set(reference.changes.map(\.cause))
    #expect(causes.count >= 3 && reference.changes.count > 20, "seed \(seed)")
    #expect(reference.profileCount > reference.profiles.count, "seed \(seed): no merges")
    try store.close()
  }

  /// Instants after now: one anywhere, and one where some event begins or ends to count, or just before.
  private func laterInstants(
    _ reference: ReferenceStore, _ random: inout SeededRandom
  ) -> [Int64] {
    guard reference.now > 0, !reference.events.isEmpty else { return [] }
    let anywhere = reference.now + Int64.random(in: 0...4_000_000_000, using: &random)
    let event = random.pick(reference.events.sorted { $0.sequence < $1.sequence })
    let edge = event.time + random.pick(RandomStream.windows).milliseconds
    return [anywhere, edge, edge - 1].filter { $0 >= reference.now }
  }
}
