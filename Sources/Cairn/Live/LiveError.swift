// Why a live store did not do what it was asked for.

import Events
import Storage

/// What a live store answers when it cannot do something.
public enum LiveError: Error, Sendable {
  /// More waits than there is memory for; try again after so many seconds.
  case overloaded(retryAfterSeconds: Int)
  /// The store is being closed.
  case draining
  /// The store refused.
  case store(StoreError)
  /// The input is in no form that is read.
  case format(InputFormatError)
  /// The input as a whole is not valid JSON; nothing of it is kept.
  case malformed(EventProblem)
  /// The input holds more events than one request may; holds the limit.
  case tooManyEvents(Int)
}
