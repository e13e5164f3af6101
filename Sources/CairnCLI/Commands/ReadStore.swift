// Reading a store by its files. That takes no lock, so it works while another process writes, and keeps nobody from
// writing.

import Bytes
import Engine
import Storage

/// Reaches the files of a store that a command reads and hands it to `body`.
///
/// What had to be repaired first is reported on standard error.
///
/// - Parameters:
///   - reason: Why the store is not reached in another way, for those who want to know.
///   - mayRepeat: Whether, when `body` meets a damaged derived file that opening did not, the derived files are
///     rebuilt and it runs again: not if it has printed something, or consumed input.
func withReader<Result>(
  _ target: StoreArgument, afterTrying reason: String? = nil, mayRepeat: () -> Bool = { true },
  _ body: (Store) throws -> Result
) throws -> Result {
  let store = try openForReading(target.store)
  noteKey(of: target.store)
  note(store.opening)
  target.sayRoute([reason, store.route].compactMap(\.self).joined(separator: "; "))
  do {
    return try body(store)
  } catch let error as StoreError where error.code == .damagedIndex && mayRepeat() {
    try repair(target.store, after: error) { (writer) throws(StoreError) in
      try writer.rebuildDerived(because: error.description)
    }
    return try body(try Store.openReadOnly(at: target.store))
  }
}

/// Opens the files of a store for reading.
///
/// Where they are not fit to be read as they are, because some are damaged, of another version, or because an erasure
/// was interrupted, the store is opened for writing first, which repairs that, unless another process has it.
private func openForReading(_ path: String) throws(StoreError) -> Store {
  do throws(StoreError) { return try Store.openReadOnly(at: path) } catch {
    guard [.damagedIndex, .olderFormat, .outOfOrder].contains(error.code) else { throw error }
    try repair(path, after: error)
    return try Store.openReadOnly(at: path)
  }
}

/// Opens a store for writing, which repairs it, and closes it again; reports what was done.
///
/// - Throws: `reason` if another process has the store, or it may not be written to.
private func repair(
  _ path: String, after reason: StoreError,
  _ work: (Store) throws(StoreError) -> Void = { (_) throws(StoreError) in }
) throws(StoreError) {
  let store: Store
  do throws(StoreError) { store = try Store.open(at: path) } catch {
    throw [.locked, .readOnly].contains(error.code) ? reason : error
  }
  defer { note(store.opening) }
  do throws(StoreError) {
    // Opening may have done it already.
    if store.opening.rebuiltBecause == nil { try work(store) }
    try store.close()
  } catch {
    try? store.close()
    throw error
  }
}

extension Store {
  /// How a store that is open for reading was reached.
  fileprivate var route: String {
    let folded = Quantity.counted(Int(clamping: opening.replayedRecords), "record", "records")
    return "read-only: checkpoint at record \(Quantity.count(checkpointSequence.value)), "
      + "\(folded) of the log folded"
  }
}
