// What a store says of itself without reading anything.

import Bytes
import Profiles
import Storage

extension Store {
  /// Why nothing can be written any more; nil while it can.
  package var writingFailure: StoreError? { failure ?? directory.failure }

  /// The last record that a checkpoint covers: opening folds those after it again.
  package var checkpointSequence: SequenceNumber { directory.manifest.checkpoint }

  /// Persons and accounts, those included that were merged into others.
  package var profileCount: Int { Int(fold.state.profiles.profileCount) }

  /// Identifiers of all profiles.
  package var identifierCount: Int { Int(fold.state.profiles.identifierCount) }
}
