// The whole store crashed at every call: no violation in the real engine, and some in broken ones.

import Bytes
import Cairn
import Storage
import StorageSimulation
import Synchronization
import Testing
@testable import Engine

/// What an enumeration found.
struct StoreCrashResult: Sendable {
  var states = 0
  /// States whose files were those of an earlier one: only the promise was checked again.
  var known = 0
  var violations: [String] = []
}

/// Tells all lanes that one of them found what was looked for.
final class Flag: Sendable {
  let value = Atomic(false)
}

/// Crashes a script at every call, in every way, on both cores.
struct StoreCrashEnumeration: Sendable {
  let checker: StoreCrashChecker
  /// How many random crashes there are for each state and random mode.
  let seeds: Int
  let firstSeed: UInt64
  /// One in how many states is crashed; 1 for all.
  var share = 1
  /// Whether the first violation ends all lanes.
  var stopsAtFirst = false
  private var trace: StoreTrace { checker.trace }

  func run() async -> StoreCrashResult {
    let lanes = 2
    let isFound = Flag()
    return await withTaskGroup(of: StoreCrashResult.self) { group in
      for lane in 0..<lanes {
        group.addTask {
          self.run(stride(from: lane, to: self.trace.states.count, by: lanes), isFound)
        }
      }
      var total = StoreCrashResult()
      for await result in group {
        total.states += result.states
        total.known += result.known
        total.violations += result.violations
      }
      return total
    }
  }

  private func run(_ indices: StrideTo<Int>, _ isFound: Flag) -> StoreCrashResult {
    var result = StoreCrashResult()
    var checked: [Hash128: UInt64] = [:]
    for index in indices where share == 1 || TestDepth.takes(index, oneIn: share) {
      let (disk, promise) = trace.states[index]
      attempt("call \(index) served", &result) { try checker.checkServed(disk, promise) }
      for mode in CrashMode.allCases {
        let isRandom = mode != .allLost && mode != .allKept
        // A state with nothing pending crashes in one way only.
        if mode != .allLost, !disk.hasPending { continue }
        for seed in 0..<UInt64(isRandom ? seeds : 1) {
          if !result.violations.isEmpty { isFound.value.store(true, ordering: .relaxed) }
          if stopsAtFirst, isFound.value.load(ordering: .relaxed) { return result }
          let salted = (firstSeed + seed) &* 1009 &+ UInt64(index)
          let place = "call \(index) \(mode) seed \(firstSeed + seed)"
          check(disk.crashed(mode, seed: salted), promise, salted, place, &checked, &result)
        }
      }
    }
    return result
  }

  private func check(
    _ disk: DiskState, _ promise: StorePromise, _ salt: UInt64, _ place: String,
    _ checked: inout [Hash128: UInt64], _ result: inout StoreCrashResult
  ) {
    let fingerprint = disk.fingerprint
    if let last = checked[fingerprint] {
      result.known += 1
      attempt(place, &result) {
        guard last >= promise.sequence else { throw Violation("acknowledged records are gone") }
      }
      return
    }
    // Every few states the store is opened with next to no memory, so that replay spills.
    let memory = salt % 7 == 0 ? 60_000 : nil
    attempt(place, &result) {
      checked[fingerprint] = try checker.check(disk, promise, memory: memory)
    }
    // Now and then power fails again while the store is being opened.
    guard salt % 61 == 3 else { return }
    for (step, state) in checker.openingStates(disk).enumerated() where state.hasPending {
      attempt("\(place), again at opening call \(step)", &result) {
        let twice = state.crashed(step % 2 == 0 ? .sectors : .prefix, seed: salt &+ UInt64(step))
        try checker.check(twice, promise)
      }
    }
  }

  private func attempt(
    _ place: String, _ result: inout StoreCrashResult, _ body: () throws -> Void
  ) {
    result.states += 1
    do { try body() } catch { result.violations.append("\(place): \(error)") }
  }
}

extension DiskState {
  /// A hash of everything that a process can see.
  var fingerprint: Hash128 {
    let seed = HashSeed([UInt8](repeating: 1, count: HashSeed.byteCount))
    var all = ByteWriter()
    for (path, bytes) in visibleFiles.sorted(by: { $0.key < $1.key }) {
      all.lengthPrefixed(Array(path.utf8))
      let hash = seed.hash(bytes.span.bytes, domain: UInt64(bytes.count))
      all.u64(hash.high)
      all.u64(hash.low)
    }
    return seed.hash(all.bytes.span.bytes, domain: 0)
  }

