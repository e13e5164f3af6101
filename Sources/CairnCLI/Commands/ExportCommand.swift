// `cairn export`: out again.

import ArgumentParser
import Cairn
import Storage

/// Exports profiles, identifiers, events or an audience.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write profiles, identifiers, events or an audience as CSV or NDJSON.",
    discussion: """
      The export is one snapshot, as of now. A file given with --output appears whole or not at \
      all, replaces an older one, and can be read by its owner only.

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

  func validate() throws {
    if subject == .audience, audience == nil {
      throw ValidationError("'audience' takes the audience's name after it")
    }
    if subject != .audience, audience != nil {
      throw ValidationError("'\(subject.rawValue)' takes no name after it")
    }
  }

  func run() throws {
    let file = try output.map { path in try ReplacedFile(path) }
    let out = file?.output ?? Output(descriptor: Output.standardOutput)
    var failure: CommandFailure?
    let rows = try withStore(target.store, onDamage: .ended) { store in
      try store.snapshot().export(chosen, as: format == .csv ? .csv : .ndjson) { bytes in
        guard failure == nil else { return }
        do throws(CommandFailure) { try out.write(bytes) } catch { failure = error }
      }
    }
    if let failure { throw failure }
    guard let file else { return try out.flush() }
    try file.commit()
    try say("wrote \(Quantity.counted(rows, "row", "rows")) to \(visible(file.path))\n")
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
