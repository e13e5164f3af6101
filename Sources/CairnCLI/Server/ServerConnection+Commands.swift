// A reading command that the server runs, as its client sees it: frames that are written where they belong.

import CairnServer

extension ServerConnection {
  /// What a server says to a reading command.
  enum CommandAnswer {
    /// It runs it.
    case runs
    /// It does not, and the store's files are there; holds why, as the end of a sentence.
    case declines(String)
    /// It has not said anything in time, since it is stopped or has too much to do.
    case silent
  }

  /// How long a server may take to begin with a reading command, in milliseconds.
  static let beginMillisecondsMax: Int32 = 5_000

  /// Sends a reading command.
  ///
  /// - Parameter limit: How long the server may be silent, in milliseconds.
  /// - Throws: `ServerRefusal` if the server refuses what it would not refuse a command of its own version.
  func begin(
    _ question: CommandQuestion, within limit: Int32 = beginMillisecondsMax
  ) throws -> CommandAnswer {
    socket.silenceMilliseconds = limit
    defer { socket.silenceMilliseconds = -1 }
    do {
      try begin("POST", "/v1/commands", try AdminForm.encode(question))
      try readHead()
    } catch let refusal as ServerRefusal {
      switch refusal.httpStatus {
      case 404: return .declines("does not run commands")
      case 409: return .declines("is another version of this program")
      case 403: return .declines("is another user's")
      case 413: return .declines("takes no command of that length")
      case 429: return .declines("has enough to do")
      case 503: return .declines("is shutting down")
      default: throw refusal
      }
    } catch is SilentServer {
      return .silent
    } catch is CommandFailure {
      // Nothing has been read yet: to ask again elsewhere does no harm.
      return .declines("has ended")
    }
    return .runs
  }

  /// Writes what a command writes, until it has ended.
  ///
  /// - Returns: False if the server ended before the command and nothing has been written that must not be written
  ///   twice.
  /// - Throws: How it ended, unless well; `CommandFailure` if the server ended before and something has been written,
  ///   or if the output cannot be written.
  func finish(on console: ProcessConsole) throws -> Bool {
    while let frame = nextFrame() {
      switch frame.kind {
      case .data: try console.write(frame.bytes, to: .data)
      case .dataEnd: try console.endData()
      case .output: try console.finish(frame.bytes, on: .output)
      case .errors: try console.finish(frame.bytes, on: .errors)
      case .ending:
        try ServedEnding.check(try Self.decode(frame.bytes))
        return true
      }
    }
    guard console.hasWritten else { return false }
    throw CommandFailure(
      status: .refused, what: "the server on \(path) ended before the command did",
      remedy: "run this again")
  }

  /// The next frame; nil once the server has ended, however it did.
  private func nextFrame() -> CommandFrame? {
    guard let head = try? nextBytes(CommandFrame.headBytes),
      let (kind, byteCount) = CommandFrame.head(head), let bytes = try? nextBytes(byteCount)
    else { return nil }
    return CommandFrame(kind, bytes)
  }
}

/// How a command ended that the server ran, unless well: its status and its last words are this process's.
struct ServedEnding: Error {
  let ending: Ending

  /// - Throws: `ServedEnding` for one that has something to say, or a status other than 0.
  static func check(_ ending: CommandEnding) throws {
    guard let status = ExitStatus(rawValue: ending.status) else {
      throw CommandFailure(
        status: .refused, what: "the server's answer is not understood",
        remedy: "run the version of the program that serves the store")
    }
    guard status != .fine || !ending.message.isEmpty else { return }
    throw ServedEnding(ending: Ending(status: status, standardError: ending.message))
  }
}
