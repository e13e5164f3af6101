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
    abstract: "Serve a store over HTTP on a Unix socket until it is told to stop.",
    discussion: """
      Events come in as the official clients of Segment and RudderStack send them; see docs/clients.md. \
      Logical time follows this machine's clock. SIGTERM and SIGINT end it: requests in hand are finished and \
      what was accepted is committed.

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

  func run() throws {
    // The socket must never be open to others, not even while it is made.
    umask(0o177)
    let live = try LiveStore.open(at: target.store) { store in
      let names = store.destinationNames
      if !names.isEmpty { _ = try? store.deliver(to: names) }
    }
    note(live.opening)
    var options = ServerOptions(
      socketPath: try absolutePath(socket ?? target.store + "/socket"),
      version: ProgramVersion.text)
    if let listen { (options.loopbackHost, options.loopbackPort) = try Self.place(listen) }
    let result = Result { try serve(live, options) }
    try live.close()
    try result.get()
  }

  private func serve(_ live: LiveStore, _ options: ServerOptions) throws {
    let server = CairnServer(live, options: options, logger: Logger(label: "cairn"))
    let ended = DispatchSemaphore(value: 0)
    let outcome = EndOfServer()
    Task {
      do {
        try await server.run { _ in
          try? Output(descriptor: Output.standardError).finish(
            with: "serving \(visible(options.socketPath))\n")
        }
      } catch {
        outcome.set(error)
      }
      ended.signal()
    }
    ended.wait()
    if let error = outcome.error { throw error }
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
