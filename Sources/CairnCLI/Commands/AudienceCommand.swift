// `cairn audience …`: who is in which audience.

import ArgumentParser

/// The commands on audiences.
struct AudienceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audience",
    abstract: "Look at audiences and their members.",
    subcommands: [List.self, Show.self, Members.self])

  /// Lists the audiences.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the audiences with their number of members, as of now.",
      discussion: """
        Example: cairn audience list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func run() throws { throw CommandFailure.notWired("audience list") }
  }

  /// Shows an audience.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an audience: its rule and its size, as of now.",
      discussion: """
        Example: cairn audience show shop active_big
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The audience's name.")
    var audience: String

    @OptionGroup var format: FormatOptions

    func run() throws { throw CommandFailure.notWired("audience show") }
  }

  /// Lists an audience's members.
  struct Members: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the members of an audience, as of now.",
      discussion: """
        Example: cairn audience members shop active_big --limit 20
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The audience's name.")
    var audience: String

    @Option(
      help: ArgumentHelp("The most members to list; all of them unless given.", valueName: "n"))
    var limit: Int?

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard limit ?? 1 >= 1 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() throws { throw CommandFailure.notWired("audience members") }
  }
}
