// How far a folding of the log has come, in words: for what derives everything again.

import Bytes
import Engine

/// A folding of the log: `120,345 of 300,000 records folded (40%), 1.2 s`.
struct FoldState: ProgressState {
  let progress: LogProgress
  /// What is being done with it, at the end of the words.
  var purpose = ""
  let elapsed: Milliseconds

  var fraction: Double? { progress.fraction }

  var summary: String {
    "\(Quantity.count(progress.records)) of "
      + Quantity.counted(Int(clamping: progress.recordsTotal), "record", "records")
      + " folded\(purpose) (\(Int((fraction ?? 1) * 100))%), \(Quantity.duration(elapsed))"
  }
}

/// A refold, which folds the log twice.
struct RefoldState: ProgressState {
  let progress: RefoldProgress
  let elapsed: Milliseconds

  private var fold: FoldState {
    switch progress {
    case .aside(let progress):
      FoldState(progress: progress, purpose: ", pass 1 of 2", elapsed: elapsed)
    case .forGood(let progress):
      FoldState(progress: progress, purpose: ", pass 2 of 2", elapsed: elapsed)
    }
  }

  var fraction: Double? { fold.fraction }

  var summary: String { fold.summary }
}
