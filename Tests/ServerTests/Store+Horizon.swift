// A store whose beginning is gone, without an erasure.

import Storage

@testable import Engine

extension Store {
  /// Makes the last record the horizon.
  func setHorizonForTest() throws(StoreError) {
    let last = lastSequence
    try directory.commit { $0.horizon = last }
  }
}
