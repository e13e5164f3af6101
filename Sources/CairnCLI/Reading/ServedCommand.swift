// The server's end of a reading command: words to a command, and the command's output to frames.

import CairnServer
import Engine

/// A reading command that a server runs for a client.
///
/// Safe because: a value that does not change, read by one thread after another.
struct ServedCommand: @unchecked Sendable {
  private let command: any ReadingCommand
  private let surroundings: CommandSurroundings

  /// Reads the words of a client; nil if they are not those of a reading command.
  ///
  /// Help and versions are the client's, and so is what to say of wrong words: it has parsed them before.
  init?(_ question: CommandQuestion) {
    let parsed = try? CairnCommand.command(for: question.words, storeVariable: nil).command
    guard let command = parsed as? any ReadingCommand else { return nil }
    self.command = command
    surroundings = question.surroundings
  }

  /// Runs the command on the calling thread.
  func run(_ snapshot: Snapshot, _ frames: CommandFrames) {
    let console = ServedConsole(frames, surroundings)
    let ending: Ending
    do {
      try command.read(snapshot, on: console)
      ending = Ending(status: .fine)
    } catch {
      ending = Ending.of(error)
    }
    frames.end(CommandEnding(status: ending.status.rawValue, message: ending.standardError))
  }
}
