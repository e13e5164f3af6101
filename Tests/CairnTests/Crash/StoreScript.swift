// The script whose every moment is crashed and whose every call is made to fail: a store is made,
// defined, fed, ticked, checkpointed, closed, opened, dropped.

import Bytes
import Cairn
import Profiles
import Storage
import StorageSimulation
import Testing
@testable import Activation
@testable import Engine

/// What a caller has been promised at some moment.
struct StorePromise: Sendable {
  var isCreated = false
  /// Every record up to this one is acknowledged.
  var sequence: UInt64 = 0
}

/// One thing to do with a store.
enum StoreStep: Sendable {
  case define([DefinitionText])
  case ingest(Range<Int>, batch: Int)
  case tick(Timestamp)
  /// Puts identity rules in force.
  case rules(IdentityRules)
  /// Erases the person of an identifier, written as `type:value`.
  case erase(String)
  case checkpoint
  /// Copies events to where their homes' others are.
  case compact
  /// Opens the store again, having closed it or having dropped it as a process that dies does.
  case reopen(closes: Bool)
}

/// Things to do with one store, one after another.
struct StoreScript: Sendable, CustomTestStringConvertible {
  static let path = "/store"

  var testDescription = "a script"
  var steps: [StoreStep]
  var options: StoreOptions

  /// Everything: segments roll, runs are flushed and merged, the store is opened again twice.
  static let whole = StoreScript(
    testDescription: "everything",
    steps: [
      .define(CrashInput.firstDefinitions), .ingest(0..<0, batch: 1), .ingest(0..<6, batch: 4),
      .checkpoint, .ingest(6..<14, batch: 3), .compact, .tick(CrashInput.time(14)),
      .reopen(closes: true), .ingest(14..<22, batch: 5), .define(CrashInput.laterDefinitions),
      .checkpoint, .compact, .ingest(22..<27, batch: 2), .reopen(closes: false), .compact,
      .ingest(27..<32, batch: 3), .tick(CrashInput.time(60)),
    ], options: .crashing)

  /// Rules change twice, between events that they part and join: everything is derived again.
  static let refolding = StoreScript(
    testDescription: "other rules",
    steps: [
      .define(CrashInput.firstDefinitions), .ingest(0..<0, batch: 1), .ingest(0..<10, batch: 4),
      .checkpoint,
      .rules(CrashInput.tightRules), .ingest(10..<16, batch: 3), .tick(CrashInput.time(17)),
      .rules(CrashInput.openRules), .ingest(16..<20, batch: 4), .reopen(closes: false),
    ], options: .crashing)

  /// Two people are erased, with segments and copies of theirs in every state; the second shares an address and a
  /// device with somebody who stays.
  static let erasing = StoreScript(
    testDescription: "erasures",
    steps: [
      .define(CrashInput.firstDefinitions), .ingest(0..<0, batch: 1), .ingest(0..<10, batch: 4),
      .checkpoint, .compact, .ingest(10..<14, batch: 3), .erase("anonymous_id:a1"),
      .ingest(14..<18, batch: 3), .ingest(32..<35, batch: 2), .erase("user_id:u2"),
      .ingest(35..<37, batch: 1),
      .rules(CrashInput.tightRules), .tick(CrashInput.time(38)), .reopen(closes: false),
    ], options: .crashing)

  /// The options, standing on a file system.
  func options(on system: any FileSystem) -> StoreOptions {
    var result = options
    result.fileSystem = system
    return result
  }
}

extension StoreOptions {
  /// Small segments and blocks, and a checkpoint every few batches.
  static var crashing: StoreOptions {
    var options = StoreOptions.repeatable()
    options.storage = StorageOptions(segmentBytesMax: 1_200, blockBytes: 200, reserveBytes: 512)
    options.checkpointLogBytes = 700
    // Calls of the disk come in the same order in every run.
    options.background = .atOnce
    return options
  }
}

/// A store that a script is run on, step by step.
final class ScriptRun {
  let script: StoreScript
  let system: SimulatedFileSystem
  private(set) var store: Store?
  private(set) var promise = StorePromise()
  /// What each line of the input came to when it was last taken in.
  private(set) var verdicts: [Int: Verdict] = [:]
  /// Called whenever the promise has grown; with the store if it has nothing in hand.
  var onPromise: (Store?, StorePromise) -> Void = { _, _ in }
  /// Whether every line is an input of its own, so that there is a hash after each.
  var splitsIngest = false

  init(_ script: StoreScript, on system: SimulatedFileSystem) {
    self.script = script
    self.system = system
  }

  /// Makes the store.
  func create() throws(StoreError) {
    let made = try Store.create(at: StoreScript.path, options: script.options(on: system))
    store = made
    promise.isCreated = true
    keep(made)
  }

  /// Opens the store that is there.
  func open() throws(StoreError) {
    let opened = try Store.open(at: StoreScript.path, options: script.options(on: system))
    store = opened
    keep(opened)
  }

