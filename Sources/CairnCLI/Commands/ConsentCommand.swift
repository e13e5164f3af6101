// `cairn consent …`: what persons permit, and what followed from it.

import Activation
import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Events

/// The commands on consent.
struct ConsentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consent",
    abstract: "Show and record what persons permit.",
    subcommands: [List.self, Show.self, At.self, Record.self, Withheld.self])

  /// Lists the categories.
  struct List: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the consent categories and how many persons permit each.",
      discussion: """
        Categories are defined in the section 'consent' of a definition file.

        Example: cairn consent list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      var table = OutputTable([.init("category"), .init("rule"), .init("permitted by")])
      for category in try snapshot.consentReports(at: instant.asOf) {
        table.add([.text(category.name), .text(category.rule), .integer(category.persons)])
      }
      try console.show(
        json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }

  /// Shows a person's consent.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a person permits, and each answer that changed it.",
      discussion: """
        Example: cairn consent show shop user_id:42
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("An identifier of the person.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument

    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let profile = try snapshot.profile(named: identifier)
      let history = try snapshot.consentHistory(of: profile)
      let page = ConsentPage(
        history: history, states: try snapshot.consents(of: profile), asOf: snapshot.asOf)
      try console.show(
        json: format.json, text: { page.text() }, json: { page.write(to: &$0) })
    }
  }

  /// Shows what a person permitted at an instant.
  struct At: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a person permitted at an instant of the past.",
      discussion: """
        Judged by the answers that count from before the instant, whenever they came in, by the identifiers \
        that the person has now, and by the rules of the categories that are in force now. What was decided for \
        each message when it was handed out is recorded: see 'cairn consent withheld'.

        Example: cairn consent at shop user_id:42 2026-03-01T00:00:00Z
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("An identifier of the person.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument

    @Argument(
      help: ArgumentHelp("The instant, as in 2026-03-01T00:00:00Z.", valueName: "time"),
      transform: readInstant)
    var time: Timestamp

    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      guard time <= snapshot.asOf else {
        throw CommandFailure(
          status: .usage, what: "the instant is in the future",
          remedy: "give one up to \(Quantity.instant(snapshot.asOf)), or use 'cairn consent show'")
      }
      let profile = try snapshot.profile(named: identifier)
      var history = try snapshot.consentHistory(of: profile)
      history.answers.removeAll { $0.time > time }
      let page = ConsentPage(
        history: history, states: snapshot.consents(of: history, atPast: time), asOf: time,
        unjudged: snapshot.consentCategoriesWithOwnRules)
      try console.show(
        json: format.json, text: { page.text() }, json: { page.write(to: &$0) })
    }
  }

  /// Records answers.
  struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set",
      abstract: "Record what a person answers about consent.",
      discussion: """
        The answers are kept under the identifier that is given, as an event 'Segment Consent Preference \
        Updated'; categories that are not named keep theirs. A person who is not known yet is created.

        Example: cairn consent set shop user_id:42 advertising=no analytics=yes
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("An identifier of the person.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifier: IdentifierArgument

    @Argument(
      help: ArgumentHelp("A category and 'yes' or 'no'.", valueName: "category=answer"),
      transform: ConsentAnswerArgument.init(argument:))
    var answers: [ConsentAnswerArgument]

    @Option(
      help: ArgumentHelp(
        "When the answers were given; default: now, required under --clock events.",
        valueName: "time"),
      transform: readInstant)
    var time: Timestamp?

    @Option(help: ArgumentHelp("The source that they come from.", valueName: "name"))
    var source = ConsentChange.defaultSource

    @OptionGroup var report: ReportOptions

    func validate() throws {
      guard !answers.isEmpty else { throw ValidationError("name at least one category") }
      guard !source.isEmpty else { throw ValidationError("a source has a name") }
      guard Set(answers.map(\.category)).count == answers.count else {
        throw ValidationError("a category is named twice; keep one")
      }
    }

    func run() throws {
      let change = ConsentChange(
        identifier: Identifier(type: identifier.type, value: identifier.value),
        answers: answers.map { .init(category: $0.category, isConsent: $0.isConsent) }, time: time,
        source: source)
      let recorded: ConsentRecorded = try changing(
        target, through: { try $0.post("/v1/consent", ConsentQuestion(change)) }
      ) { store in ConsentRecorded(try store.setConsent(change)) }
      for (category, near) in zip(recorded.undefined, recorded.near) {
        try Output(descriptor: Output.standardError).finish(
          with: "note: no consent category '\(visible(category))' is defined"
            + (near.isEmpty ? "" : "; did you mean '\(visible(near))'?") + "\n")
      }
      var fields = FieldList()
      fields.add("record", .integer(Int64(clamping: recorded.record)))
      let count = Quantity.counted(answers.count, "answer", "answers")
      try report.show(
        text: { "recorded \(count) with record \(recorded.record)\n" },
        json: { $0.object(fields) })
    }
  }

  /// Lists what was not sent.
  struct Withheld: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "List the messages that a destination was not sent, because the person did not consent.",
      discussion: """
        Example: cairn consent withheld shop crm
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The destination's name.")
    var destination: String

    @Option(help: ArgumentHelp("How many to show, newest first.", valueName: "n"))
    var limit = 100

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (1...1_000_000).contains(limit) else {
        throw ValidationError("--limit takes 1 to 1000000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      var table = OutputTable([
        .init("decided at"), .init("record"), .init("change"), .init("audience"),
        .init("profile id"), .init("not permitted"),
      ])
      for decision in try snapshot.withheld(from: destination, limit: limit) {
        table.add([
          .instant(decision.decidedAt), .integer(Int64(clamping: decision.sequence.value)),
          .text(decision.message.change.description), .text(decision.audience),
          decision.profile.map { .text($0.description) } ?? .absent, .list(decision.categories),
        ])
      }
      try console.show(
        json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }
}

/// `advertising=no`.
struct ConsentAnswerArgument: Equatable {
  var category: String
  var isConsent: Bool

  /// - Throws: `ValidationError`, which shows the form.
  init(argument: String) throws {
    let answers = ["yes": true, "true": true, "no": false, "false": false]
    guard let equals = argument.lastIndex(of: "="),
      let answer = answers[argument[argument.index(after: equals)...].lowercased()],
      equals > argument.startIndex
    else { throw ValidationError("an answer looks like advertising=yes or advertising=no") }
    category = String(argument[..<equals])
    isConsent = answer
  }
}
