// From memory to disk: which layers a flush puts together, and the exchange of layers once the new run
// is durable.

import Bytes

extension Table {
  /// Prepares to write all that is in memory to a new run, so that another thread can do the work while
  /// this one goes on writing to the table.
  ///
  /// A run is taken in while it is at most twice as large as what is newer, so sizes fall
  /// geometrically, there are at most `runsMax`, and an entry is rewritten O(log n) times. Until
  /// `finishFlush` no other flush of this table begins: that is a programmer error and traps.
  ///
  /// - Parameters:
  ///   - directory: The store's directory.
  ///   - allocateFileNumber: Called once, if anything is to be written.
  /// - Returns: What to do; nil if there is nothing to write.
  /// - Complexity: O(layers); no I/O.
  public func beginFlush(
    to directory: String, fileSystem: any FileSystem,
    allocateFileNumber: () throws(StoreError) -> UInt64
  ) throws(StoreError) -> TableFlush? {
    precondition(borrows == 0, "a table cannot be flushed while one of its values is in use")
    precondition(flushing == 0, "a table is flushed once at a time")
    guard layers.memtables.contains(where: { $0.count > 0 }) else { return nil }
    let kept = runsKept()
    let flush = TableFlush(
      table: id, memtables: layers.memtables, kept: kept, taken: layers.runs[kept...],
      number: try allocateFileNumber(), directory: directory, fileSystem: fileSystem)
    freeze()
    flushing = layers.memtables.count
    return flush
  }

  /// Puts the new run in the place of what it holds; what was written since stays in memory.
  ///
  /// The run is durable except for its directory entry: the caller syncs the directory and commits the
  /// manifest.
  ///
  /// - Parameter result: What `flush.perform()` came to.
  /// - Returns: What to change in the manifest.
  /// - Throws: what the work failed with; the table's content is unchanged then.
  public func finishFlush(
    _ flush: TableFlush, _ result: Result<Run?, StoreError>
  ) throws(StoreError) -> RunEdit {
    precondition(
      flush.table == id && flushing > 0, "a flush is finished by the table that began it")
    let written = flushing
    flushing = 0
    let run = try result.get()
    var edit = RunEdit(removed: flush.taken.map(\.entry.file))
    layers.runs.removeSubrange(flush.kept...)
    if let run {
      layers.runs.append(run)
      edit.added = [run.entry]
    }
    layers.memtables.removeFirst(written)
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
}
