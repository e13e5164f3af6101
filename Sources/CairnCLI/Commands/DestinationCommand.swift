// `cairn destination …` and `cairn deliver`: where changes of memberships go.

import Activation
import ArgumentParser
import CairnServer
import Engine
import Glibc
import Storage

/// The commands on destinations.
struct DestinationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destination",
    abstract: "Define where changes of memberships are delivered.",
    subcommands: [Add.self, List.self, Remove.self])

  /// Adds a destination.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a file to which changes of memberships are appended.",
      discussion: """
        The file gets one JSON object per line, in the form of the Segment spec. Members of a suppressed \
        audience count as members of none of the others; so do persons who do not permit a consent category \
        that is required. Delivery begins with the history, so that every \
        current member arrives as an entry, or after the given cursor.

        Example: cairn destination add shop crm --file crm.ndjson --audience active_big
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "A name for the destination.")
    var name: String

    @Option(
      help: ArgumentHelp("The file to append to.", valueName: "path"), completion: .file())
    var file: String

    @Option(
      name: .customLong("audience"),
      help: ArgumentHelp(
        "An audience whose changes are delivered; may be repeated.", valueName: "name"))
    var audiences: [String]

    @Option(
      name: .customLong("suppress"),
      help: ArgumentHelp("An audience to suppress; may be repeated.", valueName: "name"))
    var suppressed: [String] = []

    @Option(
      name: .customLong("consent"),
      help: ArgumentHelp(
        "A consent category that a person must permit; may be repeated.", valueName: "category"))
    var consents: [String] = []

    @Option(help: "Whether a change is sent as a track call or as a trait of an identify call.")
    var form = FormArgument.track

    @Option(
      help: ArgumentHelp("Where to begin, as printed by 'cairn changes'.", valueName: "cursor"),
      transform: readCursor)
    var after = FeedCursor.start

    @OptionGroup var report: ReportOptions

    func validate() throws {
      guard !name.isEmpty else { throw ValidationError("a destination has a name") }
      guard !audiences.isEmpty else { throw ValidationError("--audience is needed") }
    }

    func run() throws {
      try requireFileName(file, for: .destination)
      guard file != "-" else {
        throw CommandFailure(
          status: .usage,
          what: "a destination is a file that later runs append to, not standard output",
          remedy: "give the path of a file")
      }
      let path = try absolutePath(file)
      try Self.requireFolder(of: path)
      let destination = Destination(
        name: name, path: path, audiences: audiences, suppressed: suppressed, consents: consents,
        form: form == .track ? .track : .identify)
      let _: DestinationName = try changing(
        target,
        through: { try $0.post("/v1/destinations", DestinationQuestion(destination, after: after)) }
      ) { store in
        try store.addDestination(destination, after: after)
        return DestinationName(destination: name)
      }
      var fields = FieldList()
      fields.add("destination", .text(name))
      fields.add("file", .text(destination.path))
      try report.show(
        text: { "added destination \(visible(name))\n" }, json: { $0.object(fields) })
    }

    /// Refuses a file whose folder does not exist, which is usually a typing error.
    private static func requireFolder(of path: String) throws(CommandFailure) {
      let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
      var status = stat()
      guard stat(String(folder), &status) != 0, errno == ENOENT else { return }
      throw CommandFailure(
        status: .refused, what: "the folder of \(path) does not exist", remedy: "create it first")
    }
  }

  /// Lists the destinations.
  struct List: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the destinations and their progress.",
      discussion: """
        Example: cairn destination list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      var table = OutputTable([
        .init("destination"), .init("audiences"), .init("suppressed"), .init("consent"),
        .init("form"),
        .init("file"), .init("messages"), .init("withheld"),
        .init("delivered up to", key: "cursor"),
      ])
      for report in snapshot.destinations {
        let destination = report.destination
        table.add([
          .text(destination.name), .list(destination.audiences),
          .list(destination.suppressed), .list(destination.consents), .text(destination.form.name),
          .text(destination.path), .integer(Int64(clamping: report.messages)),
          .integer(Int64(clamping: report.withheld)),
          .text(report.cursor.description),
        ])
      }
      try console.show(
        json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }

  /// Removes a destination.
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a destination; its file stays as it is.",
      discussion: """
        Example: cairn destination remove shop crm
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The destination's name.")
    var name: String

    @OptionGroup var report: ReportOptions

    func run() throws {
      let _: DestinationName = try changing(
        target, through: { try $0.delete("/v1/destinations/\(percentEncoded(name))") }
      ) { store in
        try store.removeDestination(name)
        return DestinationName(destination: name)
      }
      var fields = FieldList()
      fields.add("destination", .text(name))
      try report.show(
        text: { "removed destination \(visible(name))\n" }, json: { $0.object(fields) })
    }
  }
}

/// Delivers pending changes.
struct DeliverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Deliver pending changes of memberships to destinations.",
    discussion: """
      Each change arrives at least once and in order, always under the same messageId, so an interrupted \
      delivery can be repeated. Every destination is served, even if others fail; if one fails, the status \
      is 3 and its undelivered changes stay pending.

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
      try store.deliver(to: destination.map { [$0] } ?? store.destinationNames).map {
        DeliveryAnswer($0)
      }
    }
    try report.show(
      text: { Self.table(outcomes, withErrors: false).text },
      json: { Self.table(outcomes, withErrors: true).write(to: &$0) })
    try Self.name(failuresOf: outcomes)
  }

  private static func table(_ outcomes: [DeliveryAnswer], withErrors: Bool) -> OutputTable {
    let columns: [OutputTable.Column] = [
      .init("destination"), .init("messages"), .init("withheld"),
      .init("delivered up to", key: "cursor"),
    ]
    var table = OutputTable(columns + (withErrors ? [.init("error")] : []))
    for outcome in outcomes {
      let cells: [OutputCell] = [
        .text(outcome.destination), .integer(outcome.messages), .integer(outcome.withheld),
        .text(outcome.cursor),
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

/// How a change is sent.
enum FormArgument: String, ExpressibleByArgument, CaseIterable {
  case track, identify
}

/// A path that means the same from every folder.
func absolutePath(_ path: String) throws(CommandFailure) -> String {
  guard !path.hasPrefix("/") else { return path }
  guard let folder = getcwd(nil, 0) else {
    throw CommandFailure.file(".", "find", errno: errno)
  }
  defer { free(folder) }
  return String(cString: folder) + "/" + path
}