  /// Makes one step; one that was made before changes nothing.
  func perform(_ step: StoreStep) throws(StoreError) {
    guard let store else { return }
    switch step {
    case .define(let texts):
      do throws(ApplyError) { _ = try store.apply(texts) } catch {
        guard case .store(let refusal) = error else { preconditionFailure("\(error)") }
        throw refusal
      }
    case .ingest(let range, _) where splitsIngest && !range.isEmpty:
      for index in range {
        try ingest(index..<(index + 1), batch: 1, into: store)
        keep(store)
      }
    case .ingest(let range, let batch): try ingest(range, batch: batch, into: store)
    case .tick(let instant):
      if instant > store.logicalNow { _ = try store.tick(to: instant) }
    case .rules(let rules): try store.apply(rules)
    case .erase(let name):
      guard let identifier = Identifier(name) else { preconditionFailure("no identifier: \(name)") }
      _ = try store.erase([identifier])
    case .checkpoint: try store.checkpoint()
    case .compact: _ = try store.compact()
    case .reopen(let closes):
      // Closing may fail, but it lets go.
      self.store = nil
      if closes { try store.close() }
    }
    if let store = self.store { keep(store) }
  }

  private func ingest(
    _ range: Range<Int>, batch: Int, into store: Store
  ) throws(StoreError) {
    _ = try store.ingest(
      lines: CrashInput.bytes(range), options: .past(batch: batch),
      onVerdict: { line in
        self.verdicts[range.lowerBound + line.line - 1] = line.verdict
        // What is durable; the store may be at work on what comes next.
        self.promise.sequence = max(self.promise.sequence, store.lastSequence.value)
        self.onPromise(nil, self.promise)
      })
  }

  /// Lets go of the store without closing it.
  func drop() { store = nil }

  private func keep(_ store: Store) {
    promise.sequence = max(promise.sequence, store.lastSequence.value)
    onPromise(store, promise)
  }
}

/// What one run without trouble went through.
struct StoreTrace: Sendable {
  let script: StoreScript
  var states: [(disk: DiskState, promise: StorePromise)] = []
  /// The hash of the state after each commit, by its last record.
  var hashes: [UInt64: StateHash] = [:]
  var verdicts: [Int: Verdict] = [:]
  /// The last record after each step.
  var stepEnds: [UInt64] = []
  var lastSequence: UInt64 = 0
  var calls: [TraceEntry] = []
  var callCount = 0

  /// Whether a crash can leave derived files of a state that holds no more.
  var mayRebuild: Bool {
    script.steps.contains {
      switch $0 {
      case .rules, .erase: true
      default: false
      }
    }
  }

  /// Lines of the input that are refused once the steps up to `last` have been made, because they are of
  /// somebody erased.
  func refused(from last: UInt64) -> Set<Int> {
    var result: Set<Int> = []
    for (index, step) in script.steps.enumerated() where stepEnds[index] <= last {
      if case .erase(let name) = step { result.formUnion(CrashInput.lines(of: name)) }
    }
    return result
  }

  /// The hash at the end.
  var finalHash: StateHash? { hashes[lastSequence] }

  /// Runs a script to its end and keeps every state of the disk.
  init(_ script: StoreScript, lies: Lies = []) throws {
    self.script = script
    let system = SimulatedFileSystem()
    system.lies = lies
    system.recordHistory()
    let run = ScriptRun(script, on: system)
    var promises = [StorePromise()]
    run.onPromise = { _, promise in
      promises.append(promise)
      system.setMark(promises.count - 1)
    }
    try run.create()
    for step in script.steps {
      if case .reopen = step {
        try run.perform(step)
        try run.open()
      } else {
        try run.perform(step)
      }
      stepEnds.append(run.promise.sequence)
    }
    try run.store?.close()
    run.drop()
    let promised = Set(promises.map(\.sequence))
    hashes = try Self.hashes(of: script).filter { promised.contains($0.key) }
    verdicts = run.verdicts
    lastSequence = run.promise.sequence
    states = system.history.map { ($0.disk, promises[$0.mark]) }
    calls = system.trace
    callCount = system.callCount
  }

  /// The hash after each record that can end a commit, whatever the size of batches.
  private static func hashes(of script: StoreScript) throws -> [UInt64: StateHash] {
    let run = ScriptRun(script, on: SimulatedFileSystem())
    run.splitsIngest = true
    var found: [UInt64: StateHash] = [:]
    var failure: (any Error)?
    run.onPromise = { store, promise in
      guard let store, found[promise.sequence] == nil else { return }
      do { found[promise.sequence] = try store.snapshot().stateHash() } catch { failure = error }
    }
    try run.create()
    for step in script.steps {
      try run.perform(step)
      if case .reopen = step { try run.open() }
    }
    run.drop()
    if let failure { throw failure }
    return found
  }
}
