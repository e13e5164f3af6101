// `cairn audience …`: who is in which audience.

import ArgumentParser
import Bytes
import Cairn
import Engine

/// The commands on audiences.
struct AudienceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audience",
    abstract: "Show audiences and their members.",
    subcommands: [
      List.self, Show.self, Members.self, Explain.self, Preview.self, Diff.self,
    ])

  /// Lists the audiences.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the audiences with their number of members, as of now or of another time.",
      discussion: """
        An earlier time is answered from the recorded changes: the members at that time, by the rule then in \
        force.

        Example: cairn audience list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func run() throws {
      let (reports, asOf) = try withReader(target) { store in
        let snapshot = try store.snapshot()
        let reports = try snapshot.audienceNames.map { name in
          try snapshot.audience(name, at: instant.asOf)
        }
        return (reports, instant.asOf ?? snapshot.asOf)
      }
      var table = OutputTable([.init("audience"), .init("members"), .init("as of")])
      for report in reports {
        table.add([.text(report.name), .integer(report.memberCount), .instant(report.asOf)])
      }
      let text = reports.isEmpty ? "no audiences\nas of \(asOf)\n" : table.text
      try CairnCLI.show(json: format.json, text: { text }) { json in
        json.beginArray()
        for report in reports { report.write(to: &json, withRule: false) }
        json.endArray()
      }
    }
  }

  /// Shows an audience.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an audience: its rule, and its size as of now or of another time.",
      discussion: """
        Example: cairn audience show shop active_big
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The audience's name.")
    var audience: String

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func run() throws {
      let report = try withReader(target) { store in
        try store.snapshot().audience(audience, at: instant.asOf)
      }
      var fields = FieldList()
      fields.add("audience", .text(report.name))
      fields.add("rule", .text(report.rule))
      fields.add("members", .integer(report.memberCount))
      fields.add("as of", .instant(report.asOf))
      try CairnCLI.show(
        json: format.json, text: { fields.text }, json: { report.write(to: &$0, withRule: true) })
    }
  }

  /// Lists an audience's members.
  struct Members: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the members of an audience, as of now or of another time.",
      discussion: """
        An earlier time is answered from the recorded changes: the members at that time, by the rule then in \
        force. For a later time, memberships that end by themselves until then are ended.

        Example: cairn audience members shop active_big --as-of 1997-03-31 --limit 20
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The audience's name.")
    var audience: String

    @Option(
      help: ArgumentHelp("The maximum number of members to list; default: all.", valueName: "n"))
    var limit: Int?

    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard limit ?? 1 >= 1 else { throw ValidationError("--limit takes 1 or more") }
    }

    func run() throws {
      let wanted = limit ?? .max
      let (members, asOf) = try withReader(target) { store in
        // Begun inside, so that a repeated body begins it again.
        var members: [AudienceMember] = []
        let snapshot = try store.snapshot()
        let asOf = instant.asOf ?? snapshot.asOf
        try snapshot.visitMembers(of: audience, asOf: asOf) { member in
          if members.count < wanted { members.append(member) }
        }
        return (members, asOf)
      }
      var table = OutputTable([
        .init("profile id"), .init("since"), .init("cause"), .init("identifiers"),
      ])
      for member in members where !format.json {
        table.add([
          .text(member.id.description), .instant(member.since), .text(member.cause.name),
          .list(member.identifiers.map(\.description)),
        ])
      }
      let text = (table.rows.isEmpty ? "no members\n" : table.text) + "\nas of \(asOf)\n"
      try CairnCLI.show(json: format.json, text: { text }) { json in
        json.beginObject()
        json.member("as_of", asOf)
        json.member("members", arrayOf: members) { $1.write(to: &$0) }
        json.endObject()
      }
    }
  }
}
