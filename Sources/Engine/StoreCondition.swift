// How the state of an open store stands to its log.

import Storage

/// Whether a store has a state to read and to build upon.
enum StoreCondition {
  /// The state is that of the last commit.
  case settled
  /// The state holds what is not durable in the log yet.
  case ahead
  /// There is no state: it is being read back from the disk, or folded again.
  case lost
  /// There is no state, and nothing more comes in until the store is opened again, or has space again.
  case failed(StoreError)

  /// Whether the state holds what is not durable in the log yet.
  var isAhead: Bool {
    if case .ahead = self { return true }
    return false
  }

  /// Why nothing more comes in; nil while the store works.
  var failure: StoreError? {
    if case .failed(let error) = self { return error }
    return nil
  }
}
