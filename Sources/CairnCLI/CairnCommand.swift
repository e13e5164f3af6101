// The entry point: the root command, and the one place where an error becomes a line on standard
// error and an exit status.

import ArgumentParser
import Glibc

/// The `cairn` command.
@main
struct CairnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cairn",
    abstract: "A customer data platform in one binary and one directory.",
    discussion: """
      A store is a directory. The first argument of every command is its path.

      Example: orders in, an audience out.
        cairn init shop
        cairn apply shop definitions.yaml
        cairn ingest shop orders.ndjson --clock events
        cairn audience members shop active_big

      Exit status: 0 fine; 1 problems were found (lines that were not accepted, damage); 2 wrong \
      usage; 3 the store, a file or the system refused.
      """,
    version: "0.1.0-dev",
    subcommands: [
      InitCommand.self, PlanCommand.self, ApplyCommand.self, IngestCommand.self, TickCommand.self,
      QuarantineCommand.self, TrackingCommand.self,
      ProfileCommand.self, AccountCommand.self, IdentityCommand.self, TraitCommand.self,
      AudienceCommand.self,
      ExportCommand.self, ChangesCommand.self, DestinationCommand.self, DeliverCommand.self,
      EraseCommand.self, ErasuresCommand.self,
      CompactCommand.self, StatsCommand.self, VerifyCommand.self, RebuildCommand.self,
      GenerateCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
      Glibc.exit(ExitStatus.fine.rawValue)
    } catch {
      let ending = Ending.of(error)
      ending.report()
      Glibc.exit(ending.status.rawValue)
    }
  }
}
