// What a store says of itself without reading anything.

import Profiles
import Storage

extension Store {
  /// Why nothing can be written any more; nil while it can.
  package var writingFailure: StoreError? { failure ?? directory.failure }

  /// Persons and accounts, those included that were merged into others.
  package var profileCount: Int { Int(fold.state.profiles.profileCount) }

  /// Identifiers of all profiles.
  package var identifierCount: Int { Int(fold.state.profiles.identifierCount) }
}
