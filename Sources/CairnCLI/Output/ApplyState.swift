// How far new definitions have come, in words.

import Bytes
import Engine

/// First the history is read, then profiles are evaluated: `120,345 of 300,000 records of the history (40%), 1.2 s`,
/// and then `2,000 of 8,000 profiles evaluated (25%), 3.4 s`.
struct ApplyState: ProgressState {
  let progress: BackfillProgress
  let elapsed: Milliseconds

  private var isJudging: Bool { progress.profilesTotal > 0 }

  var fraction: Double? {
    guard isJudging else { return progress.log.fraction }
    return Double(progress.profiles) / Double(progress.profilesTotal)
  }

  var summary: String {
    let percent = Int((fraction ?? 1) * 100)
    return (isJudging ? judged : read) + " (\(percent)%), \(Quantity.duration(elapsed))"
  }

  private var read: String {
    "\(Quantity.count(Int(clamping: progress.log.records))) of "
      + Quantity.counted(Int(clamping: progress.log.recordsTotal), "record", "records")
      + " of the history"
  }

  private var judged: String {
    "\(Quantity.count(Int(clamping: progress.profiles))) of "
      + Quantity.counted(Int(clamping: progress.profilesTotal), "profile", "profiles")
      + " evaluated"
  }
}
