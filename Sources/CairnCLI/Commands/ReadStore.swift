// Reaching a store for a command that only reads. It takes no lock, so it works while another process
// writes, and keeps nobody from writing.

import Bytes
import Engine
import Storage

/// What happens to a reading command that encounters a damaged derived file.
enum DamageAnswer {
  /// The derived files are rebuilt from the log, and the command's body runs again.
  ///
  /// Only for bodies that print nothing and consume no input: whatever they did before they met the damage is
  /// done twice.
  case repeated
  /// The command ends with the error.
  case ended
}

/// How a command reaches the store that it reads.
enum ReadingRoute {
  /// Through its files.
  case files(Store)
}

/// Reaches the store of a reading command and hands it to `body`.
///
/// What had to be repaired first is reported on standard error.
///
/// - Parameter answer: What to do when `body` meets a damaged derived file that opening did not.
func withReader<Result>(
  _ target: StoreArgument, onDamage answer: DamageAnswer = .repeated,
  _ body: (Store) throws -> Result
) throws -> Result {
  switch try reach(target) {
  case .files(let store):
    noteKey(of: target.store)
    note(store.opening)
    target.sayRoute(store.route)
    do {
      return try body(store)
    } catch let error as StoreError where error.code == .damagedIndex && answer == .repeated {
      try repair(target.store, after: error) { (writer) throws(StoreError) in
        try writer.rebuildDerived(because: error.description)
      }
      return try body(try Store.openReadOnly(at: target.store))
    }
  }
}

/// Decides how a reading command reaches its store.
///
/// Where the files are not fit to be read as they are, because some are damaged, of another version, or because an
/// erasure was interrupted, the store is opened for writing first, which repairs that, unless another process has it.
private func reach(_ target: StoreArgument) throws(StoreError) -> ReadingRoute {
  do throws(StoreError) { return .files(try Store.openReadOnly(at: target.store)) } catch {
    guard [.damagedIndex, .olderFormat, .outOfOrder].contains(error.code) else { throw error }
    try repair(target.store, after: error)
    return .files(try Store.openReadOnly(at: target.store))
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
