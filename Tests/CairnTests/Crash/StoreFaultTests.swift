// Calls that fail under the whole store: every call of a script, once and for good, and disks that
// fill up.

import Bytes
import Cairn
import Storage
import StorageSimulation
import Testing
@testable import Engine

/// A script short enough to run once for each of its calls.
private let shortScript: StoreScript = {
  var script = StoreScript(
    steps: [
      .define(CrashInput.firstDefinitions), .ingest(0..<0, batch: 1), .ingest(0..<9, batch: 5),
      .checkpoint, .compact, .ingest(9..<15, batch: 3), .reopen(closes: true),
      .tick(CrashInput.time(16)), .define(CrashInput.laterDefinitions), .compact,
      .ingest(15..<20, batch: 5),
    ], options: .crashing)
  script.options.checkpointLogBytes = 1_500
  return script
}()

/// What a run of a script with failing calls came to.
private struct FaultyRun {
  var errors: [StoreError] = []
  /// Promises broken while the run was under way.
  var violations: [String] = []
  var promise = StorePromise()
  /// The last record that reads showed after the failure.
  var served: UInt64 = 0

  /// Runs the script; a step that found no space is made again, any other failure ends the run.
  ///
  /// - Parameter reads: Whether the disk still reads after the failure. If not, the state cannot be
  ///   folded again from what is durable, and what memory holds is not judged.
  init(_ trace: StoreTrace, on system: SimulatedFileSystem, reads: Bool) {
    let run = ScriptRun(trace.script, on: system)
    do throws(StoreError) {
      try attempt { () throws(StoreError) in try run.create() }
      for step in trace.script.steps {
        let before = try run.store?.snapshot()
        let hash = run.store.flatMap { trace.hashes[$0.lastSequence.value] }
        do throws(StoreError) {
          try attempt { () throws(StoreError) in try run.perform(step) }
          if case .reopen = step { try attempt { () throws(StoreError) in try run.open() } }
        } catch {
          if let before, let hash { check(before, hash) }
          if let store = run.store {
            checkInputs(store, error)
            if reads { checkReads(store, trace, run.promise) }
          }
          throw error
        }
      }
      try attempt { () throws(StoreError) in try run.store?.close() }
    } catch {
      errors.append(error)
    }
    promise = run.promise
    run.drop()
  }

  /// Makes an attempt, and a second one if there was no space at first.
  private mutating func attempt(
    _ body: () throws(StoreError) -> Void
  ) throws(StoreError) {
    do throws(StoreError) { try body() } catch {
      guard error.code == .noSpace else { throw error }
      errors.append(error)
      try body()
    }
  }

  /// A snapshot that was taken before still reads the same.
  ///
  /// A disk that refuses reads as well may refuse this one.
  private mutating func check(_ before: Snapshot, _ hash: StateHash) {
    do throws(StoreError) {
      if try before.stateHash() != hash { violations.append("an earlier snapshot changed") }
    } catch {
      if case .io = error.code { return }
      violations.append("an earlier snapshot: \(error.code)")
    }
  }

  /// A poisoned store takes no input and always says the same.
  private mutating func checkInputs(_ store: Store, _ error: StoreError) {
    guard error.code == .poisoned else { return }
    for _ in 0..<2 {
      do throws(StoreError) {
        _ = try store.tick(to: .latest)
        violations.append("a poisoned store took an input")
      } catch let again {
        if again != error { violations.append("another error: \(again)") }
      }
    }
  }

  /// What the store shows after the failure is the state after a whole batch, and no less than was
  /// acknowledged.
  private mutating func checkReads(
    _ store: Store, _ trace: StoreTrace, _ promise: StorePromise
  ) {
    let last = store.lastSequence.value
    do throws(StoreError) {
      let hash = try store.snapshot().stateHash()
      if last < promise.sequence { violations.append("reads lack what was acknowledged") }
      served = last
      if hash != trace.hashes[last] { violations.append("reads give the state of no batch") }
    } catch {
      if case .io = error.code { return }
      violations.append("reads: \(error.code)")
    }
  }
}

