// What a fold needs for some inputs besides its state.

import Storage

/// What a fold may look at when it takes in an input.
package struct FoldContext {
  /// Holds the records that the input is about: for definitions all before it, for lines of the quarantine
  /// those that it names.
  let log: LogView
  /// Reads single records of `log`.
  let cursor = LogCursor()
  /// The cells of new aggregates as far as they were made separately; a replay has none.
  var made: SideCells.Result?
  /// Called now and then with how many profiles have been judged, and of how many.
  var onJudged: (UInt32, UInt32) -> Void = { _, _ in }
  /// The state that an input leads to which changes what all of the log means; nil in a replay, whose state is
  /// that one already.
  var successor: Fold?

  init(log: LogView) { self.log = log }
}
