// `cairn serve`: a store as a running server.

import Activation
import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Dispatch
import Engine
import Glibc
import Logging
import Storage

/// Serves a store.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a store over HTTP on a Unix socket until it is stopped.",
    discussion: """
      Events come in as the official clients of Segment and RudderStack send them; see docs/clients.md. \
      Logical time follows this machine's clock. SIGTERM and SIGINT end it: requests in hand are finished and \
      what was accepted is committed, within ten seconds. Under systemd the socket is that of the socket \
      unit, or $RUNTIME_DIRECTORY/cairn.sock; see docs/operations.md.

      Example: cairn serve shop --listen 127.0.0.1:8080
      """)

  @OptionGroup var target: StoreArgument

  @Option(
    name: .customLong("socket"),
    help: ArgumentHelp("The path of the socket; default: STORE/socket.", valueName: "path"),
    completion: .file())
  var socket: String?

  @Option(
    name: .customLong("listen"),
    help: ArgumentHelp(
      "A loopback address on which events are collected over TCP, with write keys.",
      valueName: "host:port"))
  var listen: String?

  @Option(help: ArgumentHelp("A group whose members may connect with a key.", valueName: "name"))
  var group: String?

  @Option(
    name: .customLong("log-level"),
    help: ArgumentHelp("What is logged on standard error, at least.", valueName: "level"))
  var logLevel = LogLevelArgument.info

  func run() throws {
    umask(0o077)
    try PrivateStore.require(target.store)
    var options = ServerOptions(
      socketPath: try absolutePath(
        socket ?? SystemdService.socketPath ?? target.store + "/socket"),
      version: ProgramVersion.text)
    options.commands = { question in ServedCommand(question).map { command in command.run } }
    if let listen { (options.loopbackHost, options.loopbackPort) = try Self.place(listen) }
    options.group = try group.map { name in try Self.groupID(name) }
    if socket == nil { options.listeningSocket = try SystemdService.inheritedSocket() }
    var logger = Logger(label: "cairn") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = logLevel.level
    let deliveries = Deliveries(logger)
    let live = try LiveStore.open(at: target.store) { deliveries.run(on: $0) }
    note(live.opening)
    let webhooks = try WebhookDeliveries.start(
      for: live, userAgent: "cairn/\(ProgramVersion.number)", logger)
    options.webhooks = webhooks
    let result = Result { [options] in try serve(live, options, logger) }
    webhooks.stop()
    try live.close()
    try result.get()
  }

  private func serve(_ live: LiveStore, _ options: ServerOptions, _ logger: Logger) throws {
    let server = CairnServer(live, options: options, logger: logger)
    let ended = DispatchSemaphore(value: 0)
    let outcome = EndOfServer()
    Task {
      do {
        try await server.run(onDraining: {
          options.webhooks?.beginStopping()
          SystemdService.noteStopping()
        }) { _ in
          try? Output(descriptor: Output.standardError).finish(
            with: "serving \(visible(options.socketPath))\n")
          SystemdService.noteReady()
        }
      } catch {
        outcome.set(error)
      }
      ended.signal()
    }
    ended.wait()
    if let error = outcome.error { throw error }
  }

  private static func groupID(_ name: String) throws(CommandFailure) -> UInt32 {
    guard let group = getgrnam(name) else {
      throw CommandFailure(
        status: .usage, what: "there is no group '\(visible(name))'",
        remedy: "make it with 'groupadd', or name another one")
    }
    return group.pointee.gr_gid
  }

  private static func place(_ text: String) throws -> (String, Int) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else {
      throw ValidationError("--listen takes an address and a port, 127.0.0.1:8080 for instance")
    }
    let host = String(text[..<colon])
    guard host == "localhost" || host == "[::1]" || host.hasPrefix("127.") else {
      throw ValidationError(
        "--listen takes a loopback address such as 127.0.0.1: the connection is not encrypted")
    }
    return (host == "localhost" ? "127.0.0.1" : host == "[::1]" ? "::1" : host, port)
  }
}

/// How much is logged.
enum LogLevelArgument: String, CaseIterable, ExpressibleByArgument {
  case debug, info, notice, warning, error

  var level: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}
