// An input on its way to the thread that writes, and what becomes of it.

import Bytes
import Engine
import Events
import Storage

/// A request's events, parsed.
struct LiveInput: Sendable {
  let source: SourceID
  let batch: EventBatch
  let matches: EventMatches
  /// The rules that it was parsed by.
  let generation: UInt64
  /// Whether each line's verdict is to be returned.
  let wantsVerdicts: Bool
  /// Called once, on the thread that writes.
  let reply: @Sendable (Result<LiveOutcome, LiveFailure>) -> Void
}

/// Why an input did not come in.
enum LiveFailure: Error {
  /// It was parsed by rules that no longer hold, and has to be parsed again.
  case stale
  /// The store refused; what has no verdict can be sent again.
  case store(StoreError)
}
