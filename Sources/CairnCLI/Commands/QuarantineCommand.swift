// `cairn quarantine …`: lines that were kept without being applied, and their way back in.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Events
import Profiles
import Storage

/// The commands on quarantined lines.
struct QuarantineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quarantine",
    abstract: "Show quarantined lines, try them again or drop them.",
    subcommands: [List.self, Show.self, Redrive.self, Drop.self])

  /// Which lines are meant.
  struct Filter: ParsableArguments {
    @Option(help: ArgumentHelp("Only problems of this code.", valueName: "code"))
    var code: String?

    @Option(help: ArgumentHelp("Only lines of this source.", valueName: "name"))
    var source: String?

    @Option(
      help: ArgumentHelp("Only lines received at this time or later.", valueName: "time"),
      transform: readInstant)
    var from: Timestamp?

    @Option(
      help: ArgumentHelp("Only lines received before this time.", valueName: "time"),
      transform: readInstant)
    var until: Timestamp?

    func validate() throws {
      let codes = EventProblem.Code.allCases.map(\.name)
      guard let code, !codes.contains(code) else { return }
      let near = NearName.of(code, among: codes).map { "; did you mean '\($0)'?" }
      throw ValidationError(
        "there is no problem '\(code)'"
          + (near ?? "; the problems are \(codes.sorted().joined(separator: ", "))"))
    }

    var filter: QuarantineFilter {
      var filter = QuarantineFilter()
      filter.code = code
      filter.source = source
      filter.from = from
      filter.until = until
      return filter
    }
  }

  /// Lists quarantined lines.
  struct List: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the quarantined lines, oldest first, with the problem of each.",
      discussion: """
        Example: cairn quarantine list shop --code missing_identifier
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var filter: Filter

    @Option(help: ArgumentHelp("The most lines to list, 1 to 100000.", valueName: "n"))
    var limit = 100

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (1...100_000).contains(limit) else {
        throw ValidationError("--limit takes 1 to 100000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      var table = OutputTable([
        .init("record"), .init("received", key: "received_at"), .init("source"), .init("bytes"),
        .init("code"),
        .init("message"),
      ])
      var rest = 0
      try snapshot.visitQuarantine(filter.filter) { (entry) throws(StoreError) in
        guard table.rows.count < limit else {
          rest += 1
          return
        }
        table.add([
          .integer(Int64(clamping: entry.sequence.value)), .instant(entry.receivedAt),
          .text(entry.source), .integer(entry.line.count), .text(entry.problem.name),
          .text(entry.problem.sentence(detail: entry.detail)),
        ])
      }
      try console.show(table, as: "lines", more: rest, json: format.json)
    }
  }

  /// Shows one quarantined line.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one quarantined line verbatim.",
      discussion: """
        With --raw, only the bytes of the line are written, exactly as they were received.

        Example: cairn quarantine show shop 4711
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The number of the record that holds the line.")
    var record: UInt64

    @Flag(help: "Write only the bytes of the line, as they were received.")
    var raw = false

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard !raw || !format.json else {
        throw ValidationError("--raw cannot be combined with --json")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let entry = try snapshot.quarantined(SequenceNumber(record))
      guard !raw else { return try console.finish(entry.line, on: .output) }
      var fields = FieldList()
      fields.add("record", .integer(Int64(clamping: entry.sequence.value)))
      fields.add("received", .instant(entry.receivedAt), key: "received_at")
      fields.add("source", .text(entry.source))
      fields.add("code", .text(entry.problem.name))
      fields.add("field", .text(entry.problem.field.name))
      fields.add("detail", entry.detail.isEmpty ? .absent : .text(entry.detail))
      fields.add("message", .text(entry.problem.sentence(detail: entry.detail)))
      fields.add("line", .text(String(decoding: entry.line, as: UTF8.self)))
      try console.show(
        json: format.json, text: { fields.text },
        json: {
          $0.beginObject()
          fields.write(to: &$0)
          $0.endObject()
        })
    }
  }
}
