// What must be known before the first record is folded.

import Bytes
import Profiles
import Storage

/// What holds for all of the log, wherever it is recorded: a state is folded by it from the first record on.
package struct FoldBasis {
  /// Scalars with nothing folded yet.
  package var scalars: Scalars
  /// What is kept of erased identifiers; see `State.erased`.
  private(set) var erased: [Hash128] = []

  /// The basis of a log that has no input which changes what all of it means.
  init(_ scalars: Scalars) { self.scalars = scalars }

  /// The basis of another state.
  package init(of state: State) {
    scalars = Scalars()
    scalars.identityRules = state.scalars.identityRules
    scalars.refolds = state.scalars.refolds
    erased = state.erased.elements
  }

  /// Puts an input in force for all of the log, if it is one of those that change what the log means.
  mutating func apply(_ input: borrowing Input, at sequence: SequenceNumber) {
    switch input {
    case .identityRules(let record): scalars.identityRules = record.rules
    case .erasure(let record):
      if erased.isEmpty { erased.append(record.check) }
      erased += record.hashes
    default: return
    }
    scalars.refolds.append(sequence)
  }
}
