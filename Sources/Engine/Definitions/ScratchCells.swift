// Definitions tried out: the history is folded for them into separate cells, next to the store's
// state, and who satisfies them is counted without anything being changed.

import Audiences
import Bytes
import Profiles
import Storage

/// The store's profiles with other cells.
package struct ScratchProfiles: ProfileState {
  let present: ProfileTables
  package let homeCells: RowTable
  package let cells: Table

  package var identifiers: Table { present.identifiers }
  package var identifierRows: RowTable { present.identifierRows }
  package var profiles: RowTable { present.profiles }
  package var profileIDs: Table { present.profileIDs }
  package var links: Table { present.links }
  package var neighbours: Table { present.neighbours }
  package var homeEvents: Table { present.homeEvents }
  package var accountMembers: Table { present.accountMembers }
  package var memberTimes: Table { present.memberTimes }
  package var refusals: Table { present.refusals }
  package var identityNotes: Table { present.identityNotes }
  package var profileCount: UInt32 { present.profileCount }
  package var identifierCount: UInt32 { present.identifierCount }
}

extension Store {
  /// Folds the whole history for some slots of a plan, aside, and hands the result to `body`.
  ///
  /// - Parameter onProgress: Called every few thousand records.
  /// - Complexity: one pass over the log; memory stays within a quarter of the budget.
  package func withScratchCells<R>(
    of slots: [Int], _ plan: EvaluationPlan, onProgress: (LogProgress) -> Void = { _ in },
    _ body: (ScratchProfiles) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    let scratch = try State(scalars: Scalars(), runs: RunSource(directory))
    let files = ReplayFiles(directory: directory, state: scratch)
    let backfill = SlotBackfill(slots, of: plan, as: fold)
    let memoryMax = options.memoryBytesMax / 4
    var progress = LogProgress(records: 0, recordsTotal: lastSequence.value)
    try fold.run(
      backfill, from: SequenceNumber(1), before: SequenceNumber(lastSequence.value + 1),
      log: directory.log.view(), into: scratch.profiles
    ) { () throws(StoreError) in
      progress.records = min(progress.records + SlotBackfill.reliefInterval, lastSequence.value)
      onProgress(progress)
      try files.spill(above: memoryMax)
    }
    return try body(
      ScratchProfiles(
        present: fold.state.profiles, homeCells: scratch.profiles.homeCells,
        cells: scratch.profiles.cells))
  }
}
