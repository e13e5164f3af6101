// What a service manager such as systemd gives a server, and what it wants to know.

import CProcess
import Glibc

/// The service manager, if one has started the process.
enum SystemdService {
  /// The socket that it has opened, if it did.
  ///
  /// - Throws: `CommandFailure` if what it has passed is not one Unix socket that listens.
  static func inheritedSocket() throws(CommandFailure) -> Int32? {
    let descriptor = cairn_inherited_socket()
    guard descriptor != -2 else {
      throw CommandFailure(
        status: .refused, what: "the service manager has not passed one Unix socket that listens",
        remedy: "give the socket unit one ListenStream= with a path")
    }
    return descriptor < 0 ? nil : descriptor
  }

  /// The path of the socket that it wants the server to make, if it has made a folder for it.
  static var socketPath: String? {
    // Several folders are separated by colons.
    let folder = ProcessSetup.variable("RUNTIME_DIRECTORY")?.prefix { $0 != ":" }
    return folder.map { $0 + "/cairn.sock" }
  }

  /// The server answers requests.
  static func noteReady() { cairn_notify("READY=1\nSTATUS=serving") }

  /// The server takes no new requests.
  static func noteStopping() { cairn_notify("STOPPING=1\nSTATUS=shutting down") }
}
