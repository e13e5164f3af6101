// `cairn audience …`: who is in which audience.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Storage

/// The commands on audiences.
struct AudienceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audience",
    abstract: "Show audiences and their members.",
    subcommands: [
      List.self, Show.self, Members.self, Explain.self, Preview.self, Diff.self,
    ])

  /// Lists the audiences.
  struct List: ReadingCommand {
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

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let reports = try snapshot.audienceNames.map { name in
        try snapshot.audience(name, at: instant.asOf)
      }
      let asOf = instant.asOf ?? snapshot.asOf
      var table = OutputTable([.init("audience"), .init("members"), .init("as of")])
      for report in reports {
        table.add([.text(report.name), .integer(report.memberCount), .instant(report.asOf)])
      }
      let text = reports.isEmpty ? "no audiences\nas of \(asOf)\n" : table.text
      try console.show(json: format.json, text: { text }) { json in
        json.beginArray()
        for report in reports { report.write(to: &json, withRule: false) }
        json.endArray()
      }
    }
  }

  /// Shows an audience.
  struct Show: ReadingCommand {
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

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let report = try snapshot.audience(audience, at: instant.asOf)
      var fields = FieldList()
      fields.add("audience", .text(report.name))
      fields.add("rule", .text(report.rule))
      fields.add("members", .integer(report.memberCount))
      fields.add("as of", .instant(report.asOf))
      try console.show(
        json: format.json, text: { fields.text }, json: { report.write(to: &$0, withRule: true) })
    }
  }

  /// Lists an audience's members.
  struct Members: ReadingCommand {
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

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let asOf = instant.asOf ?? snapshot.asOf
      let table = LongTable([
        .init("profile id"), .init("since"), .init("cause"), .init("identifiers"),
      ])
      try ConsolePieces.writing(of: console) { pieces in
        guard !format.json else { return try writeJSON(snapshot, asOf, to: pieces) }
        let count = try table.write(to: pieces) { add in
          try visit(snapshot, asOf) { (member) throws(StoreError) in
            try add([
              .text(member.id.description), .instant(member.since), .text(member.cause.name),
              .list(member.identifiers.map(\.description)),
            ])
          }
        }
        try pieces.take(Array(((count == 0 ? "no members\n" : "") + "\nas of \(asOf)\n").utf8))
      }
      try console.flush(.output)
    }

    /// The members that are wanted.
    private func visit(
      _ snapshot: Snapshot, _ asOf: Timestamp,
      _ body: (AudienceMember) throws(StoreError) -> Void
    ) throws(StoreError) {
      var rest = limit ?? .max
      try snapshot.visitMembers(of: audience, asOf: asOf) { (member) throws(StoreError) in
        guard rest > 0 else { return }
        rest -= 1
        try body(member)
      }
    }

    private func writeJSON(
      _ snapshot: Snapshot, _ asOf: Timestamp, to pieces: ConsolePieces
    ) throws(StoreError) {
      var json = JSONBuilder()
      json.beginObject()
      json.member("as_of", asOf)
      json.key("members")
      json.beginArray()
      try visit(snapshot, asOf) { (member) throws(StoreError) in
        member.write(to: &json)
        try pieces.take(json.take())
      }
      json.endArray()
      json.endObject()
      try pieces.take(json.take() + [0x0A])
    }
  }
}
