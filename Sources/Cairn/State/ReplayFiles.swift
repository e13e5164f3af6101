// Where a state that is folded aside, to verify or to preview, puts what does not fit into memory.

import Audiences
import Bytes
import Storage

/// The temporary run files of a replay, so that it takes no more memory than the store itself.
///
/// No manifest ever lists them: should the process die, the next opening removes them.
final class ReplayFiles {
  private let directory: StoreDirectory
  private let state: State
  private var tables: [UInt64] = []
  private var timers: [UInt64] = []

  init(directory: StoreDirectory, state: State) {
    self.directory = directory
    self.state = state
  }

  func spill(above memoryMax: Int) throws(StoreError) {
    guard state.memoryBytes > memoryMax else { return }
    for table in state.tables {
      let edit = try table.flush(to: directory.path, fileSystem: directory.fileSystem) {
        directory.allocateFileNumber()
      }
      tables += edit.added.map(\.file)
    }
    let edit = try state.memberships.timers.flush(
      now: state.scalars.logicalNow, to: directory.path, fileSystem: directory.fileSystem
    ) { directory.allocateFileNumber() }
    timers += edit.added.map(\.file)
  }

  func remove() {
    let paths = tables.map(directory.tableRunPath) + timers.map(directory.timerRunPath)
    for path in paths { try? directory.fileSystem.remove(path) }
  }
}
