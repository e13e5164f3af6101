// A refold: an input after which everything is derived again, because it changes what all of the log means.
// Readers of the change feed get the resulting changes, in the same commit.

import Bytes
import Storage

extension Store {
  /// Puts an input in force that changes what the records before it mean, and derives everything again.
  ///
  /// The log is folded into a separate state first, which becomes the store's own once the input is recorded. The
  /// record says who the profiles were, for changes recorded before it name them by their ordinals, and who comes
  /// into audiences and goes out of them by it.
  ///
  /// A crash before the record leaves files that no manifest lists, and one after it a state that is older than the
  /// record, which opening folds again.
  ///
  /// - Parameters:
  ///   - wall: When it was decided, by the machine's clock.
  ///   - onProgress: Called now and then with the progress.
  /// - Returns: How many memberships changed.
  /// - Throws: `.noSpace`, or `.tooLarge` if profiles and changes take more than a record, with nothing changed.
  /// - Complexity: O(log), about as long as the ingest took.
  func refold(
    _ input: borrowing Input, at wall: Timestamp,
    onProgress: @escaping (LogProgress) -> Void
  ) throws(StoreError) -> MembershipCounts {
    finishCheckpointOrNote()
    let last = lastSequence
    let files = directory.runFiles
    var runs = PendingRuns()
    let before = fold.changes
    let successor: Fold
    let sequence: SequenceNumber
    do throws(StoreError) {
      successor = try tellingProgress(to: onProgress) { () throws(StoreError) in
        var basis = FoldBasis(of: fold.state)
        basis.apply(input, at: SequenceNumber(last.value + 1))
        return try foldAside(basis) { (state) throws(StoreError) in
          try runs.spill(state, to: files)
        }.fold
      }
      sequence = try end(by: input, at: wall, for: successor)
    } catch {
      runs.remove(of: files)
      throw error
    }
    let changes = fold.changes - before
    // Ticks may have come before the record.
    successor.state.scalars.refolds[successor.state.scalars.refolds.count - 1] = sequence
    do throws(StoreError) { try become(successor, after: last, runs) } catch {
      // The input is in the log, so the state before it must not be built upon.
      if failure == nil { condition = .failed(error) }
      throw error
    }
    return changes
  }

  /// Records the input, with what becomes of memberships.
  private func end(
    by input: borrowing Input, at wall: Timestamp, for successor: Fold
  ) throws(StoreError) -> SequenceNumber {
    var context = FoldContext(log: directory.log.view())
    context.successor = successor
    return try record(input, receivedAt: decisionInstant(wall), in: context, endsState: true)
  }

  /// Makes another state of the log that of the store.
  ///
  /// - Parameters:
  ///   - last: The last record folded into it; what follows is folded here.
  ///   - runs: The files that it is in, as far as it is not in memory.
  private func become(
    _ successor: Fold, after last: SequenceNumber, _ runs: PendingRuns
  ) throws(StoreError) {
    condition = .lost
    removePendingRuns()
    pendingRuns = runs
    pendingRuns.replace(directory.manifest)
    fold = successor
    fold.relieve = { [unowned self] () throws(StoreError) in try spillIfFull() }
    try replayTail(after: last)
    condition = .settled
    try checkpointIfThereIsSpace()
  }
}
