// `cairn profile explain|split|merge`: why two identifiers are one person, and manual decisions.

import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Profiles

extension ProfileCommand {
  /// Explains why two identifiers are one person or not.
  struct Explain: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Show the evidence that two identifiers are one person, or why they are kept apart.",
      discussion: """
        Example: cairn profile explain shop user_id:42 anonymous_id:a1
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("One identifier.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var first: IdentifierArgument

    @Argument(
      help: ArgumentHelp("The other.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var second: IdentifierArgument

    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let explanation = try snapshot.explain(first.identifier, second.identifier)
      let shown = ExplanationText(explanation: explanation)
      try console.show(
        json: format.json, text: { shown.text }, json: { explanation.write(to: &$0) })
      guard !shown.isAboutUnseen else { throw ProblemsFound() }
    }
  }

  /// Splits a profile.
  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Split a profile: separate these identifiers and their events from the others.",
      discussion: """
        Each side gets back the profile that it had before; traits and audiences are updated at once. The \
        two stay apart, regardless of later events, until 'cairn profile merge' joins them.

        Example: cairn profile split shop anonymous_id:a1
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("The identifiers to separate.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifiers: [IdentifierArgument]

    @OptionGroup var report: ReportOptions

    func run() throws {
      let names = identifiers.map(\.identifier)
      let outcome = try changing(
        target, through: { try $0.post("/v1/identity/splits", PersonsQuestion(names)) }
      ) { store in CorrectionAnswer(try store.split(names)) }
      try report.show(text: { outcome.text }, json: { outcome.write(to: &$0) })
    }
  }

  /// Merges profiles.
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Merge the profiles of identifiers regardless of limits; undoes a split.",
      discussion: """
        Example: cairn profile merge shop user_id:42 anonymous_id:a1
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("Identifiers of the profiles, at least two.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifiers: [IdentifierArgument]

    @OptionGroup var report: ReportOptions

    func validate() throws {
      guard identifiers.count > 1 else { throw ValidationError("name at least two identifiers") }
    }

    func run() throws {
      let names = identifiers.map(\.identifier)
      let outcome = try changing(
        target, through: { try $0.post("/v1/identity/merges", PersonsQuestion(names)) }
      ) { store in CorrectionAnswer(try store.merge(names)) }
      try report.show(text: { outcome.text }, json: { outcome.write(to: &$0) })
    }
  }
}

extension IdentifierArgument {
  /// As the library takes it.
  var identifier: Identifier { Identifier(type: type, value: value) }
}

extension CorrectionAnswer {
  /// The results, a line each.
  fileprivate var text: String {
    var text = "record \(record)\n"
    for id in profileIds { text += "profile \(id)\n" }
    if let summary = memberships.summary { text += summary + "\n" }
    return text
  }

  fileprivate func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.key("record")
    json.value(record)
    json.key("profile_ids")
    json.beginArray()
    for id in profileIds { json.value(id) }
    json.endArray()
    json.key("memberships")
    memberships.write(to: &json)
    json.endObject()
  }
}

/// An explanation as text.
private struct ExplanationText {
  let explanation: IdentityExplanation

  /// Whether an identifier was asked for that no event has had.
  var isAboutUnseen: Bool {
    guard case .apart(let causes) = explanation.answer else { return false }
    return causes.contains { if case .neverSeen = $0 { true } else { false } }
  }

  private var head: FieldList {
    var fields = FieldList()
    fields.add("one person", .flag(explanation.isConnected))
    fields.add("profile of first", explanation.profiles.0.map { .text($0.description) } ?? .absent)
    fields.add(
      "profile of second", explanation.profiles.1.map { .text($0.description) } ?? .absent)
    return fields
  }

  private var table: OutputTable {
    let isConnected = explanation.isConnected
    var columns: [OutputTable.Column] = [
      .init("identifier"), .init(isConnected ? "with" : "kept from"), .init("because"),
      .init("seen at"), .init("source"), .init("message"), .init("record"),
    ]
    if !isConnected { columns.append(.init("times")) }
    var table = OutputTable(columns)
    for line in explanation.lines {
      var cells: [OutputCell] = [
        Self.cell(line.identifier?.description), Self.cell(line.other?.description),
        .text(line.because), line.evidence.map { .instant($0.time) } ?? .absent,
        Self.cell(line.evidence?.source), Self.cell(line.evidence?.messageID),
        Self.cell(line.record?.value),
      ]
      if !isConnected { cells.append(Self.cell(line.count)) }
      table.add(cells)
    }
    return table
  }

  private static func cell(_ text: String?) -> OutputCell {
    guard let text, !text.isEmpty else { return .absent }
    return .text(text)
  }

  private static func cell(_ number: UInt64?) -> OutputCell {
    number.map { .integer(Int64(clamping: $0)) } ?? .absent
  }

  var text: String {
    let rows = table
    return rows.rows.isEmpty ? head.text : head.text + "\n" + rows.text
  }
}
