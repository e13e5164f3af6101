// The entry point: the root command, and the one place where an error becomes a line on standard
// error and an exit status.

import ArgumentParser
import CProcess
import Glibc

/// The `cairn` command.
@main
struct CairnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cairn",
    abstract: "A customer data platform in one binary and one directory.",
    discussion: """
      A store is a directory. The first argument of every command is its path; if the variable CAIRN_STORE \
      or the option --store names it, that argument is omitted.

      Example: orders in, an audience out.
        cairn init shop
        cairn apply shop definitions.yaml
        cairn ingest shop orders.ndjson --clock events
        cairn audience members shop active_big

      Exit status: 0 success; 1 problems were found (lines that were not accepted, damage), or the requested \
      object does not exist; 2 wrong usage; 3 the store, a file or the system refused.
      """,
    version: ProgramVersion.text,
    subcommands: [
      InitCommand.self, PlanCommand.self, ApplyCommand.self, IngestCommand.self, TickCommand.self,
      ServeCommand.self, SourceCommand.self, KeyCommand.self,
      QuarantineCommand.self, TrackingCommand.self,
      ProfileCommand.self, AccountCommand.self, IdentityCommand.self, TraitCommand.self,
      AudienceCommand.self, ConsentCommand.self,
      ExportCommand.self, ChangesCommand.self, TailCommand.self, DestinationCommand.self,
      DeliverCommand.self,
      EraseCommand.self, ErasuresCommand.self,
      CompactCommand.self, StatsCommand.self, VerifyCommand.self, RebuildCommand.self,
      GenerateCommand.self,
    ])

  static func main() {
    do {
      ProcessSetup.prepare()
      let line = try command(
        for: ProcessSetup.arguments(), storeVariable: ProcessSetup.variable(StoreArgument.variable))
      if let reading = line.command as? any ReadingCommand {
        try ReadingRun(words: line.words).run(reading)
      } else {
        var command = line.command
        try command.run()
      }
      Glibc.exit(ExitStatus.fine.rawValue)
    } catch {
      let ending = Ending.of(error)
      if ending.isReaderGone { cairn_end_as_broken_pipe() }
      ending.report()
      Glibc.exit(ending.status.rawValue)
    }
  }

  /// Reads a command line.
  ///
  /// - Returns: The command, and the words that name it with the store among them wherever it was named.
  /// - Throws: What `Ending` reports.
  static func command(
    for words: [String], storeVariable: String?
  ) throws -> (command: any ParsableCommand, words: [String]) {
    let route = try CommandRoute(words, storeVariable: storeVariable)
    let command: any ParsableCommand
    do {
      command = try parseAsRoot(route.words)
    } catch  where route.isStoreFromVariable && exitCode(for: error) == .validationFailure {
      throw CommandFailure(
        status: .usage, what: Ending.phrase(of: error),
        remedy: "\(StoreArgument.variable) names the store, so that no argument does; see "
          + "'\(route.name) --help'")
    }
    let subcommands = type(of: command).configuration.subcommands
    guard subcommands.isEmpty else {
      let isRoot = route.path.count == 1
      let names = subcommands.map { $0._commandName }.joined(separator: ", ")
      throw CommandFailure(
        status: .usage,
        what: isRoot ? "a command is needed" : "'\(route.name)' needs one of: \(names)",
        remedy: "see '\(route.name) --help'")
    }
    return (command, route.words)
  }
}
