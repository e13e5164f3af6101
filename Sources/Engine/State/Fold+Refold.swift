// Inputs that change what all of the log means: the state that they find ends with them, and in the one that
// follows all of the log is folded by what they say.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension Fold {
  /// Ends the state with a record that changes what all of the log means, unless the state is already the one that
  /// the record led to.
  ///
  /// The decisions of such a record say who the profiles were, for changes recorded before it name them by their
  /// ordinals, and who comes into audiences and goes out of them by it.
  ///
  /// - Returns: Whether it ended; if not, the record is one like others.
  /// - Throws: `.damagedIndex` if the state was derived before the record and has no successor.
  func end(
    by cause: MembershipCause, at place: RecordPlace, in context: FoldContext
  ) throws(StoreError) -> Bool {
    if place.sequence <= state.scalars.refoldedAt { return false }
    guard let successor = context.successor else {
      let what = cause == .erasure ? "people have been erased" : "the identity rules have changed"
      throw StoreError(
        .damagedIndex,
        "\(what) with record \(place.sequence.value), but the derived state is older")
    }
    decisions.append(try FormerProfiles(of: state.profiles, seed: seed))
    while try !successor.begin(at: place) {}
    try RefoldChanges(from: self, to: successor, at: place.receivedAt, because: cause).visit {
      record($0)
    }
    return true
  }
}
