// `cairn export`: out again.

import ArgumentParser
import Cairn
import Glibc
import Storage

/// Exports profiles, identifiers, events or an audience.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write profiles, identifiers, events or an audience, also for ad platforms.",
    discussion: """
      The export is one snapshot, as of now unless --as-of gives a later instant, or for an audience an \
      earlier one. A file given with --output appears whole or not at \
      all, replaces an older one, and can be read by its owner only.

      The formats google and meta write an audience as the upload of Google Customer Match or Meta \
      Custom Audiences takes it: normalised and hashed by the platform's rules, with a count of what \
      people can be matched by.

      Example: cairn export shop audience active_big --format csv --output active_big.csv
      """)

  @OptionGroup var target: StoreArgument

  @Argument(help: "What to export.")
  var subject: ExportSubjectArgument

  @Argument(help: "The audience's name; for 'audience' only.")
  var audience: String?

  @Option(help: "The format.")
  var format: ExportFormatArgument

  @Option(
    help: ArgumentHelp("The file to write; standard output unless given.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var instant: InstantOption
  @OptionGroup var platform: AdPlatformOptions

  func validate() throws {
    try platform.validate(for: format, subject)
    if subject == .audience, audience == nil {
      throw ValidationError("'audience' takes the audience's name after it")
    }
    if instant.asOf != nil, subject == .identifiers || subject == .events {
      throw ValidationError("--as-of goes with what changes with time: profiles or an audience")
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
      try report.show(asJSON: platform.format.json, isBesideData: output == nil)
    } else {
      let (rows, asOf) = try write { store, sink in
        let snapshot = try store.snapshot()
        let rows = try snapshot.export(
          chosen, as: format == .csv ? .csv : .ndjson, at: instant.asOf, sink: sink)
        return (rows, instant.asOf ?? snapshot.asOf)
      }
      if let output {
        let isOfOneInstant = subject == .profiles || subject == .audience
        try say(
          "wrote \(Quantity.counted(rows, "row", "rows")) to \(visible(output))"
            + (isOfOneInstant ? ", as of \(asOf)\n" : "\n"))
      }
    }
  }

  /// Opens the store and hands `body` where the export's bytes go.
  private func write<Report>(
    _ body: (Store, ([UInt8]) throws(StoreError) -> Void) throws -> Report
  ) throws -> Report {
    let file = try output.map { path in try ReplacedFile(path) }
    let out = file?.output ?? Output(descriptor: Output.standardOutput)
    let pieces = ExportOutput(out)
    let report: Report
    do {
      report = try withStore(target.store, onDamage: .ended) { store in
        let report = try body(store) { (bytes) throws(StoreError) in try pieces.take(bytes) }
        try pieces.finish()
        return report
      }
    } catch {
      if out.isReaderGone { Self.endAsBrokenPipe() }
      throw pieces.failure ?? error
    }
    try file?.commit()
    return report
  }

  /// Ends the process the way a write to a pipe without reader does by default.
  ///
  /// Reached where whoever started us has that signal ignored. The shell then sees what it sees of
  /// other tools: no message, and a status that is not that of a whole export.
  private static func endAsBrokenPipe() {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  }

  private var chosen: ExportSubject {
    switch subject {
    case .profiles: .profiles
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
  /// - Throws: `StoreError`, as an export takes no other; the error to tell is `failure`.
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
