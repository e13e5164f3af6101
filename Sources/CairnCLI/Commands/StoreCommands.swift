// The commands on the store as a whole: `cairn stats`, `cairn verify`, `cairn rebuild`.

import ArgumentParser

/// Prints what the store holds.
struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Print what the store holds: records, verdicts, profiles, files and sizes.",
    discussion: """
      Example: cairn stats shop --json
      """)

  @OptionGroup var target: StoreArgument
  @OptionGroup var format: FormatOptions

  func run() throws { throw CommandFailure.notWired("stats") }
}

/// Checks the store.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every file of the store. Changes nothing.",
    discussion: """
      Reads every block and checks it. With --replay, the state is computed again from the log \
      alone and compared. The exit status is 1 if anything is damaged or differs.

      Example: cairn verify shop --replay
      """)

  @OptionGroup var target: StoreArgument

  @Flag(help: "Also compute the state again from the log, and compare.")
  var replay = false

  @OptionGroup var format: FormatOptions

  func run() throws { throw CommandFailure.notWired("verify") }
}

/// Makes the derived files again.
struct RebuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Make the derived files again from the log.",
    discussion: """
      For a store whose indexes are damaged or missing. The log is only read; answers stay the \
      same.

      Example: cairn rebuild shop
      """)

  @OptionGroup var target: StoreArgument

  func run() throws { throw CommandFailure.notWired("rebuild") }
}