@Suite(.serialized) struct StoreFaultTests {
  /// Runs the script with a failure at every `stride`-th call and checks what is left.
  private func failAtEveryCall(
    _ kind: Fault.Kind, isSticky: Bool, stride step: Int = 1,
    _ background: BackgroundMode = .atOnce, of script: StoreScript = shortScript
  ) async throws -> (runs: Int, failures: Int) {
    var script = script
    script.options.background = background
    let trace = try StoreTrace(script)
    let runs = await withTaskGroup(of: [(Int, [String], Bool)].self) { group in
      for lane in 0..<2 {
        group.addTask {
          let calls = stride(from: lane * step, to: trace.callCount, by: 2 * step)
          return calls.filter { TestDepth.takes($0, oneIn: 4) }.map { index in
            let system = SimulatedFileSystem()
            system.faults = [Fault(at: index, kind, isSticky: isSticky)]
            // While something of the erased may be left there is nothing to be read.
            let run = FaultyRun(trace, on: system, reads: !isSticky && !trace.mayRebuild)
            system.faults = []
            return (index, run.violations + Self.check(run, trace, system), !run.errors.isEmpty)
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    let violations = runs.flatMap { run in run.1.map { "call \(run.0): \($0)" } }
    let failures = runs.count { $0.2 }
    print(
      "\(kind), sticky \(isSticky): \(runs.count) runs, \(failures) with errors, "
        + "\(violations.count) violations")
    #expect(violations.isEmpty, "\(violations.prefix(8).joined(separator: "\n"))")
    return (runs.count, failures)
  }

  /// What the run left, with the cache intact and after a power failure.
  private static func check(
    _ run: FaultyRun, _ trace: StoreTrace, _ system: SimulatedFileSystem
  ) -> [String] {
    // Without an error the run was that of the trace.
    guard !run.errors.isEmpty else { return [] }
    let checker = StoreCrashChecker(trace: trace)
    var violations: [String] = []
    var promise = run.promise
    promise.sequence = max(promise.sequence, run.served)
    for (place, disk) in [
      ("reopened", system.disk), ("power lost", system.disk.crashed(.allLost, seed: 0)),
    ] {
      do { try checker.check(disk, promise) } catch {
        violations.append("\(place): \(error); first \(run.errors.first?.message ?? "none")")
      }
    }
    return violations
  }

  @Test(arguments: [BackgroundMode.atOnce, .late])
  func everyCallMayFailOnce(_ background: BackgroundMode) async throws {
    let (_, failures) = try await failAtEveryCall(.inputOutput, isSticky: false, background)
    #expect(failures > TestDepth.of(50, part: 8))
  }

  @Test(arguments: [Fault.Kind.inputOutput, .noSpace])
  func everyOtherCallOfAnErasureMayFailOnce(_ kind: Fault.Kind) async throws {
    let (_, failures) = try await failAtEveryCall(kind, isSticky: false, stride: 2, of: .erasing)
    #expect(failures > TestDepth.of(20, part: 3))
  }

  @Test func everyCallMayFailForGood() async throws {
    let (_, failures) = try await failAtEveryCall(.inputOutput, isSticky: true, stride: 3)
    #expect(failures > TestDepth.of(50, part: 8))
  }

  @Test func aFailedSyncMayDropWhatItCovered() async throws {
    let (_, failures) = try await failAtEveryCall(.syncDropsData, isSticky: false)
    #expect(failures > TestDepth.of(5, part: 0))
  }

  @Test(arguments: [BackgroundMode.atOnce, .late])
  func everyCallMayFindNoSpaceOnce(_ background: BackgroundMode) async throws {
    let (_, failures) = try await failAtEveryCall(.noSpace, isSticky: false, background)
    #expect(failures > TestDepth.of(20, part: 3))
  }

  /// Before each step the disk is all but full; with a little more at a time the step succeeds.
  @Test(arguments: [1, 2, 3] as [UInt64]) func aFullDiskRefusesAndGoesOn(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededRandom(seed)
    let trace = try StoreTrace(.whole)
    let system = SimulatedFileSystem()
    let run = ScriptRun(trace.script, on: system)
    try run.create()
    var refusals = 0
    for step in trace.script.steps {
      system.byteBudget = system.disk.byteCount + random.below(3_000)
      let start = run.promise.sequence
      while true {
        do throws(StoreError) {
          if run.store == nil {
            try run.open()
          } else {
            try run.perform(step)
            if case .reopen = step { try run.open() }
          }
          break
        } catch {
          guard error.code == .noSpace else { throw error }
          refusals += 1
          try #require(refusals < 5_000, "space is there and not used")
          if let store = run.store {
            #expect(store.lastSequence.value >= start)
            let hash = try store.snapshot().stateHash()
            #expect(hash == trace.hashes[store.lastSequence.value])
          }
          system.byteBudget += 500 + random.below(20_000)
        }
      }
    }
    system.byteBudget = .max
    let checker = StoreCrashChecker(trace: trace)
    try checker.checkEnd(run)
    #expect(try #require(run.store).verify(replay: true).problems == [])
    #expect(refusals > 20)
    print("\(refusals) refusals")
    run.drop()
    try checker.check(system.disk.crashed(.allLost, seed: seed), run.promise)
  }
}
