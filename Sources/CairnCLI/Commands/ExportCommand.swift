// `cairn export`: data out.

import Activation
import ArgumentParser
import Cairn
import CairnServer
import Engine

/// Exports profiles, accounts, identifiers, events or an audience.
struct ExportCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write profiles, accounts, events or an audience, also for ad platforms.",
    discussion: """
      The export is one snapshot, as of now unless --as-of gives a later instant, or for an audience as csv \
      or ndjson an earlier one. A file given with --output appears whole or not at all, replaces an older \
      one, and can be read by its owner only. Output to a pipe or a device is written as it is produced. \
      'profiles' are persons; accounts have different traits and therefore a separate export.

      The formats google and meta write an audience for upload to Google Customer Match or Meta Custom \
      Audiences: normalised and hashed by the platform's rules, with counts of the data by which people can \
      be matched.

      Example: cairn export shop audience active_big --format csv --output active.csv
      """)

  @OptionGroup var target: StoreArgument

  @Argument(
    help: "What to export: profiles, accounts, identifiers, events or audience.",
    completion: .list(ExportSubjectArgument.allCases.map(\.rawValue)),
    transform: ExportSubjectArgument.init(word:))
  var subject: ExportSubjectArgument

  @Argument(help: "The audience's name; for 'audience' only.")
  var audience: String?

  @Option(help: "The format.")
  var format: ExportFormatArgument

  @Option(
    help: ArgumentHelp("The file to write; default: standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var instant: InstantOption
  @OptionGroup var platform: AdPlatformOptions

  @OptionGroup var report: ReportOptions

  func validate() throws {
    try platform.validate(for: format, subject)
    if subject == .audience, audience == nil {
      throw ValidationError("'audience' takes the audience's name after it")
    }
    if instant.asOf != nil, subject == .identifiers || subject == .events {
      throw ValidationError("--as-of applies only to profiles and audiences")
    }
    if subject != .audience, audience != nil {
      throw ValidationError("'\(subject.rawValue)' takes no name after it")
    }
  }

  var dataPath: String? { output }

  func read(_ snapshot: Snapshot, on console: any Console) throws {
    if let rules = try platform.rules(for: format) {
      let export = AdExport(
        audience: audience ?? "", suppressed: platform.suppress, consents: platform.consents,
        rules: rules)
      let found = try write(to: console) { pieces in
        try snapshot.export(export, at: instant.asOf, sink: pieces.take)
      }
      try show(found.fields, text: found.fields.text, on: console)
    } else {
      let rows = try write(to: console) { pieces in
        try snapshot.export(
          chosen, as: format == .csv ? .csv : .ndjson, at: instant.asOf, sink: pieces.take)
      }
      let asOf = instant.asOf ?? snapshot.asOf
      let isOfOneInstant = [.profiles, .accounts, .audience].contains(subject)
      var fields = FieldList()
      fields.add("rows", .integer(rows))
      fields.add("output", output.map { .text($0) } ?? .absent)
      fields.add("as of", isOfOneInstant ? .instant(asOf) : .absent)
      // Next to the rows themselves a line that counts them is only wanted if asked for.
      guard let output else {
        return report.format.json ? try show(fields, text: "", on: console) : ()
      }
      let text =
        "wrote \(Quantity.counted(rows, "row", "rows")) to \(visible(output))"
        + (isOfOneInstant ? ", as of \(Quantity.instant(asOf))\n" : "\n")
      try show(fields, text: text, on: console)
    }
  }

  /// Prints what was exported, on standard error if the data went to standard output.
  private func show(_ fields: FieldList, text: String, on console: any Console) throws {
    guard report.format.json || !report.quiet else { return }
    try console.show(
      json: report.format.json, on: console.surroundings.dataIsOutput ? .errors : .output,
      text: { text }, json: { json in json.object(fields) })
  }

  /// Hands `body` where the export's bytes go.
  private func write<Report>(
    to console: any Console, _ body: (ConsolePieces) throws -> Report
  ) throws -> Report {
    let report = try ConsolePieces.writing(.data, of: console, body)
    try console.endData()
    return report
  }

  private var chosen: ExportSubject {
    switch subject {
    case .profiles: .profiles
    case .accounts: .accounts
    case .identifiers: .identifiers
    case .events: .events
    case .audience: .audience(audience ?? "", consents: platform.consents)
    }
  }
}
