// `cairn quarantine redrive`: apart from the other two, because it is an input.

import ArgumentParser
import Bytes
import Cairn
import Engine

extension QuarantineCommand {
  /// Tries quarantined lines again.
  struct Redrive: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try quarantined lines again under the current rules.",
      discussion: """
        Lines are tried in the order in which they arrived. A line that is now acceptable becomes an event \
        that was received when the line was, and leaves the quarantine; the others stay. No line is \
        processed twice, so an interrupted run can be repeated. The exit status is 1 if lines stay.

        Example: cairn quarantine redrive shop --source web --verdicts redriven.ndjson
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var filter: Filter

    @Option(
      help: ArgumentHelp(
        "Write a JSON object for each line that was tried to this file.", valueName: "file"),
      completion: .file())
    var verdicts: String?

    @OptionGroup var report: ReportOptions

    func run() throws {
      let file = try verdicts.map { path in try OutputFile(path) }
      var failure: CommandFailure?
      let counts = try withStore(target) { store in
        do {
          return try store.redrive(filter.filter) { verdict in
            guard let file, failure == nil else { return }
            do throws(CommandFailure) { try file.output.write(Self.line(verdict)) } catch {
              failure = error
            }
          }
        } catch {
          try? file?.commit()
          throw error
        }
      }
      if let failure { throw failure }
      try file?.commit()
      var fields = FieldList()
      fields.add("accepted", .integer(counts.accepted))
      fields.add(
        "duplicate", .integer(counts.duplicates + counts.conflicts), key: "duplicates")
      if counts.omitted > 0 { fields.add("omitted", .integer(counts.omitted)) }
      fields.add("still quarantined", .integer(counts.quarantined), key: "quarantined")
      let isTaken = file?.isStandardOutput == true
      try report.show(fields, to: isTaken ? Output.standardError : Output.standardOutput)
      guard counts.quarantined == 0 else { throw ProblemsFound() }
    }

    private static func line(_ verdict: RedriveVerdict) -> String {
      var json = JSONBuilder()
      json.beginObject()
      json.key("record")
      json.value(verdict.sequence.value)
      json.verdict(
        verdict.verdict, detail: verdict.detail, isWithoutErased: verdict.isWithoutErased,
        omitted: verdict.omitted)
      json.time(verdict.clock, isOutOfOrder: verdict.isOutOfOrder)
      json.endObject()
      return json.text + "\n"
    }
  }
}
