// `cairn trait …`: what is computed about each profile.

import ArgumentParser
import Cairn
import Engine

/// The commands on traits.
struct TraitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trait",
    abstract: "Show the computed traits.",
    subcommands: [List.self, Explain.self])

  /// Lists the traits.
  struct List: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the computed traits and their definitions.",
      discussion: """
        Example: cairn trait list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      var table = OutputTable([.init("trait"), .init("definition")])
      for report in snapshot.traitReports { table.add([.text(report.name), .text(report.text)]) }
      try console.show(json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }

  /// Explains a trait.
  struct Explain: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explain the parts of a trait, and its value for a profile with the events.",
      discussion: """
        Example: cairn trait explain shop ltv user_id:cdnow-00048
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The trait's name.")
    var trait: String

    @Argument(
      help: ArgumentHelp("An identifier of a profile.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument?

    @Option(
      help: ArgumentHelp("The maximum number of events to show for each aggregate.", valueName: "n")
    )
    var events = 5

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (0...10_000).contains(events) else {
        throw ValidationError("--events takes 0 to 10000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let profile = try identifier.map { try snapshot.profile(named: $0) }
      let found = try snapshot.explain(trait: trait, profile, at: instant.asOf, eventsMax: events)
      let names = try found.explanation.map { try snapshot.names(ofMembersIn: $0) } ?? [:]
      try console.show(
        json: format.json, text: { try Self.text(found, names) },
        json: { try found.write(names, to: &$0) })
    }

    private static func fields(_ found: TraitExplanation) -> FieldList {
      var fields = FieldList()
      fields.add("trait", .text(found.name))
      fields.add("definition", .text(found.text))
      fields.add("entity", .text(found.isAccount ? "account" : "person"))
      fields.add("type", .text(found.type))
      fields.add("as of", .instant(found.asOf))
      return fields
    }

    private static func text(_ found: TraitExplanation, _ names: [UInt32: String]) throws -> String
    {
      var text = fields(found).text
      guard let explanation = found.explanation else {
        for aggregate in found.aggregates { text += visible("keeps  \(aggregate)") + "\n" }
        return text
      }
      text += "\n" + explanation.lines(names, at: found.asOf)
      for evidence in found.evidence { text += "\n" + (try evidence.text()) }
      return text
    }
  }
}
