// `cairn export`: data out.

import Activation
import ArgumentParser
import Cairn
import Engine
import Glibc
import Storage

/// Exports profiles, accounts, identifiers, events or an audience.
struct ExportCommand: ParsableCommand {
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

  func run() throws {
    if let rules = try platform.rules(for: format) {
      let export = AdExport(
        audience: audience ?? "", suppressed: platform.suppress, rules: rules)
      let report = try write { store, sink in
        try store.snapshot().export(export, at: instant.asOf, sink: sink)
      }
      try show(report.fields, text: report.fields.text)
    } else {
      let (rows, asOf) = try write { store, sink in
        let snapshot = try store.snapshot()
        let rows = try snapshot.export(
          chosen, as: format == .csv ? .csv : .ndjson, at: instant.asOf, sink: sink)
        return (rows, instant.asOf ?? snapshot.asOf)
      }
      let isOfOneInstant = [.profiles, .accounts, .audience].contains(subject)
      var fields = FieldList()
      fields.add("rows", .integer(rows))
      fields.add("output", output.map { .text($0) } ?? .absent)
      fields.add("as of", isOfOneInstant ? .instant(asOf) : .absent)
      // Next to the rows themselves a line that counts them is only wanted if asked for.
      guard let output else { return report.format.json ? try show(fields, text: "") : () }
      let text =
        "wrote \(Quantity.counted(rows, "row", "rows")) to \(visible(output))"
        + (isOfOneInstant ? ", as of \(Quantity.instant(asOf))\n" : "\n")
      try show(fields, text: text)
    }
  }

  /// Prints what was exported, on standard error if the data went to standard output.
  private func show(_ fields: FieldList, text: String) throws {
    try report.show(
      to: isToStandardOutput ? Output.standardError : Output.standardOutput, text: { text }
    ) { json in json.object(fields) }
  }

  private var isToStandardOutput: Bool {
    guard let output else { return true }
    return (try? OutputPlace(output)) == .descriptor(Output.standardOutput)
  }

  /// Opens the store and hands `body` where the export's bytes go.
  private func write<Report>(
    _ body: (Store, ([UInt8]) throws(StoreError) -> Void) throws -> Report
  ) throws -> Report {
    let file = try OutputFile(output ?? "-")
    let out = file.output
    let pieces = ExportOutput(out)
    let report: Report
    do {
      report = try withReader(target, onDamage: .ended) { store in
        let report = try body(store) { (bytes) throws(StoreError) in try pieces.take(bytes) }
        try pieces.finish()
        return report
      }
    } catch {
      throw pieces.failure ?? error
    }
    try file.commit()
    return report
  }

  private var chosen: ExportSubject {
    switch subject {
    case .profiles: .profiles
    case .accounts: .accounts
    case .identifiers: .identifiers
    case .events: .events
    case .audience: .audience(audience ?? "")
    }
  }
}

/// Hands an export's pieces to an output, and stops the export at the first that cannot be written.
final class ExportOutput {
  private let output: Output
  /// Why the output could not be written, if so.
  private(set) var failure: CommandFailure?

  init(_ output: Output) { self.output = output }

  /// Writes a piece.
  ///
  /// - Throws: `StoreError`, as an export takes no other; the error to report is `failure`.
  func take(_ bytes: [UInt8]) throws(StoreError) {
    try ending { () throws(CommandFailure) in try output.write(bytes) }
  }

  /// Writes what is buffered.
  func finish() throws(StoreError) {
    try ending { () throws(CommandFailure) in try output.flush() }
  }

  private func ending(_ write: () throws(CommandFailure) -> Void) throws(StoreError) {
    do throws(CommandFailure) { try write() } catch {
      failure = error
      throw StoreError(.io(EIO), "the export was stopped; \(error.remedy)")
    }
  }
}
