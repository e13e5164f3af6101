// From memory to disk: which layers a flush puts together, and the exchange of layers once the new run
// is durable.

import Bytes

extension Table {
  /// Writes all that is in memory to a new run, together with as many of the newest runs as keep their
  /// number small.
  ///
  /// A run is taken in while it is at most twice as large as what is newer, so sizes fall
  /// geometrically, there are at most `runsMax`, and an entry is rewritten O(log n) times. The new run
  /// is durable but for its directory entry: the caller syncs the directory and commits the manifest.
  ///
  /// - Parameters:
  ///   - directory: The store's directory.
  ///   - allocateFileNumber: Called once, if anything is to be written.
  /// - Returns: What to change in the manifest; empty if there was nothing to write.
  /// - Throws: `.noSpace`, `.io`, `.readOnly` if the run cannot be written, `.damagedIndex` if a run
  ///   taken in is damaged, `.tooLarge` if the fragments of a key exceed 512 MiB. The table is
  ///   unchanged then and the partial file is removed as far as possible.
  /// - Complexity: O(entries put together), sequential reads and writes; one sync. Holds four bytes an
  ///   entry in memory and a few hundred kilobytes.
  public func flush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> RunEdit {
    precondition(borrows == 0, "a table cannot be flushed while one of its values is in use")
    guard layers.memtables.contains(where: { $0.count > 0 }) else { return RunEdit() }
    let kept = runsKept()
    let number = try allocateFileNumber()
    let file = try RunFileBuilder.create(Run.fileName(number), in: directory, fileSystem) {
      (file) throws(StoreError) in try write(to: file, number: number, from: kept)
    }
    let taken = layers.runs[kept...]
    var edit = RunEdit(removed: taken.map(\.entry.file))
    var runs = Array(layers.runs[..<kept])
    if let file {
      let entry = RunEntry(
        table: id, file: number, byteCount: UInt64(file.layout.byteCount),
        entryCount: UInt64(file.layout.entryCount),
        level: taken.map(\.entry.level).max().map { $0 == 255 ? 255 : $0 + 1 } ?? 0)
      runs.append(try Run(entry, file))
      edit.added = [entry]
    }
    replaceLayers(LayerStack(runs: runs, memtables: []))
    return edit
  }

  /// The number of oldest runs that a flush leaves alone.
  private func runsKept() -> Int {
    var kept = layers.runs.count
    // A run has at least a page of filter and one of index.
    var bytes = layers.memtables.reduce(UInt64(2 * RunFormat.pageBytes)) {
      $0 + UInt64($1.valueBytes + $1.count * RunFormat.entryBytes)
    }
    while kept > 0, kept + 1 > Table.runsMax || layers.runs[kept - 1].entry.byteCount <= 2 * bytes {
      kept -= 1
      bytes += layers.runs[kept].entry.byteCount
    }
    return kept
  }

  private func write(
    to file: any File, number: UInt64, from level: Int
  ) throws(StoreError) -> RunLayout? {
    let entriesMax =
      layers.memtables.reduce(0) { $0 + $1.count }
      + layers.runs[level...].reduce(0) { $0 + Int($1.entry.entryCount) }
    var writer: RunWriter
    do {
      writer = try RunWriter(file, table: id, number: number, entriesMax: entriesMax)
    } catch {
      throw StoreError(error)
    }
    var merge = try MergeCursor(layers, from: level)
    while try merge.next({ (key, state, value) throws(StoreError) in
      // Nothing is below the oldest run, so nothing needs hiding there.
      if state == .tombstone, level == 0 { return }
      try writer.append(key, state, value)
    }) {}
    return try writer.finish()
  }
}
