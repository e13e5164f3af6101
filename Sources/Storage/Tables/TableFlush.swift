// The work of a flush as a value of its own: it reads layers that nobody changes any more, so any thread
// can do it.

import Bytes

/// Layers of one table on their way into a run file.
public struct TableFlush: Sendable {
  let table: UInt16
  /// The memtables of the table as the flush began.
  let memtables: [Memtable]
  /// The number of oldest runs that are left alone.
  let kept: Int
  /// The runs that the new one takes in.
  let taken: ArraySlice<Run>
  let number: UInt64
  let directory: String
  let fileSystem: any FileSystem

  /// Writes the run, on any thread and once; the result belongs to `Table.finishFlush`.
  ///
  /// - Returns: The run, nil if nothing was left to write. Else `.noSpace`, `.io`, `.readOnly` if the run
  ///   cannot be written, `.damagedIndex` if a run taken in is damaged, `.tooLarge` if the fragments of a
  ///   key exceed 512 MiB; the partial file is removed as far as possible.
  /// - Complexity: O(entries put together), sequential reads and writes; one sync. Holds four bytes an
  ///   entry in memory and a few hundred kilobytes.
  public func perform() -> Result<Run?, StoreError> {
    do throws(StoreError) { return .success(try run()) } catch { return .failure(error) }
  }

  private func run() throws(StoreError) -> Run? {
    let file = try RunFileBuilder.create(Run.fileName(number), in: directory, fileSystem) {
      (file) throws(StoreError) in try write(to: file)
    }
    guard let file else { return nil }
    let entry = RunEntry(
      table: table, file: number, byteCount: UInt64(file.layout.byteCount),
      entryCount: UInt64(file.layout.entryCount),
      level: taken.map(\.entry.level).max().map { $0 == 255 ? 255 : $0 + 1 } ?? 0)
    return try Run(entry, file)
  }

  private func write(to file: any File) throws(StoreError) -> RunLayout? {
    let entriesMax =
      memtables.reduce(0) { $0 + $1.count }
      + taken.reduce(0) { $0 + Int($1.entry.entryCount) }
    var writer: RunWriter
    do {
      writer = try RunWriter(file, table: table, number: number, entriesMax: entriesMax)
    } catch {
      throw StoreError(error)
    }
    var merge = try MergeCursor(taken, memtables, isBottom: kept == 0)
    while try merge.next({ (key, state, value) throws(StoreError) in
      // Nothing is below the oldest run, so nothing needs hiding there.
      if state == .tombstone, kept == 0 { return }
      try writer.append(key, state, value)
    }) {}
    return try writer.finish()
  }
}
