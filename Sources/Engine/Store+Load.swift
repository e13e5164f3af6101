// From files to a store that works: map the checkpoint, fold the log's tail again, and where a derived
// file is missing or damaged fold the whole log.

import Bytes
import Events
import Profiles
import Storage

extension Store {
  /// Brings an opened directory to life.
  ///
  /// For a reader this is what recovery makes, without what recovery changes: nothing is rebuilt, and what does not
  /// fit into memory goes to files without names.
  static func load(
    _ directory: StoreDirectory, options: StoreOptions
  ) throws(StoreError) -> Store {
    try directory.manifest.checkSemantics()
    var options = options
    options.fileSystem = directory.fileSystem
    let symbols = try SymbolTable(of: directory.log.view(), seed: directory.manifest.seed)
    let store = try Store(
      directory: directory, options: options, symbols: symbols,
      fold: Fold(
        state: State(scalars: Scalars(of: directory.manifest), runs: RunSource(directory)),
        symbols: symbols,
        seed: directory.manifest.seed, key: nil, timersMax: options.timersPerRecordMax))
    // A key that is damaged matters only if something was hashed with it: the fold says so.
    store.erasureKey = try? ErasureKey.read(
      in: directory.path, of: directory.manifest.storeID, directory.fileSystem)
    guard !directory.isReadOnly else {
      try store.loadForReading()
      return store
    }
    store.opening.cutBytes = directory.recovery?.tornByteCount ?? 0
    if directory.manifest.semanticsVersion < Manifest.currentSemantics {
      try store.rebuild(because: "another version of the program made them")
    } else {
      try store.reloadOrRebuild()
    }
    store.opening.finishedErasure = try store.finishErasureOrClose()
    return store
  }

  /// A fold of this store's records into a state.
  func makeFold(_ state: State) throws(StoreError) -> Fold {
    try Fold(
      state: state, symbols: symbols,
      seed: directory.manifest.seed, key: erasureKey, timersMax: options.timersPerRecordMax)
  }

  /// Puts the state at the last commit: that of the checkpoint, and the log's tail folded again.
  func reload() throws(StoreError) {
    // Until the tail is folded there is no state that may be read, sealed or built upon.
    condition = .lost
    let manifest = directory.manifest
    let scalars = try Scalars(durableIn: manifest)
    // Holds no memory and no files.
    fold = try makeFold(State(scalars: Scalars(), runs: RunSource(directory)))
    removePendingRuns()
    fold = try makeFold(
      State(
        scalars: scalars,
        runs: RunSource(directory, tables: manifest.tableRuns, timers: manifest.timerRuns)))
    fold.relieve = { [unowned self] () throws(StoreError) in try spillIfFull() }
    try replayTail(after: manifest.checkpoint)
    condition = .settled
  }

  /// Puts the state at the last commit, folding the whole log if a derived file is damaged.
  func reloadOrRebuild() throws(StoreError) {
    do throws(StoreError) { try reload() } catch {
      guard error.code == .damagedIndex else { throw error }
      try rebuild(because: error.description)
    }
  }

  /// Throws away everything derived and folds the whole log.
  func rebuild(because reason: String) throws(StoreError) {
    let basis = try recordedBasis()
    try commit(basis)
    opening.rebuiltBecause = reason
    try reload()
    try checkpointIfThereIsSpace()
  }

  /// Makes a state without records durable as the checkpoint.
  private func commit(_ basis: FoldBasis) throws(StoreError) {
    let state = try State(basis, runs: RunSource(directory))
    var runs = PendingRuns()
    try runs.spill(state, to: directory.runFiles)
    do throws(StoreError) {
      try directory.commit { manifest in
        manifest.tableRuns = []
        manifest.timerRuns = []
        runs.apply(to: &manifest)
        manifest.checkpoint = SequenceNumber(0)
        manifest.scalars = state.scalars.encode()
        manifest.semanticsVersion = Manifest.currentSemantics
      }
    } catch {
      // After a failed commit a manifest may list it anyway: the next opening decides.
      if directory.failure == nil { runs.remove(of: directory.runFiles) }
      throw error
    }
  }

  /// What holds for all of the log, as its records say.
  ///
  /// - Complexity: one reading of the log.
  private func recordedBasis() throws(StoreError) -> FoldBasis {
    var basis = FoldBasis(Scalars(of: directory.manifest))
    guard lastSequence.value > 0 else { return basis }
    try directory.log.view().scan(from: SequenceNumber(1), through: lastSequence) {
      (record) throws(StoreError) in
      switch RecordKind(rawValue: record.kind) {
      case .identityRules, .erasure:
        basis.apply(try Input(record), at: record.sequence)
      default: return
      }
    }
    return basis
  }

