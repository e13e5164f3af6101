// `cairn profile …`: one customer.

import ArgumentParser
import Cairn
import Engine

/// The commands on one profile.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Show, find, split and merge profiles.",
    subcommands: [Show.self, Find.self, Explain.self, Split.self, Merge.self])

  /// Shows a profile.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a person: known and computed traits, audiences, accounts and links.",
      discussion: """
        Example: cairn profile show shop user_id:cdnow-00048 --events 3
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("An identifier of the profile.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument

    @OptionGroup var page: PageOptions

    @Option(
      help: ArgumentHelp("How many accounts to show, latest first, 0 to 10000.", valueName: "n"))
    var accounts = 20

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (0...10_000).contains(accounts) else {
        throw ValidationError("--accounts takes 0 to 10000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let found = try snapshot.page(
        of: snapshot.profile(named: identifier), at: instant.asOf, eventsMax: page.events,
        companionsMax: accounts)
      try console.show(
        json: format.json, text: { try PageText(page: found).text() },
        json: { try found.write(to: &$0) })
    }
  }
}
