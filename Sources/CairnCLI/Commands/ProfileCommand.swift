// `cairn profile …`: one customer.

import ArgumentParser
import Cairn

/// The commands on one profile.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Look at one profile, and decide who is who.",
    subcommands: [Show.self, Explain.self, Split.self, Merge.self])

  /// Shows a profile.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a profile: identifiers, traits, audiences and links, as of now or later.",
      discussion: """
        Example: cairn profile show shop user_id:cdnow-00048 --events 3
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("An identifier of the profile.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument

    @Option(
      help: ArgumentHelp("How many of the latest events to show, 0 to 10000.", valueName: "n"))
    var events = 0

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (0...10_000).contains(events) else {
        throw ValidationError("--events takes 0 to 10000")
      }
    }

    func run() throws {
      let report = try withStore(target.store, onDamage: .repeated) { store in
        let snapshot = try store.snapshot()
        guard let wanted = Identifier("\(identifier.type):\(identifier.value)"),
          let profile = try snapshot.profile(of: wanted)
        else {
          throw CommandFailure(
            status: .problemsFound, what: "no profile has this identifier",
            remedy: "check its type and value")
        }
        return try snapshot.report(profile, at: instant.asOf, eventsMax: events)
      }
      let shown = ProfileText(report: report)
      try show(json: format.json, text: { try shown.text() }, json: { try shown.write(to: &$0) })
    }
  }
}
