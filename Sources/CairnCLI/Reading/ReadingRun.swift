// The way of a question from the command line: to the server that holds the store, or else to the store's files.

import CairnServer
import Engine
import Storage

/// Runs a reading command.
struct ReadingRun {
  /// The words of the command line, the store among them.
  let words: [String]

  /// Runs the command through the server that holds its store, or on the store's files.
  func run(_ command: some ReadingCommand) throws {
    let console = try ProcessConsole(dataPath: command.dataPath)
    let target = command.target
    var reason: String?
    if let server = ServerConnection.findHolder(of: target.store) {
      let question = CommandQuestion(
        version: ProgramVersion.text, words: words, surroundings: console.surroundings)
      switch try server.begin(question) {
      case .runs:
        noteKey(of: target.store)
        target.sayRoute("through the server on \(visible(server.path))")
        if try server.finish(on: console) { return }
        reason = refusal(server, "ended before the command did")
      case .declines(let why): reason = refusal(server, why)
      case .silent:
        noteSilence(of: server)
        reason = refusal(server, "does not answer")
      }
    }
    try withReader(target, afterTrying: reason, mayRepeat: { !console.hasWritten }) { store in
      try command.read(store.snapshot(), on: console)
    }
  }

  private func refusal(_ server: ServerConnection, _ why: String) -> String {
    "not through the server on \(visible(server.path)), which \(why)"
  }

  private func noteSilence(of server: ServerConnection) {
    let seconds = ServerConnection.beginMillisecondsMax / 1_000
    try? Output(descriptor: Output.standardError).finish(
      with:
        "note: the server on \(visible(server.path)) has not answered within \(seconds) s; reading "
        + "the files of the store\n")
  }
}
