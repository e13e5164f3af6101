// A refold: an input after which everything is derived again, because it changes what all of the log means.
// Whoever follows memberships is told what comes of it, in the same commit.

import Audiences
import Bytes
import Profiles
import Storage

/// How far a refold has come.
public enum RefoldProgress: Equatable, Sendable {
  /// The log is folded aside, to find out what changes.
  case aside(FoldProgress)
  /// It is in force, and everything is derived again.
  case forGood(FoldProgress)
}

extension Store {
  /// Puts an input in force that changes what the records before it mean, and derives everything again.
  ///
  /// The log is folded aside first. The record then says who the profiles were, for changes recorded before
  /// it name them by their ordinals, and who comes into audiences and goes out of them by it.
  ///
  /// - Parameters:
  ///   - kind: What the record is.
  ///   - scalars: What holds for all of the log from here on.
  ///   - cause: Why memberships change.
  ///   - onProgress: Told now and then how far it has come.
  /// - Returns: How many memberships changed.
  /// - Throws: `.noSpace`, or `.tooLarge` if profiles and changes take more than a record, with nothing changed.
  /// - Complexity: O(log), about twice as long as the ingest took.
  func refold(
    _ kind: RecordKind, _ payload: [UInt8], by scalars: Scalars, because cause: MembershipCause,
    onProgress: @escaping (RefoldProgress) -> Void
  ) throws(StoreError) -> MembershipCounts {
    var scalars = scalars
    scalars.refolds.append(SequenceNumber(lastSequence.value + 1))
    var aside: Fold? = try tellingProgress(to: { onProgress(.aside($0)) }) {
      () throws(StoreError) in try foldAside(scalars).fold
    }
    let before = fold.changes
    try transaction { () throws(StoreError) in
      try prepare(for: payload.count)
      let instant = correctionInstant
      let sequence = try beginRecord(
        kind, receivedAt: instant, source: SourceID(0), payload: payload.span.bytes)
      fold.decisions.append(try FormerProfiles(of: fold.state.profiles, seed: fold.seed))
      if let aside {
        while try !aside.begin(at: sequence, receivedAt: instant) {}
        try RefoldChanges(from: fold, to: aside, at: instant, because: cause).visit {
          fold.record($0)
        }
      }
      endRecord()
      try append()
    }
    let changes = fold.changes - before
    aside = nil
    do throws(StoreError) {
      try rebuildDerived(because: "what the log means has changed") { onProgress(.forGood($0)) }
    } catch {
      // The input is in the log, so the state before it must not be built upon.
      if failure == nil {
        failure = error
        isStateLost = true
      }
      throw error
    }
    return changes
  }
}
