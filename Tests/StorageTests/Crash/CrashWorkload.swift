// The script whose every moment is crashed: creation, commits of all sizes, segment rolls, manifest
// edits with files that come and go, closing and opening again.

import Bytes
import Storage
import StorageSimulation

/// What a caller has been promised at some moment.
struct Promise: Sendable {
  var isCreated = false
  var records = 0
  var checkpoints: UInt8 = 0
}

/// The trace of one run of the script.
struct CrashTrace: Sendable {
  var states: [(disk: DiskState, promise: Promise)] = []
  /// The numbers of records at which a batch ends.
  var boundaries: Set<Int> = [0]
  var calls: [TraceEntry] = []
}

/// The script.
struct CrashWorkload: Sendable {
  static let path = "/store"
  static let records = TestRecords()
  static let batches = [1, 3, 1, 12, 1, 2, 20, 1, 1, 5, 2, 1, 16, 1, 3, 9, 1, 1, 2]

  var options: StorageOptions
  var lies: Lies = []

  init(bugs: PlantedBugs = [], lies: Lies = []) {
    options = StorageOptions(segmentBytesMax: 2000, blockBytes: 300, reserveBytes: 1024)
      .packing.planting(bugs)
    self.lies = lies
  }

  func run() throws -> CrashTrace {
    let system = SimulatedFileSystem(beforeRename: nil)
    system.lies = lies
    system.recordHistory()
    var promises = [Promise()]
    var trace = CrashTrace()
    func promise(_ change: (inout Promise) -> Void) {
      var next = promises[promises.count - 1]
      change(&next)
      promises.append(next)
      system.setMark(promises.count - 1)
    }
    var store = try StoreDirectory.create(
      Self.path, fileSystem: system, storeID: TestRecords.storeID, seed: TestRecords.seed,
      options: options)
    promise { $0.isCreated = true }
    for (index, count) in Self.batches.enumerated() {
      trace.boundaries.insert(Int(store.log.nextSequence.value) - 1 + count)
      try Self.append(count, to: store, index, promise)
      // Once closed in order, once left as by a process that dies.
      if index == 5 { store.close() }
      if index == 5 || index == 11 {
        system.releaseLocks()
        store = try StoreDirectory.open(Self.path, fileSystem: system, options: options)
      }
    }
    store.close()
    trace.states = system.history.map { ($0.disk, promises[$0.mark]) }
    trace.calls = system.trace
    return trace
  }

  private static func append(
    _ count: Int, to store: StoreDirectory, _ index: Int,
    _ promise: ((inout Promise) -> Void) -> Void
  ) throws {
    func commitCheckpoint() throws {
      try checkpoint(store)
      promise { $0.checkpoints += 1 }
    }
    let batch = records.batch(from: store.log.nextSequence, count: count)
    let write = try store.log.begin(batch, names: TestRecords.name)
    // Another thread may write the batch, and a manifest take its place before that or after.
    if index == 8 { try commitCheckpoint() }
    let outcome = write.perform()
    if index == 9 { try commitCheckpoint() }
    try store.log.finish(outcome)
    promise { $0.records += count }
    if index % 4 == 2 || index == 7 { try commitCheckpoint() }
  }

  /// Replaces the one run file by a new one, as a checkpoint of the derived state does.
  static func checkpoint(_ store: StoreDirectory) throws {
    let number = store.allocateFileNumber()
    let bytes = runBytes(number)
    let file = try store.fileSystem.open(store.tableRunPath(number), .create)
    try file.writeAll(bytes, at: 0)
    try file.syncData()
    let last = store.log.durableSequence
    try store.commit { manifest in
      manifest.tableRuns = [
        RunEntry(
          table: 1, file: number, byteCount: UInt64(bytes.count), entryCount: 1, level: 0)
      ]
      manifest.checkpoint = last
      manifest.scalars = [(manifest.scalars.first ?? 0) + 1]
    }
  }

  static func runBytes(_ number: UInt64) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 200)
  }
}
