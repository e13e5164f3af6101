// Power and process die at every call of a blanking: each record is as it was or blank, never missing
// and never another, and calling again finishes.

import Bytes
import Storage
import StorageSimulation
import Testing

/// A fault in the engine or below it that the crashes must find.
struct BlankPlant: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var bugs: PlantedBugs = []
  var lies: Lies = []

  static let all = [
    BlankPlant(testDescription: "old segments removed too early", bugs: .removesTooEarly),
    BlankPlant(testDescription: "removal not made durable", bugs: .removalNotSynced),
    BlankPlant(testDescription: "new segments not synced", lies: .noLogSync),
    BlankPlant(testDescription: "manifest not synced", lies: .noManifestSync),
    BlankPlant(
      testDescription: "no directory sync for new segments", lies: .noDirectorySyncForSegments),
    BlankPlant(
      testDescription: "no directory sync after rename", lies: .noDirectorySyncAfterRename),
  ]
}

/// A blanking of which every moment is kept.
struct BlankTrace: Sendable {
  let model: BlankModel
  let options: StorageOptions
  /// The states of the disk, and whether the call had returned.
  let states: [(disk: DiskState, isDone: Bool)]
  let calls: [String]
  /// How many segments without a record to blank were rewritten, for a name.
  let namesOnly: Int

  init(_ plant: BlankPlant, seed: UInt64 = 1) throws {
    options = BlankTests.options.planting(plant.bugs)
    let system = SimulatedFileSystem()
    let store = try StoreDirectory.create(
      BlankModel.path, fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: options)
    var model = BlankModel(seed)
    for count in [9, 30, 4, 40, 25, 12, 31, 5] { try model.append(count, to: store.log) }
    model.eraseSome(every: 30, through: UInt64(model.records.count))
    // In the active segment, which has to be sealed.
    model.erased.insert(UInt64(model.records.count))
    let before = system.trace.count
    system.lies = plant.lies
    system.recordHistory()
    let erased = model.erased
    let holding = store.manifest.segments.count { segment in
      let last = segment.isSealed ? segment.lastSequence.value : .max
      return erased.contains { segment.firstSequence.value <= $0 && $0 <= last }
    }
    let report = try model.blank(store.log)
    namesOnly = report.segmentsRewritten - holding
    system.setMark(1)
    // What the caller does next makes nothing durable that was said to be.
    store.close()
    self.model = model
    states = system.history.map { ($0.disk, $0.mark == 1) }
    calls = system.trace[before...].map(\.description)
  }

  /// The states with all their crashes, and what was found wrong with each; in one task a lane.
  func violations(seeds: UInt64, stopsAtFirst: Bool = false) async -> (states: Int, found: [String])
  {
    let lanes = 2
    return await withTaskGroup(of: (Int, [String]).self) { group in
      for lane in 0..<lanes {
        group.addTask {
          self.violations(stride(from: lane, to: self.states.count, by: lanes), seeds, stopsAtFirst)
        }
      }
      var total: (states: Int, found: [String]) = (0, [])
      for await (states, found) in group {
        total.states += states
        total.found += found
      }
      return total
    }
  }

  private func violations(_ indices: StrideTo<Int>, _ seeds: UInt64, _ stopsAtFirst: Bool) -> (
    Int, [String]
  ) {
    var count = 0
    var found: [String] = []
    for index in indices {
      for mode in CrashMode.allCases {
        let isRandom = mode != .allLost && mode != .allKept
        for seed in 0..<(isRandom ? seeds : 1) {
          if stopsAtFirst, !found.isEmpty { return (count, found) }
          count += 1
          let (disk, isDone) = states[index]
          do {
            try check(disk.crashed(mode, seed: seed &* 1009 &+ UInt64(index)), isDone: isDone)
          } catch {
            found.append("call \(index) \(mode) seed \(seed): \(error)")
          }
        }
      }
    }
    return (count, found)
  }

  /// Checks a crashed disk, finishes the blanking there and checks what a crash then leaves.
  func check(_ disk: DiskState, isDone: Bool) throws {
    let canaries = model.canaries
    if isDone, BlankModel.found(canaries, on: disk) > 0 {
      throw Violation("what was said to be gone is in a file again")
    }
    let system = SimulatedFileSystem(disk)
    let store = try open(system)
    guard let blanks = try model.blanks(in: store.log.view()) else {
      throw Violation("a record is missing, or neither as it was nor blank")
    }
    guard !isDone || blanks == model.erased else { throw Violation("a blank record is back") }
    guard store.manifest.horizon.value >= blanks.max() ?? 0 else {
      throw Violation("a record above the horizon is blank")
    }
    let report = try model.blank(store.log)
    guard report.recordsBlanked + report.recordsReduced == model.erased.count - blanks.count else {
      throw Violation("the second call blanked \(report.recordsBlanked)")
    }
    let after = system.disk.crashed(.allLost, seed: 0)
    guard BlankModel.found(canaries, on: after) == 0 else {
      throw Violation("what the second call said to be gone is in a file")
    }
    store.close()
    guard try model.blanks(in: try open(SimulatedFileSystem(after)).log.view()) == model.erased
    else { throw Violation("what the second call made blank is not") }
  }

  private func open(_ system: SimulatedFileSystem) throws(StoreError) -> StoreDirectory {
    try StoreDirectory.open(BlankModel.path, fileSystem: system, options: options)
  }
}

@Suite(.serialized) struct BlankCrashTests {
  @Test func everyCrashLeavesEachRecordAsItWasOrBlank() async throws {
    let trace = try BlankTrace(BlankPlant(testDescription: "none"))
    let (states, found) = await trace.violations(seeds: 6)
    print("blanking: \(trace.calls.count) calls, \(states) states, \(found.count) violations")
    #expect(found.isEmpty, "\(found.prefix(5).joined(separator: "\n"))")
    #expect(trace.states.last?.isDone == true)
    // Several segments were rewritten, some of them only for a name, one after it was sealed.
    #expect(trace.calls.filter { $0.hasPrefix("rename MANIFEST.tmp") }.count >= 4)
    #expect(trace.namesOnly > 0)
  }

  @Test(.enabled(if: StorageOptions.canPlant), arguments: BlankPlant.all)
  func everyPlantedBugIsFound(_ plant: BlankPlant) async throws {
    let (states, found) = try await BlankTrace(plant).violations(seeds: 4, stopsAtFirst: true)
    print(
      "planted '\(plant.testDescription)': found after \(states) states: "
        + (found.first ?? "NOT FOUND"))
    #expect(!found.isEmpty)
  }
}
