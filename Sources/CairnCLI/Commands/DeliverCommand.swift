// `cairn deliver`: pending changes of memberships go out now.

import Activation
import ArgumentParser
import CairnServer
import Engine
import Storage

/// Delivers pending changes.
struct DeliverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Deliver pending changes of memberships to destinations.",
    discussion: """
      Each change arrives at least once and in order, always under the same messageId, so an interrupted \
      delivery can be repeated. Every destination is served, even if others fail; if a file cannot be written, \
      the status is 3. What a webhook does not take is sent again within the run only if that is due within \
      five seconds; if changes still wait, the status is 1.

      Example: cairn deliver shop --destination crm
      """)

  @OptionGroup var target: StoreArgument

  @Option(help: ArgumentHelp("Only this destination.", valueName: "name"))
  var destination: String?

  @OptionGroup var report: ReportOptions

  func run() throws {
    let outcomes: [DeliveryAnswer] = try changing(
      target,
      through: { try $0.post("/v1/deliveries", DeliveryQuestion(destination: destination)) }
    ) { store in
      try Self.deliver(store, to: destination).map { DeliveryAnswer($0) }
    }
    try report.show(
      text: { Self.table(outcomes, withErrors: false).text },
      json: { Self.table(outcomes, withErrors: true).write(to: &$0) })
    try Self.name(failuresOf: outcomes)
    guard outcomes.allSatisfy({ $0.pending == 0 }) else { throw ProblemsFound() }
  }

  private static func deliver(
    _ store: Store, to name: String?
  ) throws(StoreError) -> [DeliveryOutcome] {
    let webhooks = try store.deliverToWebhooks(name, userAgent: "cairn/\(ProgramVersion.number)")
    // The only destination, if it is a webhook.
    guard name == nil || webhooks.isEmpty else { return webhooks }
    return try store.deliver(to: name.map { [$0] } ?? store.fileDestinationNames) + webhooks
  }

  private static func table(_ outcomes: [DeliveryAnswer], withErrors: Bool) -> OutputTable {
    let columns: [OutputTable.Column] = [
      .init("destination"), .init("messages"), .init("withheld"), .init("requests"),
      .init("pending"),
      .init("dead"), .init("delivered up to", key: "cursor"),
    ]
    var table = OutputTable(columns + (withErrors ? [.init("error")] : []))
    for outcome in outcomes {
      let cells: [OutputCell] = [
        .text(outcome.destination), .integer(outcome.messages), .integer(outcome.withheld),
        .integer(outcome.requests),
        .integer(outcome.pending), .integer(outcome.dead), .text(outcome.cursor),
      ]
      let error = outcome.error.map { OutputCell.text($0) } ?? .absent
      table.add(withErrors ? cells + [error] : cells)
    }
    return table
  }

  /// Names every destination that could not be served, with the reason, on standard error.
  ///
  /// - Throws: The error to end with, if there are any.
  private static func name(failuresOf outcomes: [DeliveryAnswer]) throws {
    let failed = outcomes.filter { $0.error != nil }
    guard let first = failed.first?.error else { return }
    if outcomes.count == 1 { throw ServerRefusal(status: .refused, message: first) }
    let lines = failed.map { outcome in
      "error: destination \(visible("\(outcome.destination): \(outcome.error ?? "")"))\n"
    }
    try Output(descriptor: Output.standardError).finish(with: lines.joined())
    let names = failed.map(\.destination).joined(separator: ", ")
    throw CommandFailure(
      status: .refused,
      what: "\(failed.count) of \(outcomes.count) destinations could not be served: \(names)",
      remedy: "undelivered changes stay pending; repair the cause and deliver again")
  }
}
