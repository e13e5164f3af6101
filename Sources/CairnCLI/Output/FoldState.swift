// How far a folding of the log has come, in words: for what derives everything again.

import Bytes
import Engine

/// A folding of the log: `120,345 of 300,000 records folded (40%), 1.2 s`.
struct FoldState: ProgressState {
  let progress: LogProgress
  let elapsed: Milliseconds

  var fraction: Double? { progress.fraction }

  var summary: String {
    "\(Quantity.count(progress.records)) of "
      + Quantity.counted(Int(clamping: progress.recordsTotal), "record", "records")
      + " folded (\(Int((fraction ?? 1) * 100))%), \(Quantity.duration(elapsed))"
  }
}
