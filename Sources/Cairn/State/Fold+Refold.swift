// Inputs that change what all of the log means: the state that they find ends with them, and in the one that
// follows all of the log is folded by what they say.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension Fold {
  /// Whether this is the state that a record leads to which changes what all of the log means; if not, the record
  /// ends it.
  ///
  /// The decisions of such a record say who the profiles were, for changes recorded before it name them by their
  /// ordinals, and who comes into audiences and goes out of them by it.
  ///
  /// - Throws: `.damagedIndex` if it is neither: derived before the record, and without a successor.
  func isRefolded(
    by cause: MembershipCause, at place: RecordPlace, in context: FoldContext
  ) throws(StoreError) -> Bool {
    if place.sequence <= state.scalars.refoldedAt { return true }
    guard let successor = context.successor else {
      let what = cause == .erasure ? "people have been erased" : "the identity rules have changed"
      throw StoreError(
        .damagedIndex,
        "\(what) with record \(place.sequence.value), and the derived state is that from before")
    }
    decisions.append(try FormerProfiles(of: state.profiles, seed: seed))
    while try !successor.begin(at: place) {}
    try RefoldChanges(from: self, to: successor, at: place.receivedAt, because: cause).visit {
      record($0)
    }
    return false
  }
}

extension Scalars {
  /// Puts an input in force for all of the log, if it is one of those that change what the log means.
  mutating func refold(by input: borrowing Input, at sequence: SequenceNumber) {
    switch input {
    case .identityRules(let record): identityRules = record.rules
    case .erasure(let record): erase(record)
    default: return
    }
    refolds.append(sequence)
  }

  /// Puts an erasure in force for all of the log.
  private mutating func erase(_ record: ErasureRecord) {
    if erased.isEmpty { erased.append(record.check) }
    erased += record.hashes
  }
}
