// The crash tests: no violation in the real engine, and at least one in each broken one.

import Bytes
import Storage
import StorageSimulation
import Testing

/// A fault put into the engine or below it, which the enumeration must find.
struct Plant: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var bugs: PlantedBugs = []
  var lies: Lies = []

  static let all = [
    Plant(testDescription: "no directory sync at creation", lies: .noDirectorySyncAtCreation),
    Plant(testDescription: "no directory sync after rename", lies: .noDirectorySyncAfterRename),
    Plant(testDescription: "no directory sync for new files", lies: .noDirectorySyncForSegments),
    Plant(testDescription: "acknowledged before sync", lies: .noLogSync),
    Plant(testDescription: "manifest renamed before its sync", lies: .noManifestSync),
    Plant(testDescription: "tail not cut", bugs: .tailNotCut),
    Plant(testDescription: "no checksum check", bugs: .noChecksum),
    Plant(testDescription: "partial batch accepted", bugs: .partialBatch),
    Plant(testDescription: "no sync at open", bugs: .noSyncAtOpen),
    Plant(testDescription: "files removed too early", bugs: .removesTooEarly),
  ]
}

@Suite(.serialized) struct CrashTests {
  @Test func everyCrashKeepsEveryPromise() async throws {
    let firstSeed = TestDepth.seed
    let enumeration = try CrashEnumeration(
      CrashWorkload(), seeds: TestDepth.of(46, part: 6), firstSeed: firstSeed)
    let result = await enumeration.run()
    print(
      "crash enumeration: \(enumeration.trace.states.count) calls, \(result.states) states, "
        + "\(result.violations.count) violations, first seed \(firstSeed)")
    #expect(result.violations.isEmpty, "\(result.violations.prefix(5).joined(separator: "\n"))")
    #expect(result.states >= TestDepth.of(20_000, part: 2_500))
  }

  @Test(.enabled(if: StorageOptions.canPlant), arguments: Plant.all)
  func everyPlantedBugIsFound(_ plant: Plant) async throws {
    let workload = CrashWorkload(bugs: plant.bugs, lies: plant.lies)
    let result = try await CrashEnumeration(workload, seeds: 16, stopsAtFirst: true).run()
    print(
      "planted '\(plant.testDescription)': found after \(result.states) states: "
        + (result.violations.first ?? "NOT FOUND"))
    #expect(!result.violations.isEmpty)
  }

  @Test func theScriptCoversWhatItClaims() throws {
    let trace = try CrashWorkload().run()
    let calls = trace.calls.map(\.description)
    #expect(calls.filter { $0.hasPrefix("rename MANIFEST.tmp to MANIFEST") }.count >= 8)
    #expect(calls.contains { $0.hasPrefix("remove table-") })
    // Several segments, and batches of more than one block.
    #expect(calls.filter { $0 == "syncData log-1.seg" }.count > 3)
    #expect(
      Set(calls.filter { $0.contains(".seg") }.map { $0.split(separator: " ")[1] }).count >= 4)
  }
}
