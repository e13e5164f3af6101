// `cairn tracking …`: what events must look like.

import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Events

/// The commands on the tracking plan.
struct TrackingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracking",
    abstract: "Define what events must look like, and what happens to those that do not.",
    subcommands: [Show.self, Check.self, Apply.self])

  /// Where the plan is.
  struct PlanArgument: ParsableArguments {
    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("A tracking plan, YAML or JSON.", valueName: "plan"), completion: .file())
    var plan: String

    /// Reports on standard error what may be read differently than it was meant.
    func warn(of notes: [TrackingPlan.Note]) throws {
      for note in notes {
        let text = visible("note: \(plan):\(note.line):\(note.column): \(note.message)")
        try Output(descriptor: Output.standardError).finish(with: text + "\n")
      }
    }
  }

  /// Shows the plan in force.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the plan in force as it was applied.",
      discussion: """
        With --json, `text` is the file as it was applied and `plan` its parsed form; both are null if the \
        store has no plan.

        Example: cairn tracking show shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let text = snapshot.trackingPlanText
      let plan = try text.flatMap { text in
        try applying { () throws(ApplyError) in
          do throws(DefinitionError) {
            return try TrackingPlanFile.json(text, file: "plan")
          } catch { throw .definition(error) }
        }
      }
      try console.show(
        json: format.json,
        text: {
          guard let text else {
            return "the store has no tracking plan; 'cairn tracking apply' sets one\n"
          }
          // Byte for byte into a file; a terminal gets no control characters.
          guard console.surroundings.outputIsTerminal else { return text }
          let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
          return lines.map { visible(String($0)) }.joined(separator: "\n")
        },
        json: {
          $0.beginObject()
          $0.key("text")
          if let text { $0.value(text) } else { $0.null() }
          $0.key("plan")
          if let plan { $0.literal(String(decoding: plan, as: UTF8.self)) } else { $0.null() }
          $0.endObject()
        })
    }
  }

  /// Tries a plan on the history.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a plan would have done to the events of the log; write nothing.",
      discussion: """
        Example: cairn tracking check shop plan.yaml --from 2026-03-01
        """)

    @OptionGroup var argument: PlanArgument

    @Option(
      help: ArgumentHelp("Only events received at this time or later.", valueName: "time"),
      transform: readInstant)
    var from: Timestamp?

    @OptionGroup var format: FormatOptions

    func run() throws {
      let text = try readText(argument.plan)
      let report = try withReader(argument.target) { store in
        try applying {
          () throws(ApplyError) in
          try store.checkTracking(text, file: argument.plan, from: from)
        }
      }
      try argument.warn(of: report.notes)
      var table = OutputTable([
        .init("event"), .init("rule"), .init("action"), .init("events"), .init("of", key: "total"),
        .init("share"),
      ])
      for entry in report.entries {
        table.add([
          .text(entry.event), .text(entry.rule), .text(entry.action),
          .integer(Int64(clamping: entry.count)), .integer(Int64(clamping: entry.total)),
          Self.share(entry.count, of: entry.total),
        ])
      }
      var fields = FieldList()
      fields.add("events", .integer(Int64(clamping: report.events)))
      fields.add("not as planned", .integer(Int64(clamping: report.affected)))
      fields.add("would be kept out", .integer(Int64(clamping: report.kept)))
      fields.add("share kept out", Self.share(report.kept, of: report.events))
      try show(
        json: format.json,
        text: { report.entries.isEmpty ? fields.text : fields.text + "\n" + table.text },
        json: {
          $0.beginObject()
          fields.write(to: &$0)
          $0.key("rules")
          table.write(to: &$0)
          $0.endObject()
        })
    }

    /// `0.40 %`, rounded to the nearest; in JSON the number from 0 to 1 in full.
    private static func share(_ part: UInt64, of whole: UInt64) -> OutputCell {
      guard whole > 0 else { return .shown("0.00 %", json: "0") }
      let product = part.multipliedFullWidth(by: 10_000)
      let (quotient, remainder) = whole.dividingFullWidth(product)
      let hundredths = quotient + (remainder >= whole - remainder ? 1 : 0)
      let digits = String(hundredths % 100)
      let padded = String(repeating: "0", count: 2 - digits.count) + digits
      return .shown(
        "\(hundredths / 100).\(padded) %", json: "\(Double(part) / Double(whole))")
    }
  }

  /// Makes a plan the store's plan.
  struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a plan in force for events that are ingested from now on.",
      discussion: """
        Events in the log stay as they are. An empty file removes the plan. Lines that the previous plan \
        quarantined can be tried again with 'cairn quarantine redrive'.

        Example: cairn tracking apply shop plan.yaml
        """)

    @OptionGroup var argument: PlanArgument
    @OptionGroup var report: ReportOptions

    func run() throws {
      let text = try readText(argument.plan)
      let (isNew, notes) = try withStore(argument.target) { store in
        let isNew = try applying {
          () throws(ApplyError) in try store.applyTracking(text, file: argument.plan)
        }
        return (isNew, try store.trackingPlan()?.notes ?? [])
      }
      try argument.warn(of: notes)
      try report.show(
        text: { isNew ? "the plan is in force\n" : "the plan was in force already\n" },
        json: { json in
          json.beginObject()
          json.key("changed")
          json.value(isNew)
          json.endObject()
        })
    }
  }
}
