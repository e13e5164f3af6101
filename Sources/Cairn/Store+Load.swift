// From files to a store that works: map the checkpoint, fold the log's tail again, and where a derived
// file is missing or damaged fold the whole log.

import Bytes
import Events
import Profiles
import Storage

extension Store {
  /// Brings an opened directory to life.
  static func load(
    _ directory: StoreDirectory, options: StoreOptions
  ) throws(StoreError) -> Store {
    let symbols = SymbolTable(seed: directory.manifest.seed)
    var failure: DecodeError?
    try directory.log.view().symbols { symbol, name in
      do throws(DecodeError) { try symbols.install(symbol, name) } catch { failure = error }
    }
    if let failure { throw StoreError(failure, in: "log dictionary") }
    return try load(directory, options: options, symbols: symbols)
  }

  /// Folds the state of an opened directory whose symbols are installed.
  static func load(
    _ directory: StoreDirectory, options: StoreOptions, symbols: SymbolTable
  ) throws(StoreError) -> Store {
    let store: Store
    do {
      store = try Store(
        directory: directory, options: options, symbols: symbols,
        fold: checkpointed(directory, options: options, symbols: symbols))
      try store.replayTail()
    } catch {
      guard error.code == .damagedIndex else { throw error }
      return try rebuild(directory, options: options, symbols: symbols, because: error.message)
    }
    store.opening.cutBytes = directory.recovery?.tornByteCount ?? 0
    return store
  }

  /// Throws away everything derived and folds the whole log.
  static func rebuild(
    _ directory: StoreDirectory, options: StoreOptions, symbols: SymbolTable, because: String
  ) throws(StoreError) -> Store {
    try directory.commit { manifest in
      manifest.tableRuns = []
      manifest.timerRuns = []
      manifest.checkpoint = SequenceNumber(0)
      manifest.scalars = Scalars().encode()
    }
    let store = try Store(
      directory: directory, options: options, symbols: symbols,
      fold: checkpointed(directory, options: options, symbols: symbols))
    store.opening.rebuiltBecause = because
    store.opening.cutBytes = directory.recovery?.tornByteCount ?? 0
    try store.replayTail()
    try store.checkpoint()
    return store
  }

  /// The state as of the manifest's checkpoint.
  static func checkpointed(
    _ directory: StoreDirectory, options: StoreOptions, symbols: SymbolTable
  ) throws(StoreError) -> Fold {
    let manifest = directory.manifest
    let scalars: Scalars
    do {
      let bytes = manifest.scalars.isEmpty ? Scalars().encode() : manifest.scalars
      scalars = try Scalars(decoding: bytes.span.bytes)
    } catch {
      throw StoreError(error, in: "MANIFEST")
    }
    let source = RunSource(
      fileSystem: options.fileSystem, directory: directory.path, tableRuns: manifest.tableRuns,
      timerRuns: manifest.timerRuns)
    return try Fold(
      state: State(scalars: scalars, runs: source), symbols: symbols, seed: manifest.seed)
  }

  /// Folds the records that no checkpoint covers.
  func replayTail() throws(StoreError) {
    let first = SequenceNumber(directory.manifest.checkpoint.value + 1)
    let last = lastSequence
    guard first <= last else { return }
    var replay = Replay(fold: fold, log: directory.log.view())
    try replay.log.scan(from: first, through: last) { (record) throws(StoreError) in
      try replay.apply(record)
      if fold.state.memoryBytes > options.memoryBytesMax / 2, !replay.hasPending {
        try checkpoint(through: record.sequence)
      }
    }
    try replay.finish()
    opening.replayedRecords += replay.recordCount
    opening.differingDecisions += replay.differingDecisions
  }
}

/// Opens the run files that a manifest lists.
struct RunSource {
  let fileSystem: any FileSystem
  let directory: String
  var tableRuns: [RunEntry] = []
  var timerRuns: [RunEntry] = []

  func runs(of table: UInt16) throws(StoreError) -> [Run] {
    var runs: [Run] = []
    for entry in tableRuns where entry.table == table {
      runs.append(try Run.open(entry, in: directory, fileSystem: fileSystem))
    }
    return runs
  }

  func table(_ table: SharedTable) throws(StoreError) -> Table {
    Table(id: table.rawValue, kind: .replace, runs: try runs(of: table.rawValue))
  }

  func openTimerRuns() throws(StoreError) -> [TimerRun] {
    var runs: [TimerRun] = []
    for entry in timerRuns {
      runs.append(try TimerRun.open(entry, in: directory, fileSystem: fileSystem))
    }
    return runs
  }
}

extension Store {
  /// Throws away every derived file and makes them anew from the log.
  ///
  /// This handle is not to be used afterwards; the one returned takes its place.
  ///
  /// - Complexity: O(log); about as long as the ingest took.
  /// - Parameter reason: Why, for `opening.rebuiltBecause`.
  public func rebuilt(because reason: String = "it was asked for") throws(StoreError) -> Store {
    try Self.rebuild(directory, options: options, symbols: symbols, because: reason)
  }
}
