// Files of derived state that no manifest lists yet: they count once a checkpoint lists them, and until then they
// are not part of the store.

import Audiences
import Bytes
import Profiles
import Storage

/// Run files that have been written since the manifest last listed those of a state.
struct PendingRuns {
  /// Those of tables.
  private(set) var tables = RunEdit()
  /// Those of the timer queue.
  private(set) var timers = RunEdit()

  /// No files.
  init() {}

  /// The numbers of the files.
  var files: [UInt64] { (tables.added + timers.added).map(\.file) }

  /// Moves all that a state holds in memory into files.
  ///
  /// - Throws: `.noSpace` and the like if a file cannot be written; what is not in one stays in memory.
  mutating func spill(_ state: State, to files: RunFiles) throws(StoreError) {
    try state.memberships.sealBitmaps()
    for table in state.tables {
      let edit = try table.flush(to: files.directory, fileSystem: files.fileSystem) {
        files.allocateNumber()
      }
      add(edit, of: files)
    }
    try spillTimers(of: state, to: files)
  }

  /// As above for the timers alone.
  mutating func spillTimers(of state: State, to files: RunFiles) throws(StoreError) {
    let edit = try state.memberships.timers.flush(
      now: state.scalars.logicalNow, to: files.directory, fileSystem: files.fileSystem
    ) { files.allocateNumber() }
    for file in timers.append(edit) { try? files.fileSystem.remove(files.timerPath(file)) }
  }

  /// Takes in the files of a table that were written elsewhere.
  mutating func add(_ edit: RunEdit, of files: RunFiles) {
    for file in tables.append(edit) { try? files.fileSystem.remove(files.tablePath(file)) }
  }

  /// Lists the files in a manifest.
  func apply(to manifest: inout Manifest) {
    tables.apply(to: &manifest.tableRuns)
    timers.apply(to: &manifest.timerRuns)
  }

  /// Notes that these are all the files of a state, which replaces the one that the manifest lists.
  mutating func replace(_ manifest: Manifest) {
    tables.removed += manifest.tableRuns.map(\.file)
    timers.removed += manifest.timerRuns.map(\.file)
  }

  /// Removes the files; one that stays is removed at the next opening, as no manifest lists it.
  func remove(of files: RunFiles) {
    for run in tables.added { try? files.fileSystem.remove(files.tablePath(run.file)) }
    for run in timers.added { try? files.fileSystem.remove(files.timerPath(run.file)) }
  }
}

extension RunEdit {
  /// Adds a later edit to this one.
  ///
  /// - Returns: The files of runs that came and went in between, which no manifest ever listed.
  fileprivate mutating func append(_ later: RunEdit) -> [UInt64] {
    let gone = Set(later.removed).intersection(added.map(\.file))
    added.removeAll { gone.contains($0.file) }
    added.append(contentsOf: later.added)
    removed.append(contentsOf: later.removed.filter { !gone.contains($0) })
    return gone.sorted()
  }
}
