// `cairn profile explain|split|merge`: why two identifiers are one person, and manual decisions.

import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Profiles

extension ProfileCommand {
  /// Explains why two identifiers are one person or not.
  struct Explain: ParsableCommand {
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

    func run() throws {
      let explanation = try withStore(target.store, onDamage: .repeated) { store in
        try store.snapshot().explain(first.identifier, second.identifier)
      }
      let shown = ExplanationText(explanation: explanation)
      try show(json: format.json, text: { shown.text }, json: { shown.write(to: &$0) })
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

extension EdgeKind {
  /// Why two identifiers belong together, in words.
  fileprivate var words: String {
    switch self {
    case .deterministic: "one event has both"
    case .manual: "merged manually"
    case .alias: "alias"
    }
  }
}

/// An explanation as text and as JSON.
private struct ExplanationText {
  let explanation: IdentityExplanation

  private var isConnected: Bool {
    if case .connected = explanation.answer { true } else { false }
  }

  /// Whether an identifier was asked for that no event has had.
  var isAboutUnseen: Bool {
    guard case .apart(let causes) = explanation.answer else { return false }
    return causes.contains { if case .neverSeen = $0 { true } else { false } }
  }

  private var head: FieldList {
    var fields = FieldList()
    fields.add("one person", .flag(isConnected))
    fields.add("profile of first", explanation.profiles.0.map { .text($0.description) } ?? .absent)
    fields.add(
      "profile of second", explanation.profiles.1.map { .text($0.description) } ?? .absent)
    return fields
  }

  private var table: OutputTable {
    switch explanation.answer {
    case .connected(let hops):
      var table = OutputTable([
        .init("identifier"), .init("with"), .init("because"), .init("seen at"), .init("source"),
        .init("message", key: "message_id"), .init("record"),
      ])
      for hop in hops {
        table.add(
          [.text(hop.from.description), .text(hop.to.description), .text(hop.kind.words)]
            + cells(hop.evidence))
      }
      return table
    case .apart(let causes):
      var table = OutputTable([
        .init("identifier"), .init("kept from"), .init("because"), .init("seen at"),
        .init("source"), .init("message", key: "message_id"), .init("record"), .init("times"),
      ])
      for cause in causes { table.add(row(cause)) }
      return table
    }
  }

  private func cells(_ evidence: Evidence) -> [OutputCell] {
    [
      .instant(evidence.time), evidence.source.isEmpty ? .absent : .text(evidence.source),
      evidence.messageID.isEmpty ? .absent : .text(evidence.messageID),
      .integer(Int64(clamping: evidence.sequence.value)),
    ]
  }

  private func row(_ cause: IdentityExplanation.Cause) -> [OutputCell] {
    let none: [OutputCell] = [.absent, .absent, .absent]
    switch cause {
    case .refused(let refusal):
      return [
        .text(refusal.demoted.description), .text(refusal.home.description),
        .text(refusal.because),
      ] + cells(refusal.evidence) + [.integer(Int64(clamping: refusal.count))]
    case .split(let sequence):
      return [.absent, .absent, .text("split manually")] + none
        + [.integer(Int64(clamping: sequence.value)), .absent]
    case .blocked(let identifier):
      return [.text(identifier.description), .absent, .text("the value does not identify anyone")]
        + none
        + [.absent, .absent]
    case .neverSeen(let identifier):
      return [.text(identifier.description), .absent, .text("never seen")] + none
        + [.absent, .absent]
    case .personAndAccount(let isMember):
      let text =
        isMember
        ? "they are a person and an account of the person"
        : "they are a person and an account that the person does not belong to"
      return [.absent, .absent, .text(text)] + none + [.absent, .absent]
    case .noEvidence:
      return [.absent, .absent, .text("no event has identifiers of both")] + none
        + [.absent, .absent]
    }
  }

  var text: String {
    let rows = table
    return rows.rows.isEmpty ? head.text : head.text + "\n" + rows.text
  }

  func write(to json: inout JSONBuilder) {
    json.beginObject()
    head.write(to: &json)
    json.key(isConnected ? "path" : "causes")
    table.write(to: &json)
    json.endObject()
  }
}
