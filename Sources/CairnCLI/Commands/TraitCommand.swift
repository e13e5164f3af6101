// `cairn trait …`: what is computed about each profile.

import ArgumentParser

/// The commands on traits.
struct TraitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trait",
    abstract: "Look at the computed traits.",
    subcommands: [List.self])

  /// Lists the traits.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the computed traits and their definitions.",
      discussion: """
        Example: cairn trait list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func run() throws { throw CommandFailure.notWired("trait list") }
  }
}
