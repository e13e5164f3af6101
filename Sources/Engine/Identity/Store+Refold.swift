// A refold: an input after which everything is derived again, because it changes what all of the log means.
// Readers of the change feed get the resulting changes, in the same commit.

import Bytes
import Storage

/// How far a refold has come.
public enum RefoldProgress: Equatable, Sendable {
  /// The log is folded separately, to find out what changes.
  case aside(LogProgress)
  /// It is in force, and everything is derived again.
  case forGood(LogProgress)
}

extension Store {
  /// Puts an input in force that changes what the records before it mean, and derives everything again.
  ///
  /// The log is folded separately first. The record then says who the profiles were, for changes recorded before
  /// it name them by their ordinals, and who comes into audiences and goes out of them by it.
  ///
  /// - Parameters:
  ///   - wall: When it was decided, by the machine's clock.
  ///   - onProgress: Called now and then with the progress.
  /// - Returns: How many memberships changed.
  /// - Throws: `.noSpace`, or `.tooLarge` if profiles and changes take more than a record, with nothing changed.
  /// - Complexity: O(log), about twice as long as the ingest took.
  func refold(
    _ input: borrowing Input, at wall: Timestamp,
    onProgress: @escaping (RefoldProgress) -> Void
  ) throws(StoreError) -> MembershipCounts {
    let changes = try end(by: input, at: wall) { onProgress(.aside($0)) }
    do throws(StoreError) {
      try rebuildDerived(because: "what the log means has changed") { onProgress(.forGood($0)) }
    } catch {
      // The input is in the log, so the state before it must not be built upon.
      if failure == nil { condition = .failed(error) }
      throw error
    }
    return changes
  }

  /// Records the input, with what becomes of memberships.
  private func end(
    by input: borrowing Input, at wall: Timestamp, onProgress: @escaping (LogProgress) -> Void
  ) throws(StoreError) -> MembershipCounts {
    var basis = FoldBasis(of: fold.state)
    basis.apply(input, at: SequenceNumber(lastSequence.value + 1))
    var context = FoldContext(log: directory.log.view())
    context.successor = try tellingProgress(to: onProgress) { () throws(StoreError) in
      try foldAside(basis).fold
    }
    let before = fold.changes
    try record(input, receivedAt: decisionInstant(wall), in: context, endsState: true)
    return fold.changes - before
  }
}
