// Whether a store may still be written to. Shared by everything that writes, because after a failed
// write or sync nobody knows what the disk holds until the store is opened again.

/// The first failure that ended writing permanently.
final class WriterHealth {
  private(set) var failure: StoreError?

  /// The health of a handle that may write.
  init() {}

  /// The health of a handle that may not.
  init(refusing error: StoreError) { failure = error }

  /// Throws the failure, if there was one.
  func check() throws(StoreError) {
    if let failure { throw failure }
  }

  /// Ends writing and returns the error that every later write will throw.
  func poison(_ error: IOError) -> StoreError {
    if let failure { return failure }
    let cause = StoreError(
      .poisoned,
      "writing stopped because the \(error); "
        + "reads continue; reopen the store to write again once the disk is repaired",
      file: error.path)
    failure = cause
    return cause
  }

  /// Ends writing after a file that was just written could not be read back.
  func poison(_ error: StoreError) -> StoreError {
    if let failure { return failure }
    let cause = StoreError(
      .poisoned, "writing stopped: \(error.message)", file: error.file, offset: error.offset)
    failure = cause
    return cause
  }

  /// Ends writing because the handle was closed.
  func close() {
    if failure == nil {
      failure = StoreError(.outOfOrder, "this handle is closed; open the store again")
    }
  }
}
