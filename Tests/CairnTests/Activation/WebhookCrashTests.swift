// Webhooks with the power failing at many calls: no message is lost, and what comes twice comes under the same key.

import Bytes
import Cairn
import Storage
import StorageSimulation
import Testing

@testable import Activation
@testable import Engine

@Suite struct WebhookCrashTests {
  private static func options(on system: SimulatedFileSystem) -> StoreOptions {
    var options = StoreOptions.crashing
    options.fileSystem = system
    return options
  }

  private static func destination() -> Destination {
    webhook("crm", audiences: ["active", "big"])
  }

  /// Refuses some requests, so that every kind of outcome is recorded; which ones depends on what they hold.
  private static func answer(_ seen: TestReceivers.Seen) -> WebhookAnswer {
    seen.messages.contains { $0.hasSuffix("3") } && seen.messages.count > 1
      ? WebhookAnswer(status: 413) : WebhookAnswer()
  }

  /// Takes events in and delivers, several times; the mark is the number of requests that the receiver has seen.
  private static func run(_ system: SimulatedFileSystem) throws -> [TestReceivers.Seen] {
    let store = try Store.create(at: StoreScript.path, options: options(on: system))
    _ = try store.apply(CrashInput.firstDefinitions)
    try store.addDestination(destination())
    system.recordHistory()
    let receivers = TestReceivers(answer)
    let run = WebhookRun(store, receivers)
    receivers.answer = { seen in
      system.setMark(receivers.seen.count)
      return answer(seen)
    }
    for range in [0..<9, 9..<15, 15..<22, 22..<32] {
      _ = try store.ingest(lines: CrashInput.bytes(range), options: .past(batch: 5))
      try run.run(until: run.now)
    }
    return receivers.seen
  }

  /// What a receiver has acted on which honours keys: who entered or left which audience, and when.
  ///
  /// After a crash, records that come later have other numbers, so profiles have other ids, and more may be known of a
  /// person.
  private static func effects(_ seen: [TestReceivers.Seen]) -> [String] {
    let message =
      /"event":"(\w+ \w+)".*?"timestamp":"(.*?)".*?"audience_key":"(\w+)"/
    var keys: Set<String> = []
    return seen.filter { answer($0).failure == nil && keys.insert($0.key).inserted }.flatMap {
      $0.body.matches(of: message).map { "\($0.1) \($0.2) \($0.3)" }
    }.sorted()
  }

  @Test func nothingIsLostAndKeysAreKept() throws {
    let system = SimulatedFileSystem()
    let reference = try Self.run(system)
    let wanted = Self.effects(reference)
    #expect(wanted.count > 8)
    var crashes = 0
    var repeated = 0
    for (index, (disk, mark)) in system.history.enumerated() where index % 4 == 0 {
      for mode in CrashMode.allCases where mode == .allLost || disk.hasPending {
        let crashed = disk.crashed(mode, seed: UInt64(index))
        let store = try Store.open(
          at: StoreScript.path, options: Self.options(on: SimulatedFileSystem(crashed)))
        let receivers = TestReceivers(Self.answer)
        let run = WebhookRun(store, receivers)
        try run.run(until: run.now)
        _ = try store.ingest(lines: CrashInput.bytes(0..<32), options: .past(batch: 5))
        try run.run(until: run.now)
        let seen = Array(reference.prefix(mark)) + receivers.seen
        #expect(Self.effects(seen) == wanted, "call \(index) \(mode)")
        repeated += seen.count - Set(seen.map(\.key)).count
        crashes += 1
      }
    }
    #expect(crashes > 100 && repeated > 10)
  }
}
