// Reading a store that another process may be writing to: its last checkpoint, as its files are.

import Events
import Storage

extension Snapshot {
  /// Opens the store at `path` for reading, as of its last checkpoint.
  ///
  /// Takes no lock and changes nothing, so it works concurrently with a writer, which does not notice. What came
  /// in since the checkpoint is not in it.
  ///
  /// - Throws: `StoreError` with code `.notAStore`, `.newerFormat`, `.corrupt`, `.readOnly` or `.io`;
  ///   `.damagedIndex` if a derived file is damaged; `.olderFormat` if the state was made by an earlier
  ///   version with other answers. The last two go once the store is opened for writing.
  /// - Complexity: O(runs and segments); no records are read.
  public static func open(
    at path: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> Snapshot {
    while true {
      let directory = try ReadOnlyDirectory.open(
        path, fileSystem: options.fileSystem, options: options.storageOfEvents)
      do throws(StoreError) { return try Snapshot(directory, options) } catch {
        // The writer removes what a newer manifest does not list.
        guard try directory.isReplaced() else { throw error }
      }
    }
  }

  private convenience init(
    _ directory: ReadOnlyDirectory, _ options: StoreOptions
  ) throws(StoreError) {
    let manifest = directory.manifest
    try manifest.checkSemantics()
    guard manifest.semanticsVersion == Manifest.currentSemantics else {
      throw StoreError(
        .olderFormat,
        "the state has semantics version \(manifest.semanticsVersion), and this program has "
          + "\(Manifest.currentSemantics); open the store for writing once, which rebuilds it",
        file: "MANIFEST")
    }
    let symbols = try SymbolTable(of: directory.log, seed: manifest.seed)
    let key = try? ErasureKey.read(
      in: directory.path, of: manifest.storeID, options.fileSystem)
    let fold = try Fold(
      state: State(scalars: Scalars(durableIn: manifest), runs: RunSource(directory)),
      symbols: symbols, seed: manifest.seed, key: key, timersMax: options.timersPerRecordMax)
    self.init(
      fold, directory.log, symbols, manifest, lastSequence: manifest.checkpoint,
      options.environment)
  }
}

extension Manifest {
  /// Refuses a store of a later version of the meaning of records.
  func checkSemantics() throws(StoreError) {
    let known = Manifest.currentSemantics
    guard semanticsVersion > known else { return }
    throw StoreError(
      .newerFormat,
      "the store has semantics version \(semanticsVersion), newer than "
        + "\(known), the newest this program knows; use the program version that wrote the store",
      file: "MANIFEST")
  }
}
