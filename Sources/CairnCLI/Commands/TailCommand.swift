// `cairn tail`: events as a server takes them in.

import ArgumentParser
import Cairn
import CairnServer
import Engine
import Glibc

/// Follows the events that come in.
struct TailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "Follow events as a running server takes them in, and what changes by each.",
    discussion: """
      Prints a line for each event once it is committed: its time, its source, its name, the identifier that it \
      belongs to, and what changed: decisions on its identity, audiences entered (+) and left (-), and the traits \
      that it counts in. Lines in quarantine are shown with the problem. Duplicates are not shown, since they \
      change nothing. The store must be open in a server. Ends with SIGINT (status 0) and with the server.

      --where takes a condition over one event, as it follows 'where' in definitions: a member such as \
      properties.total, context.ip, type or event, compared with a constant, with and, or, not. What is in \
      quarantine satisfies none.

      Example: cairn tail shop --where 'properties.total > 100' --json
      """)

  @OptionGroup var target: StoreArgument

  @Option(help: ArgumentHelp("Only events of this source; repeatable.", valueName: "name"))
  var source: [String] = []

  @Option(help: ArgumentHelp("Only events of this name; repeatable.", valueName: "name"))
  var event: [String] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp("Only events that satisfy this condition.", valueName: "rule"))
  var rule: String?

  @Option(
    help: ArgumentHelp("The record to begin after; default: the last one.", valueName: "record"))
  var after: UInt64?

  @OptionGroup var format: FormatOptions

  func run() throws {
    guard let server = ServerConnection.findHolder(of: target.store) else {
      throw CommandFailure(
        status: .refused, what: "no server has the store \(target.store) open",
        remedy: "start one with 'cairn serve', or see 'cairn changes' for what has changed")
    }
    target.sayRoute("through the server on \(visible(server.path))")
    let interruption = Interruption()
    interruption.onSignal {
      // To be stopped is how it ends; every line has been handed to the system as a whole.
      if interruption.signal == SIGINT { _exit(ExitStatus.fine.rawValue) }
      interruption.endProcess()
    }
    try server.begin("GET", address, [])
    try server.readHead()
    let isColoured =
      Output.isTerminal(Output.standardOutput) && ProcessSetup.variable("NO_COLOR") == nil
    let output = Output(descriptor: Output.standardOutput)
    while var line = try server.nextLine() {
      while true {
        // An empty line says that the server is alive.
        if !line.isEmpty {
          try output.write(format.json ? line : try Self.text(of: line, isColoured: isColoured))
          try output.write("\n")
        }
        guard let next = server.takeLine() else { break }
        line = next
      }
      try output.flush()
    }
    try? Output(descriptor: Output.standardError).finish(with: "note: the server has ended\n")
  }

  /// What is asked for.
  private var address: String {
    let parameters =
      source.map { "source=" + percentEncoded($0) } + event.map { "name=" + percentEncoded($0) }
      + (rule.map { ["where=" + percentEncoded($0)] } ?? []) + (after.map { ["after=\($0)"] } ?? [])
    return "/v1/events/tail" + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
  }

  /// A line for people.
  static func text(of line: [UInt8], isColoured: Bool) throws -> [UInt8] {
    let entry: TailLine = try ServerConnection.decode(line)
    return Array(entry.text(isColoured: isColoured).utf8)
  }
}
