// Where state that is folded separately, to verify, to preview or to fill new aggregates, puts what does not
// fit into memory: run files that lose their names at once. They are read through their maps, and
// nothing of them remains, however the process ends.

import Audiences
import Bytes
import Storage

/// Moves tables that are not part of the store's state out of memory; for any thread.
struct NamelessRuns: Sendable {
  let files: RunFiles

  /// Moves all that a table holds in memory into a file.
  ///
  /// - Throws: `.noSpace` and the like if it cannot be written; the table is unchanged then.
  func flush(_ table: any DerivedTable) throws(StoreError) {
    let edit = try table.flush(to: files.directory, fileSystem: files.fileSystem) {
      files.allocateNumber()
    }
    // A name that stays is removed by the next opening, as no manifest lists it.
    for run in edit.added { try? files.fileSystem.remove(files.tablePath(run.file)) }
  }

  /// Moves all that a state holds in memory into files.
  ///
  /// - Throws: As for a table.
  func spill(_ state: State) throws(StoreError) {
    try state.memberships.sealBitmaps()
    for table in state.tables { try flush(table) }
    try flush(state.memberships.timers, now: state.scalars.logicalNow)
  }

  /// As for a table.
  func flush(_ timers: TimerQueue, now: Timestamp) throws(StoreError) {
    let edit = try timers.flush(now: now, to: files.directory, fileSystem: files.fileSystem) {
      files.allocateNumber()
    }
    for run in edit.added { try? files.fileSystem.remove(files.timerPath(run.file)) }
  }
}
