// Every state of a trace, crashed in every way, on both cores.

import Bytes
import Storage
import StorageSimulation

/// What an enumeration found.
struct CrashResult: Sendable {
  var states = 0
  var violations: [String] = []
}

/// Crashes a trace at every call.
struct CrashEnumeration: Sendable {
  let trace: CrashTrace
  let checker: CrashChecker
  /// How many random crashes there are for each state and random mode.
  let seeds: Int
  /// Where the random seeds start.
  let firstSeed: UInt64
  let stopsAtFirst: Bool

  init(
    _ workload: CrashWorkload, seeds: Int, firstSeed: UInt64 = 1, stopsAtFirst: Bool = false
  ) throws {
    trace = try workload.run()
    checker = CrashChecker(options: workload.options, boundaries: trace.boundaries)
    self.seeds = seeds
    self.firstSeed = firstSeed
    self.stopsAtFirst = stopsAtFirst
  }

  func run() async -> CrashResult {
    let lanes = 2
    return await withTaskGroup(of: CrashResult.self) { group in
      for lane in 0..<lanes {
        group.addTask { self.run(stride(from: lane, to: self.trace.states.count, by: lanes)) }
      }
      var total = CrashResult()
      for await result in group {
        total.states += result.states
        total.violations += result.violations
      }
      return total
    }
  }

  private func run(_ indices: StrideTo<Int>) -> CrashResult {
    var result = CrashResult()
    for index in indices {
      let (disk, promise) = trace.states[index]
      attempt(&result, "call \(index) served") { try checker.checkServed(disk, promise) }
      for mode in CrashMode.allCases {
        let isRandom = mode != .allLost && mode != .allKept
        // A state with nothing pending crashes in one way only.
        if mode != .allLost, !disk.hasPending { continue }
        for seed in 0..<UInt64(isRandom ? seeds : 1) {
          if stopsAtFirst, !result.violations.isEmpty { return result }
          crash(disk, promise, mode, firstSeed + seed, index, &result)
        }
      }
    }
    return result
  }

  private func crash(
    _ disk: DiskState, _ promise: Promise, _ mode: CrashMode, _ seed: UInt64, _ index: Int,
    _ result: inout CrashResult
  ) {
    let crashed = disk.crashed(mode, seed: seed &* 1009 &+ UInt64(index))
    let place = "call \(index) \(mode) seed \(seed)"
    attempt(&result, place) { try checker.check(crashed, promise) }
    // Now and then power fails again while the store is being opened.
    guard seed % 8 == 3 else { return }
    let states = checker.recoveryStates(crashed)
    for (step, state) in states.enumerated() where state.hasPending {
      let twice = state.crashed(mode, seed: seed &+ UInt64(step))
      attempt(&result, "\(place), again at recovery call \(step)") {
        try checker.check(twice, promise)
      }
    }
  }

  private func attempt(_ result: inout CrashResult, _ place: String, _ body: () throws -> Void) {
    result.states += 1
    do {
      try body()
    } catch {
      result.violations.append("\(place): \(error)")
    }
  }
}

extension DiskState {
  /// Whether anything is not durable.
  var hasPending: Bool {
    inodes.values.contains { !$0.pending.isEmpty }
      || directories.values.contains { !$0.pending.isEmpty }
  }
}
