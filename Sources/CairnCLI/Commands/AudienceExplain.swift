// `cairn audience explain|preview|diff`: why a profile is in an audience, how large an audience
// would be, and what two of them have in common.

import ArgumentParser
import Audiences
import Bytes
import Cairn
import Engine
import Storage

extension AudienceCommand {
  /// Explains a membership.
  struct Explain: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explain why a profile is or is not in an audience: every test, with its events.",
      discussion: """
        Example: cairn audience explain shop active_big user_id:cdnow-00048
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The audience's name.")
    var audience: String

    @Argument(
      help: ArgumentHelp("An identifier of the profile.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument

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
      let profile = try snapshot.profile(named: identifier)
      let found = try snapshot.explain(
        audience: audience, profile, at: instant.asOf, eventsMax: events)
      let names = try snapshot.names(ofMembersIn: found.explanation)
      try console.show(
        json: format.json, text: { try Self.text(found, names) },
        json: { try found.write(names, to: &$0) })
    }

    private static func fields(_ found: AudienceExplanation) -> FieldList {
      var fields = FieldList()
      fields.add("audience", .text(found.name))
      fields.add("rule", .text(found.rule))
      fields.add("profile id", .text(found.id.description))
      fields.add("member", .flag(found.membership?.isMember ?? false))
      if let membership = found.membership, let cause = membership.cause {
        fields.add("since", .instant(membership.since))
        fields.add("cause", .text(cause.name))
        fields.add("record", .integer(Int64(clamping: membership.sequence.value)))
      }
      if let next = found.nextChange { fields.add("next change", .instant(next)) }
      fields.add("as of", .instant(found.asOf))
      return fields
    }

    private static func text(_ found: AudienceExplanation, _ names: [UInt32: String]) throws
      -> String
    {
      var text = fields(found).text + "\n" + found.explanation.lines(names, at: found.asOf)
      for evidence in found.evidence { text += "\n" + (try evidence.text()) }
      return text
    }
  }

  /// Sizes an audience that is not defined.
  struct Preview: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the exact size that an audience with this rule would have, and some members.",
      discussion: """
        Nothing is written: the history is folded separately.

        Example: cairn audience preview shop 'orders_90d>=2'
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The rule; it may refer to traits and audiences of the store.")
    var rule: String

    @Flag(help: "The rule is about accounts.")
    var accounts = false

    @Option(help: ArgumentHelp("The maximum number of members to show.", valueName: "n"))
    var sample = 10

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (0...10_000).contains(sample) else {
        throw ValidationError("--sample takes 0 to 10000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let preview = try judging { () throws(ApplyError) in
        try snapshot.preview(rule, isAccount: accounts, sampleMax: sample, at: instant.asOf)
      }
      var fields = FieldList()
      fields.add("members", .integer(preview.memberCount))
      fields.add(accounts ? "accounts" : "profiles", .integer(preview.profileCount))
      fields.add("as of", .instant(preview.asOf))
      var table = OutputTable([.init("profile id"), .init("identifiers")])
      for member in preview.sample {
        let identifiers = member.identifiers.map { "\($0.type):\($0.value)" }
        table.add([
          .text(member.id.description), .list(identifiers),
        ])
      }
      try console.warn(preview.warnings)
      try console.show(
        json: format.json,
        text: { fields.text + (table.rows.isEmpty ? "" : "\n" + table.text) },
        json: { preview.write(to: &$0, isAccount: accounts) })
    }
  }

  /// Compares two audiences.
  struct Diff: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what two audiences have in common and where they differ.",
      discussion: """
        Example: cairn audience diff shop active_big newsletter
        """,
      aliases: ["overlap"])

    @OptionGroup var target: StoreArgument

    @Argument(help: "An audience's name.")
    var first: String

    @Argument(help: "Another audience's name.")
    var second: String

    @Option(
      help: ArgumentHelp("The maximum number of profiles to show for each side.", valueName: "n"))
    var sample = 5

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (0...10_000).contains(sample) else {
        throw ValidationError("--sample takes 0 to 10000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let found = try snapshot.overlap(first, second, at: instant.asOf, sampleMax: sample)
      var table = OutputTable([.init("part"), .init("profiles")])
      table.add([.text(first), .integer(found.sizes.first)])
      table.add([.text(second), .integer(found.sizes.second)])
      table.add([.text("both"), .integer(found.both)])
      table.add([.text("either"), .integer(found.either)])
      table.add([.text("only \(first)"), .integer(found.sizes.first - found.both)])
      table.add([.text("only \(second)"), .integer(found.sizes.second - found.both)])
      var samples = OutputTable([.init("only in"), .init("profile id")])
      for id in found.onlyFirst { samples.add([.text(first), .text(id.description)]) }
      for id in found.onlySecond { samples.add([.text(second), .text(id.description)]) }
      var fields = FieldList()
      fields.add("jaccard", .decimal(found.jaccard.description))
      fields.add("as of", .instant(found.asOf))
      try console.show(
        json: format.json,
        text: {
          table.text + "\n" + fields.text + (samples.rows.isEmpty ? "" : "\n" + samples.text)
        }
      ) { json in
        json.beginObject()
        var counts = FieldList()
        counts.add("first", .integer(found.sizes.first))
        counts.add("second", .integer(found.sizes.second))
        counts.add("both", .integer(found.both))
        counts.add("either", .integer(found.either))
        counts.write(to: &json)
        fields.write(to: &json)
        json.key("samples")
        samples.write(to: &json)
        json.endObject()
      }
    }
  }
}