  /// Throws away every derived file and makes them again from the log.
  ///
  /// - Parameters:
  ///   - reason: Why, for `opening.rebuiltBecause`.
  ///   - onProgress: Called now and then with the progress of the fold.
  /// - Complexity: O(log); about as long as the ingest took.
  public func rebuildDerived(
    because reason: String = "it was asked for",
    onProgress: @escaping (LogProgress) -> Void = { _ in }
  ) throws(StoreError) {
    if let refusal { throw refusal }
    do throws(StoreError) {
      try tellingProgress(to: onProgress) { () throws(StoreError) in try rebuild(because: reason) }
    } catch {
      if case .lost = condition { condition = .failed(directory.failure ?? error) }
      throw error
    }
  }

  /// Folds the records that the state does not have yet.
  func replayTail(after folded: SequenceNumber) throws(StoreError) {
    let first = SequenceNumber(folded.value + 1)
    let last = lastSequence
    logBytesSinceCheckpoint = 0
    guard first <= last else { return }
    var replay = Replay(fold: fold, log: directory.log.view())
    var isEnded = false
    try replay.log.scanAhead(from: first, through: last, options.background) {
      (record) throws(StoreError) in
      if !isEnded { isEnded = try endsReading(record) }
      if isEnded { return }
      try replay.apply(record)
      if replay.recordCount.isMultiple(of: 4096) {
        onFold(LogProgress(records: record.sequence.value, recordsTotal: last.value))
      }
      // Ticks that end many memberships are few but weigh much.
      let isDue = replay.recordCount.isMultiple(of: 4096) || record.decisions.byteCount > 65_536
      guard isDue, replay.isSettled else { return }
      guard fold.state.memoryBytes > options.memoryBytesMax / 2 else { return }
      if directory.isReadOnly { return try spill() }
      do throws(StoreError) { try checkpoint(through: record.sequence) } catch {
        // The log is whole; only memory pays for a checkpoint that cannot be written.
        guard error.code == .noSpace || error.code == .poisoned else { throw error }
        checkpointFailure = error
      }
    }
    logBytesSinceCheckpoint = replay.byteCount
    opening.replayedRecords += replay.recordCount
    opening.differingDecisions += replay.differingDecisions
  }
}

extension SymbolTable {
  /// All names of a log.
  convenience init(of log: LogView, seed: HashSeed) throws(StoreError) {
    self.init(seed: seed)
    var failure: DecodeError?
    try log.symbols { symbol, name in
      do throws(DecodeError) { try install(symbol, name) } catch { failure = error }
    }
    if let failure { throw StoreError(failure, in: "log dictionary") }
  }
}

extension Scalars {
  /// Those of a store without records.
  ///
  /// In a store that was made before alias calls had a say they go on to say nothing, until rules are applied.
  init(of manifest: Manifest) {
    self.init()
    if manifest.createdFormat < 4 { identityRules.identifiers.alias = .ignore }
  }

  /// Those of the last checkpoint.
  init(durableIn manifest: Manifest) throws(StoreError) {
    guard !manifest.scalars.isEmpty else {
      self.init(of: manifest)
      return
    }
    do { try self.init(decoding: manifest.scalars.span.bytes) } catch {
      throw .derivedMismatch("scalars", "they do not decode, or another version wrote them")
    }
  }
}

/// Opens the run files that a manifest lists.
struct RunSource: TableSource {
  private let fileSystem: any FileSystem
  private let directory: String
  private let tables: [RunEntry]
  private let timers: [RunEntry]

  /// The given runs of a store; none for an empty state.
  init(_ directory: StoreDirectory, tables: [RunEntry] = [], timers: [RunEntry] = []) {
    fileSystem = directory.fileSystem
    self.directory = directory.path
    self.tables = tables
    self.timers = timers
  }

  func table(_ id: UInt16, _ kind: TableKind) throws(StoreError) -> Table {
    var runs: [Run] = []
    for entry in tables where entry.table == id {
      runs.append(try Run.open(entry, in: directory, fileSystem: fileSystem))
    }
    return Table(id: id, kind: kind, runs: runs)
  }

  func rows(_ id: UInt16) throws(StoreError) -> RowTable {
    try RowTable(
      id: id, files: tables.filter { $0.table == id }, in: directory, fileSystem: fileSystem)
  }

  func table(_ table: SharedTable) throws(StoreError) -> Table {
    try self.table(table.rawValue, .replace)
  }

  func timerRuns() throws(StoreError) -> [TimerRun] {
    var runs: [TimerRun] = []
    for entry in timers {
      runs.append(try TimerRun.open(entry, in: directory, fileSystem: fileSystem))
    }
    return runs
  }
}
