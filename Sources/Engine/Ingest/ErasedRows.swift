// The rows of a batch that name somebody who has been erased, judged before any of them is taken in: names that
// only they use are not to get into the log.

import Bytes
import Events
import Storage

/// What an erasure makes of the rows of one batch.
struct ErasedRows {
  private var judged: [Int: ErasureJudgement] = [:]

  /// Whether every row is untouched, as always while nobody has been erased.
  var isEmpty: Bool { judged.isEmpty }

  /// What is made of a row.
  subscript(index: Int) -> ErasureJudgement { judged[index] ?? .untouched }

  /// Judges the rows of a batch.
  mutating func judge(_ parsed: borrowing EventBatch, by fold: Fold) throws(StoreError) {
    judged.removeAll(keepingCapacity: true)
    guard fold.erased != nil else { return }
    for index in parsed.rows.indices {
      let judgement = try fold.judge(parsed.rows[index], of: parsed)
      if judgement != .untouched { judged[index] = judgement }
    }
  }
}
