// `cairn plan` and `cairn apply`: bring the store's definitions in line with files, first on trial.

import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine

/// What `plan` and `apply` are given.
struct DefinitionArguments: ParsableArguments {
  @OptionGroup var target: StoreArgument

  @Argument(
    help: ArgumentHelp("A YAML file, or a directory of them.", valueName: "path"),
    completion: .file())
  var definitions: String

  @Flag(help: "Also remove definitions that the files do not contain.")
  var prune = false
}

/// Shows what definitions would do.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what applying YAML files would do, with its effect on every audience.",
    discussion: """
      Nothing is written: the history is folded separately, and entries and exits are counted exactly. \
      Errors in definitions are shown with file, line and column.

      Example: cairn plan shop definitions/
      """)

  @OptionGroup var given: DefinitionArguments
  @OptionGroup var instant: InstantOption
  @OptionGroup var format: FormatOptions

  func run() throws {
    let texts = try readDefinitions(definitionFiles(given.definitions))
    let plan = try withReader(given.target) { store in
      try applying { () throws(ApplyError) in
        try store.plan(texts, prune: given.prune, at: instant.asOf)
      }
    }
    var table = OutputTable([
      .init("audience"), .init("before"), .init("after"), .init("entered"), .init("exited"),
    ])
    for effect in plan.effects {
      table.add([
        .text(effect.name), .integer(effect.before), .integer(effect.after),
        .integer(effect.entered), .integer(effect.exited),
      ])
    }
    try warn(plan.changes.warnings)
    try show(json: format.json, text: { Self.text(plan, table) }) { json in
      json.beginObject()
      plan.changes.write(to: &json)
      json.key("audiences")
      table.write(to: &json)
      json.key("as_of")
      // An empty store has no time yet.
      if plan.asOf > .earliest { json.value(plan.asOf.description) } else { json.null() }
      json.endObject()
    }
  }

  private static func text(_ plan: DefinitionPlan, _ table: OutputTable) -> String {
    var text = plan.changes.text
    if plan.changes.isNothing { text += "nothing to do\n" }
    if !table.rows.isEmpty { text += "\n\(table.text)as of \(plan.asOf)\n" }
    return text
  }
}

/// Applies definitions of traits and audiences.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Apply the traits and audiences that YAML files define.",
    discussion: """
      A file maps names to expressions under 'traits:' and 'audiences:', and for accounts under 'accounts:'. \
      New and changed definitions are computed over the whole history; either all of them are applied or, if \
      one is wrong, none. Definitions that the files do not contain stay, unless --prune is given. A \
      directory stands for its *.yaml files. 'cairn ingest --apply' does the same while events come in.

      Example: cairn apply shop definitions.yaml
      """)

  @OptionGroup var given: DefinitionArguments
  @OptionGroup var report: ReportOptions

  func run() throws {
    let files = try readFiles(definitionFiles(given.definitions))
    let texts = try definitions(in: files)
    let progress = report.progress("apply")
    let changes = try changing(
      given.target,
      through: { server in
        let question = DefinitionsQuestion(files: files, prune: given.prune)
        let applied: AppliedDefinitions = try server.work("/v1/definitions", question, progress)
        return applied.changes
      }
    ) { store in
      defer { progress.clear() }
      return try applying { () throws(ApplyError) in
        try store.apply(texts, prune: given.prune) {
          progress.show(ApplyState(progress: $0, elapsed: progress.elapsed))
        }
      }
    }
    try warn(changes.warnings)
    try report.show(text: { changes.appliedText }, json: { changes.writeApplied(to: &$0) })
  }
}

extension DefinitionChanges {
  /// Whether the definitions are as they should be.
  fileprivate var isNothing: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

  /// What was applied, as text.
  var appliedText: String {
    text + (memberships.summary.map { $0 + "\n" } ?? "")
  }

  /// What was applied while events came in, as text.
  var publishedText: String {
    guard let sequence else { return "definitions: nothing to do\n" }
    return appliedText + "definitions: in force since record \(sequence.value)\n"
  }

  /// What was applied, as an object.
  func writeApplied(to json: inout JSONBuilder) {
    json.beginObject()
    write(to: &json)
    json.key("record")
    if let sequence { json.value(Int(clamping: sequence.value)) } else { json.null() }
    json.key("memberships")
    memberships.write(to: &json)
    json.endObject()
  }

  private var lists: [(label: String, names: [String])] {
    [("added", added), ("changed", changed), ("removed", removed)]
  }

  /// A line for each kind of change.
  fileprivate var text: String {
    var text = ""
    for (label, names) in lists where !names.isEmpty {
      text += visible("\(label): \(names.joined(separator: ", "))") + "\n"
    }
    if unchanged > 0 { text += "unchanged: \(Quantity.count(unchanged))\n" }
    if !kept.isEmpty {
      text += visible("kept, though not in the files: \(kept.joined(separator: ", "))")
      text += " (--prune removes them)\n"
    }
    if let historySince {
      text +=
        "history: since \(Quantity.instant(historySince)); earlier records have been rolled up\n"
    }
    return text
  }

  /// The members of an object that the caller has begun.
  fileprivate func write(to json: inout JSONBuilder) {
    for (label, names) in lists + [("kept", kept)] {
      json.key(label)
      json.beginArray()
      for name in names { json.value(name) }
      json.endArray()
    }
    json.key("unchanged")
    json.value(unchanged)
    json.key("history_since")
    if let historySince { json.value(historySince.description) } else { json.null() }
    json.write(warnings: warnings)
  }
}
