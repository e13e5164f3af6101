// Derived files that are gone, cut short or altered: the answers come back from the log, or the
// damage is reported; there are never other answers.

import Bytes
import Cairn
import Storage
import StorageSimulation
import Testing
@testable import Engine

@Suite struct DerivedFileTests {
  private let trace: StoreTrace
  private let disk: DiskState
  private let runs: [String]

  init() throws {
    trace = try StoreTrace(.whole)
    let system = SimulatedFileSystem()
    let run = ScriptRun(trace.script, on: system)
    try run.create()
    for step in trace.script.steps {
      try run.perform(step)
      if case .reopen = step { try run.open() }
    }
    try run.store?.close()
    run.drop()
    disk = system.disk
    runs = disk.visibleFiles.keys.filter { $0.hasSuffix(".run") }.sorted()
  }

  /// What reading a damaged store came to.
  private enum Outcome { case untouched, rebuiltAtOpening, damageToldAtReading }

  /// Opens a damaged disk and insists on the right answer, or on none and the right one after a
  /// rebuild.
  private func check(_ damaged: DiskState, _ place: String) throws -> Outcome {
    let system = SimulatedFileSystem(damaged)
    let options = trace.script.options(on: system)
    let store = try Store.open(at: StoreScript.path, options: options)
    #expect(store.lastSequence.value == trace.lastSequence)
    do throws(StoreError) {
      let hash = try store.snapshot().stateHash()
      #expect(hash == trace.finalHash, "\(place): another answer")
      guard store.opening.rebuiltBecause == nil else {
        #expect(store.verify().isSound, "\(place)")
        return .rebuiltAtOpening
      }
      // No answer needed the damaged page, but a check finds it.
      #expect(!store.verify().isSound, "\(place): verification finds nothing")
      return .untouched
    } catch {
      #expect(error.code == .damagedIndex && error.file != nil, "\(place): \(error)")
      #expect(!store.verify().isSound, "\(place): verification finds nothing")
      try store.rebuildDerived()
      let hash = try store.snapshot().stateHash()
      #expect(hash == trace.finalHash, "\(place): another answer after rebuilding")
      #expect(store.verify().isSound, "\(place)")
      return .damageToldAtReading
    }
  }

  @Test func aMissingFileIsRebuilt() throws {
    #expect(runs.count >= 8)
    for path in runs {
      var damaged = disk
      damaged.remove(path)
      #expect(try check(damaged, path) == .rebuiltAtOpening, "\(path)")
    }
    var damaged = disk
    for path in runs { damaged.remove(path) }
    #expect(try check(damaged, "all") == .rebuiltAtOpening)
  }

  @Test func aFileCutShortIsRebuilt() throws {
    for path in runs {
      let size = disk.visibleFiles[path]?.count ?? 0
      for length in [0, 63, 64, size / 2, size - 1] where length < size {
        var damaged = disk
        let isCut = damaged.edit(path) { bytes in
          bytes.removeSubrange(length...)
          return true
        }
        #expect(isCut)
        #expect(try check(damaged, "\(path) of \(length)") == .rebuiltAtOpening)
      }
    }
  }

  @Test func aFileInThePlaceOfAnotherIsRebuilt() throws {
    for (path, other) in zip(runs, runs.dropFirst() + runs.prefix(1)) {
      var damaged = disk
      damaged.put(path, disk.visibleFiles[other] ?? [])
      #expect(try check(damaged, "\(path) of \(other)") == .rebuiltAtOpening)
    }
  }

  @Test func anAlteredByteIsFound() throws {
    let seed: UInt64 = 11
    print("seed \(seed)")
    var random = SeededRandom(seed)
    var outcomes: [Outcome: Int] = [:]
    for path in runs {
      let bytes = disk.visibleFiles[path] ?? []
      // Most of a small run is zeros; the few bytes that mean something are hit as often.
      let used = bytes.indices.filter { bytes[$0] != 0 }
      for attempt in 0..<10 {
        let offset =
          attempt % 2 == 0 ? random.below(bytes.count) : used[random.below(used.count)]
        var damaged = disk
        try #require(offset < bytes.count)
        _ = damaged.flip(path, at: offset)
        outcomes[try check(damaged, "\(path) at \(offset)"), default: 0] += 1
      }
    }
    print("altered bytes: \(outcomes)")
    #expect(outcomes[.rebuiltAtOpening, default: 0] > 0)
    #expect(outcomes[.damageToldAtReading, default: 0] > 0)
  }

  /// The writer meets the damage: the input is refused or taken, and tried again it is right.
  @Test func theWriterGetsOverDamage() throws {
    let seed: UInt64 = 12
    print("seed \(seed)")
    var random = SeededRandom(seed)
    let expected = try hashAfterMore(disk)
    var refused = 0
    for path in runs {
      let bytes = disk.visibleFiles[path] ?? []
      let used = bytes.indices.filter { bytes[$0] != 0 }
      for _ in 0..<4 {
        let offset = used[random.below(used.count)]
        var damaged = disk
        try #require(offset < bytes.count)
        _ = damaged.flip(path, at: offset)
        let found = try hashAfterMore(damaged) { refused += 1 }
        #expect(found == expected, "\(path) at \(offset)")
      }
    }
    print("the writer was refused \(refused) times")
    #expect(refused > 0)
  }

  /// The hash after more input and a checkpoint; what is refused is tried again.
  private func hashAfterMore(
    _ disk: DiskState, onRefusal: () -> Void = {}
  ) throws -> StateHash {
    let system = SimulatedFileSystem(disk)
    let store = try Store.open(at: StoreScript.path, options: trace.script.options(on: system))
    let more = CrashInput.lines.map { $0.replacing(#""messageId":"m"#, with: #""messageId":"n"#) }
    let bytes = Array(more.joined(separator: "\n").utf8)
    var attempts = 0
    while true {
      do throws(StoreError) {
        _ = try store.ingest(lines: bytes, options: .past(batch: 7))
        try store.checkpoint()
        _ = try store.tick(to: CrashInput.time(90))
        break
      } catch {
        attempts += 1
        onRefusal()
        try #require(error.code == .damagedIndex && attempts < 4, "\(error)")
      }
    }
    do throws(StoreError) { return try store.snapshot().stateHash() } catch {
      // Damage where no input came by is reported to the reader.
      try #require(error.code == .damagedIndex, "\(error)")
      try store.rebuildDerived()
      return try store.snapshot().stateHash()
    }
  }
}
