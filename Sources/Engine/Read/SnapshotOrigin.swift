// What a snapshot has of the open store besides the state: for statistics, and for what tries definitions out.

import Events
import Storage

/// Where a snapshot comes from.
package struct SnapshotOrigin: Sendable {
  /// The store's files as of the snapshot.
  package let manifest: Manifest
  /// Knows all names of the snapshot, and may know more since.
  package let symbols: SymbolTable
  /// Anonymous memory that derived state took, in bytes.
  package let memoryBytes: Int
  let environment: Environment
  /// Recognises people who have been erased; nil if nobody has been.
  let erasureKey: ErasureKey?
  /// Where files without names are made.
  let runFiles: RunFiles
  /// The store's setting, in bytes.
  let memoryBytesMax: Int

  init(_ store: Store) {
    manifest = store.directory.manifest
    symbols = store.symbols
    memoryBytes = store.fold.state.memoryBytes
    environment = store.options.environment
    erasureKey = store.erasureKey
    runFiles = store.directory.runFiles
    memoryBytesMax = store.options.memoryBytesMax
  }
}
