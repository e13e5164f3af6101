// `cairn identity …`: the rules by which identifiers become people.

import Activation
import ArgumentParser
import Cairn
import CairnServer
import Engine
import Profiles

/// The commands on identity rules.
struct IdentityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identity",
    abstract: "Show and change the rules by which identifiers become people.",
    subcommands: [Show.self, Preview.self, Apply.self, Health.self])

  /// Shows the rules in force.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the rules in force, highest priority first.",
      discussion: """
        The output is a complete rules file: it can be saved, changed and applied.

        Example: cairn identity show shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let shown = IdentityRulesText(rules: snapshot.identityRules)
      try console.show(json: format.json, text: { shown.text }, json: { shown.write(to: &$0) })
    }
  }

  /// Shows what rules would change.
  struct Preview: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what changed rules would do to the real log; change nothing.",
      discussion: """
        Folds the whole log by the new rules into a separate state and compares the profiles. See \
        docs/identity.md for the rules file.

        Example: cairn identity preview shop rules.yaml
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("A YAML file of identity rules.", valueName: "rules"),
      completion: .file())
    var rules: String

    @OptionGroup var report: ReportOptions

    func run() throws {
      let wanted = try readIdentityRules(rules)
      let progress = report.progress("preview")
      let preview = try withReader(target) { store in
        defer { progress.clear() }
        return try store.preview(wanted.renumbered(after: store.identityRules)) {
          progress.show(FoldState(progress: $0, elapsed: progress.elapsed))
        }
      }
      let shown = IdentityPreviewText(preview: preview)
      try show(json: report.format.json, text: { shown.text }, json: { shown.write(to: &$0) })
    }
  }

  /// Puts rules in force.
  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put rules in force and derive everything again.",
      discussion: """
        Takes about as long as the ingest took. Manual splits and merges stay in force. Resulting \
        entries and exits appear in the change feed and are delivered to destinations.

        Example: cairn identity apply shop rules.yaml
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("A YAML file of identity rules.", valueName: "rules"),
      completion: .file())
    var rules: String

    @OptionGroup var report: ReportOptions

    func run() throws {
      let text = try readText(rules)
      let wanted = try identityRules(text, file: rules)
      let progress = report.progress("apply")
      let applied = try changing(
        target,
        through: { server in
          try server.work(
            "/v1/identity/rules", RulesQuestion(file: rules, text: text), progress, by: "PUT")
        }
      ) { store in
        defer { progress.clear() }
        return try AppliedRules(wanted, to: store) {
          progress.show(FoldState(progress: $0, elapsed: progress.elapsed))
        }
      }
      let (changes, before, after) = (
        applied.memberships, applied.profilesBefore, applied.profiles
      )
      try report.show(text: { Self.text(changes, before, after) }) { json in
        json.beginObject()
        json.key("changed")
        json.value(changes != nil)
        json.key("profiles_before")
        json.value(before)
        json.key("profiles")
        json.value(after)
        json.key("memberships")
        (changes ?? MembershipCounts()).write(to: &json)
        json.endObject()
      }
    }

    private static func text(_ changes: MembershipCounts?, _ before: Int, _ after: Int) -> String {
      guard let changes else { return "unchanged: these rules are in force already\n" }
      return "applied: \(Quantity.counted(before, "profile", "profiles")) before, "
        + "\(Quantity.count(after)) now; memberships: \(Quantity.count(changes.entered)) entered, "
        + "\(Quantity.count(changes.exited)) exited, \(Quantity.count(changes.merged)) merged\n"
    }
  }

  /// Shows how well identifiers distinguish people.
  struct Health: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how well identifiers distinguish people.",
      discussion: """
        Example: cairn identity health shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let shown = IdentityHealthText(health: try snapshot.identityHealth())
      try console.show(json: format.json, text: { shown.text }, json: { shown.write(to: &$0) })
    }
  }
}

/// Reads a file of identity rules.
///
/// - Throws: `CommandFailure` naming the file, and for wrong rules line and column.
func readIdentityRules(_ path: String) throws -> IdentityRules {
  try identityRules(readText(path), file: path)
}

/// The rules of a file that has been read.
///
/// - Throws: As `readIdentityRules`.
private func identityRules(_ text: String, file: String) throws -> IdentityRules {
  do { return try IdentityRulesFile.read(text, file: file) } catch { throw failure(error) }
}
