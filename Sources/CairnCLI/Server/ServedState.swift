// Progress of what a server does, in the words of the commands that do it themselves.

import Bytes
import CairnServer
import Engine
import Storage

/// How far a server has come with some work.
struct ServedState: ProgressState {
  let progress: WorkProgress
  let elapsed: Milliseconds

  private var shown: any ProgressState {
    let log = LogProgress(records: progress.done, recordsTotal: progress.total)
    var blanking = BlankProgress()
    switch progress.phase {
    case .reading: return ApplyState(progress: BackfillProgress(log), elapsed: elapsed)
    case .evaluating:
      let state = BackfillProgress(log, profiles: progress.done, profilesTotal: progress.total)
      return ApplyState(progress: state, elapsed: elapsed)
    case .folding: return FoldState(progress: log, elapsed: elapsed)
    case .searching:
      blanking.segments = Int(clamping: progress.total)
      blanking.searched = Int(clamping: progress.done)
    case .rewriting:
      blanking.toRewrite = Int(clamping: progress.total)
      blanking.rewritten = Int(clamping: progress.done)
      blanking.segments = blanking.toRewrite
      blanking.searched = blanking.toRewrite
    case .waiting:
      return EraseState(progress: .waiting(Int(clamping: progress.done)), elapsed: elapsed)
    }
    return EraseState(progress: .blanking(blanking), elapsed: elapsed)
  }

  var fraction: Double? { shown.fraction }

  var summary: String { shown.summary }
}