  /// Whether anything is not durable.
  var hasPending: Bool {
    inodes.values.contains { !$0.pending.isEmpty }
      || directories.values.contains { !$0.pending.isEmpty }
  }
}

/// A fault put into the engine or below it, which the enumeration must find.
struct StorePlant: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var bugs: PlantedBugs = []
  var lies: Lies = []

  static let all = [
    StorePlant(
      testDescription: "no directory sync after rename", lies: .noDirectorySyncAfterRename),
    StorePlant(testDescription: "acknowledged before sync", lies: .noLogSync),
    StorePlant(testDescription: "manifest renamed before its sync", lies: .noManifestSync),
    StorePlant(testDescription: "runs listed before their sync", lies: .noRunSync),
    StorePlant(testDescription: "partial batch accepted", bugs: .partialBatch),
    StorePlant(testDescription: "files removed too early", bugs: .removesTooEarly),
  ]
}

@Suite(.serialized) struct StoreCrashTests {
  /// Commits and checkpoints may be worked on at any time between their beginning and their end: both
  /// ends of that are tried.
  @Test(arguments: [BackgroundMode.atOnce, .late])
  func everyCrashLeavesAWholeNumberOfBatches(_ background: BackgroundMode) async throws {
    let firstSeed: UInt64 = background == .late ? 2 : 1
    var script = StoreScript.whole
    script.options.background = background
    let trace = try StoreTrace(script)
    let enumeration = StoreCrashEnumeration(
      checker: StoreCrashChecker(trace: trace), seeds: 1, firstSeed: firstSeed,
      share: TestDepth.of(1, part: 8))
    let result = await enumeration.run()
    print(
      "store crash enumeration: \(trace.states.count) calls, \(result.states) states, "
        + "\(result.known) of them known, \(result.violations.count) violations, first seed \(firstSeed)"
    )
    #expect(result.violations.isEmpty, "\(result.violations.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: [StoreScript.refolding, .erasing])
  func everyCrashAroundARefoldLeavesOneStateOrTheOther(_ script: StoreScript) async throws {
    let trace = try StoreTrace(script)
    let enumeration = StoreCrashEnumeration(
      checker: StoreCrashChecker(trace: trace), seeds: 1, firstSeed: 3,
      share: TestDepth.of(1, part: 8))
    let result = await enumeration.run()
    print(
      "store crash enumeration of refolds: \(trace.states.count) calls, \(result.states) states, "
        + "\(result.known) of them known, \(result.violations.count) violations")
    #expect(result.violations.isEmpty, "\(result.violations.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: StorePlant.all) func everyPlantedBugIsFound(_ plant: StorePlant) async throws {
    var script = StoreScript.whole
    script.options.storage.plantedBugs = plant.bugs
    let trace = try StoreTrace(script, lies: plant.lies)
    let enumeration = StoreCrashEnumeration(
      checker: StoreCrashChecker(trace: trace), seeds: 6, firstSeed: 1, stopsAtFirst: true)
    let result = await enumeration.run()
    print(
      "planted '\(plant.testDescription)': found after \(result.states) states: "
        + (result.violations.first ?? "NOT FOUND"))
    #expect(!result.violations.isEmpty)
  }

  @Test func theScriptCoversWhatItClaims() throws {
    let trace = try StoreTrace(.whole)
    let calls = trace.calls.map(\.description)
    print("\(trace.states.count) states, \(trace.callCount) calls, \(trace.lastSequence) records")
    #expect(calls.count { $0.hasPrefix("rename MANIFEST.tmp to MANIFEST") } >= 8)
    #expect(calls.contains { $0.hasPrefix("remove table-") })
    #expect(calls.contains { $0.hasPrefix("syncData timers-") })
    let segments = calls.filter { $0.contains(".seg") }.map { $0.split(separator: " ")[1] }
    #expect(Set(segments).count >= 3)
    let verdicts = Array(trace.verdicts.values)
    #expect(verdicts.contains { if case .quarantined = $0 { true } else { false } })
    #expect(verdicts.contains { if case .duplicate(_, let same) = $0 { same } else { false } })
    #expect(verdicts.contains { if case .duplicate(_, let same) = $0 { !same } else { false } })
  }
}
