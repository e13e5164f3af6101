// Records of the log, folded again: after a crash, after damage to derived files, and to verify.

import Bytes
import Storage

/// Folds records as they come from the log and compares the decisions with those recorded.
package struct Replay {
  package let fold: Fold
  private(set) var recordCount: UInt64 = 0
  /// Records whose decisions came out differently from those that are stored with them.
  private(set) var differingDecisions: UInt64 = 0
  private(set) var firstDifference: SequenceNumber?

  /// Bytes of the records folded.
  private(set) var byteCount = 0
  /// Whether all timers due at the logical now have fired, so that a checkpoint may stand here.
  private(set) var isSettled = true

  private let context: FoldContext

  init(fold: Fold, log: LogView) {
    self.fold = fold
    context = FoldContext(log: log)
  }

  /// What is read.
  var log: LogView { context.log }

  /// Folds the next record.
  mutating func apply(_ record: borrowing RecordView) throws(StoreError) {
    recordCount += 1
    byteCount += record.payload.byteCount + record.decisions.byteCount
    let input = try Input(record)
    let place = RecordPlace(of: record)
    try begin(input, at: place)
    try fold.apply(input, at: place, in: context)
    compare(fold.decisions.bytes, record.decisions, at: record.sequence)
  }

  /// Starts a record as the writer did.
  ///
  /// Where more timers are due than one record takes, the ticks that took them come before it. In another
  /// state than the one they were written in they need not be there, or take others, so all that is left
  /// fires here.
  private mutating func begin(
    _ input: borrowing Input, at place: RecordPlace
  ) throws(StoreError) {
    let isTickInForce = input.kind == .tick && place.sequence > fold.state.scalars.refoldedAt
    repeat {
      isSettled = try fold.begin(at: place)
    } while !isSettled && !isTickInForce
  }

  private mutating func compare(
    _ derived: [UInt8], _ recorded: RawSpan, at sequence: SequenceNumber
  ) {
    // What was decided up to the last refold was decided in another state.
    guard sequence > fold.state.scalars.refoldedAt,
      !derived.span.bytes.elementsEqual(recorded)
    else { return }
    differingDecisions += 1
    firstDifference = firstDifference ?? sequence
  }
}
