// `cairn export`: out again.

import ArgumentParser

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

  func run() throws { throw CommandFailure.notWired("export") }
}
