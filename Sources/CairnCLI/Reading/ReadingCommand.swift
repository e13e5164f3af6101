// Commands that only read: each is one function from a state to what is shown of it, run by this process on the
// store's files or by the server that holds the store.

import ArgumentParser
import Engine

/// A command that only reads a store.
///
/// `CairnCommand.main` runs it by `ReadingRun`, which gives it a state and a console. It must not look at anything
/// else, neither files nor variables: a server runs it for a client in another place.
protocol ReadingCommand: ParsableCommand {
  /// The store.
  var target: StoreArgument { get }

  /// The path that data are to be written to, apart from what is shown; nil for standard output.
  var dataPath: String? { get }

  /// Finds what is asked for and shows it.
  ///
  /// - Throws: What `Ending` reports.
  func read(_ snapshot: Snapshot, on console: any Console) throws
}

extension ReadingCommand {
  var dataPath: String? { nil }
}
