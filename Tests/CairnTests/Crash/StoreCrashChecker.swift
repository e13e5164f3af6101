// What must hold of a store after a crash, whatever the disk kept.

import Bytes
import Cairn
import Events
import Storage
import StorageSimulation
@testable import Engine

/// A promise that was broken, in words.
struct Violation: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Opens crashed disks and checks the stores on them.
struct StoreCrashChecker: Sendable {
  let trace: StoreTrace

  /// Checks everything about one crashed disk; throws the first violation.
  ///
  /// - Parameter memory: A memory limit to open with, if not the script's.
  /// - Returns: The last record that was there.
  @discardableResult
  func check(
    _ disk: DiskState, _ promise: StorePromise, memory: Int? = nil
  ) throws -> UInt64 {
    do {
      let system = SimulatedFileSystem(disk)
      try checkReader(system, promise)
      var script = trace.script
      if let memory {
        script.options.memoryBytesMax = memory
      } else {
        // Checkpoints while the input is repeated are part of the script that is crashed.
        script.options.checkpointLogBytes = .max
      }
      let run = ScriptRun(script, on: system)
      do {
        try run.open()
      } catch {
        guard error.code == .notAStore, !promise.isCreated else { throw error }
        try run.create()
      }
      let last = try checkState(run, promise)
      try checkRepeat(run, from: last)
      try checkDurable(system, run)
      return last
    } catch let error as StoreError {
      throw Violation("\(error.code): \(error)")
    }
  }

  /// A reader that opens nothing for writing sees what an opening for writing would, and changes nothing.
  private func checkReader(_ system: SimulatedFileSystem, _ promise: StorePromise) throws {
    let store: Store
    do {
      store = try Store.openReadOnly(
        at: StoreScript.path, options: trace.script.options(on: system))
    } catch {
      switch error.code {
      case .notAStore where !promise.isCreated: return
      // An interrupted refold or erasure is finished by a writer.
      case .damagedIndex where trace.mayRebuild, .outOfOrder where trace.mayRebuild: return
      default: throw error
      }
    }
    guard system.trace.allSatisfy({ $0.operation == .syncData }) else {
      throw Violation("a reader changed something")
    }
    let last = store.lastSequence.value
    guard last >= promise.sequence else {
      throw Violation("record \(promise.sequence) was acknowledged, a reader sees \(last)")
    }
    guard let expected = trace.hashes[last] else {
      throw Violation("the last record of a reader, \(last), ends no batch")
    }
    guard try store.snapshot().stateHash() == expected else {
      throw Violation("a reader sees another state of record \(last)")
    }
  }

  /// Checks a disk whose process died, and which then loses power after an opening served it.
  func checkServed(_ disk: DiskState, _ promise: StorePromise) throws {
    do {
      let system = SimulatedFileSystem(disk)
      let run = ScriptRun(trace.script, on: system)
      do { try run.open() } catch {
        guard error.code == .notAStore, !promise.isCreated else { throw error }
        return
      }
      guard let served = run.store?.lastSequence.value, served >= promise.sequence,
        let expected = trace.hashes[served]
      else { throw Violation("another number of records than was promised") }
      run.drop()
      let after = ScriptRun(
        trace.script, on: SimulatedFileSystem(system.disk.crashed(.allLost, seed: 0)))
      try after.open()
      guard after.store?.lastSequence.value == served,
        try after.store?.snapshot().stateHash() == expected
      else { throw Violation("what was served after an opening is gone") }
    } catch let error as StoreError {
      throw Violation("\(error.code): \(error)")
    }
  }

  /// Every state that the disk goes through while a store with little memory is opened.
  func openingStates(_ disk: DiskState) -> [DiskState] {
    let system = SimulatedFileSystem(disk)
    system.recordHistory()
    var options = trace.script.options(on: system)
    options.memoryBytesMax = 60_000
    _ = try? Store.open(at: StoreScript.path, options: options)
    return system.history.map(\.disk)
  }

  /// The state is that after some whole batch, and nothing acknowledged is missing.
  ///
  /// - Returns: The last record.
  func checkState(_ run: ScriptRun, _ promise: StorePromise) throws -> UInt64 {
    guard let store = run.store else { throw Violation("there is no store") }
    let last = store.lastSequence.value
    guard last >= promise.sequence else {
      throw Violation("record \(promise.sequence) was acknowledged, the last is \(last)")
    }
    guard let expected = trace.hashes[last] else {
      throw Violation("record \(last) ends no batch")
    }
    let hash = try store.snapshot().stateHash()
    guard hash == expected else { throw Violation("the state of record \(last) is another") }
    guard store.opening.differingDecisions == 0 else {
      throw Violation("replay decided otherwise")
    }
    guard trace.mayRebuild || store.opening.rebuiltBecause == nil else {
      throw Violation("had to rebuild because \(store.opening.rebuiltBecause ?? "")")
    }
    let report = store.verify(replay: true)
    guard report.isSound, report.replayHash == expected, report.records == last else {
      throw Violation("verification: \(report.problems.joined(separator: "; "))")
    }
    return last
  }

  /// The whole input once more: what is there is recognised, the rest comes in, and the end is that
  /// of a run without a crash.
  func checkRepeat(_ run: ScriptRun, from last: UInt64) throws {
    for (index, step) in trace.script.steps.enumerated() {
      switch step {
      case .checkpoint, .reopen: continue
      case .define where trace.stepEnds[index] <= last: continue
      case .rules where trace.stepEnds[index] <= last: continue
      case .erase where trace.stepEnds[index] <= last: continue
      default: try run.perform(step)
      }
    }
    let refused = trace.refused(from: last)
    for (line, verdict) in run.verdicts {
      var expected = trace.verdicts[line].map { Self.expected($0, from: last) }
      if refused.contains(line) { expected = .rejected(EventProblem(.erasedIdentifier, at: 0)) }
      guard verdict == expected else {
        throw Violation("line \(line + 1) became \(verdict), not \(String(describing: expected))")
      }
    }
    guard run.verdicts.count == trace.verdicts.count else {
      throw Violation("a line has no verdict")
    }
    try checkEnd(run)
  }

  /// The state is that of the end.
  func checkEnd(_ run: ScriptRun) throws {
    guard let store = run.store else { throw Violation("there is no store") }
    guard store.lastSequence.value == trace.lastSequence,
      try store.snapshot().stateHash() == trace.finalHash
    else { throw Violation("the run repeated ends with another state") }
  }

  /// What the repeated run committed survives the next power failure.
  private func checkDurable(_ system: SimulatedFileSystem, _ run: ScriptRun) throws {
    run.drop()
    let after = SimulatedFileSystem(system.disk.crashed(.allLost, seed: 0))
    let reopened = ScriptRun(trace.script, on: after)
    try reopened.open()
    try checkEnd(reopened)
  }

  /// The verdict of a line that is taken in again when records up to `last` are there.
  private static func expected(_ verdict: Verdict, from last: UInt64) -> Verdict {
    switch verdict {
    case .accepted(let sequence):
      sequence.value <= last ? .duplicate(of: sequence, isSame: true) : verdict
    // A line quarantined again names the record that holds it already.
    case .quarantined, .duplicate, .rejected: verdict
    }
  }
}
