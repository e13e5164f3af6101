// `cairn destination …`: where changes of memberships go.

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
        .init("file"), .init("webhook"), .init("messages"), .init("withheld"), .init("retrying"),
        .init("dead"),
        .init("delivered up to", key: "cursor"),
      ])
      for report in snapshot.destinations {
        let destination = report.destination
        table.add([
          .text(destination.name), .list(destination.audiences),
          .list(destination.suppressed), .list(destination.consents), .text(destination.form.name),
          destination.path.map { .text($0) } ?? .absent,
          destination.webhook.map { .text($0.url) } ?? .absent,
          .integer(Int64(clamping: report.messages)), .integer(Int64(clamping: report.withheld)),
          .integer(report.retrying), .integer(report.dead),
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
