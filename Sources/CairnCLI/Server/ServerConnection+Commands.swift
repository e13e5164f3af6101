// A reading command that the server runs, as its client sees it: frames that are written where they belong.

import CairnServer

extension ServerConnection {
  /// What a server says to a reading command.
  enum CommandAnswer {
    /// It runs it.
    case runs
    /// It does not, and the store's files are there; holds why, as the end of a sentence.
    case declines(String)
  }

  /// Sends a reading command.
  ///
  /// - Throws: `ServerRefusal` if the server refuses what it would not refuse a command of its own version.
  func begin(_ question: CommandQuestion) throws -> CommandAnswer {
    do {
      try begin("POST", "/v1/commands", try AdminForm.encode(question))
      try readHead()
    } catch let refusal as ServerRefusal {
      switch refusal.httpStatus {
      case 404: return .declines("does not run commands")
      case 409: return .declines("is another version of this program")
      case 403: return .declines("is another user's")
      case 429: return .declines("has enough to do")
      case 503: return .declines("is shutting down")
      default: throw refusal
      }
    } catch is CommandFailure {
      // Nothing has been read yet: to ask again elsewhere does no harm.
      return .declines("has ended")
    }
    return .runs
  }

  /// Writes what a command writes, until it has ended.
  ///
  /// - Throws: How it ended, unless well; `CommandFailure` if the server ends before the command, or if the output
  ///   cannot be written.
  func finish(on console: ProcessConsole) throws {
    while let frame = try nextFrame() {
      switch frame.kind {
      case .data: try console.write(frame.bytes, to: .data)
      case .dataEnd: try console.endData()
      case .output: try console.finish(frame.bytes, on: .output)
      case .errors: try console.finish(frame.bytes, on: .errors)
      case .ending: return try ServedEnding.check(try Self.decode(frame.bytes))
      }
    }
    throw endedEarly
  }

  private func nextFrame() throws -> CommandFrame? {
    guard let head = try nextBytes(CommandFrame.headBytes) else { return nil }
    guard let (kind, byteCount) = CommandFrame.head(head), let bytes = try nextBytes(byteCount)
    else { throw endedEarly }
    return CommandFrame(kind, bytes)
  }

  private var endedEarly: CommandFailure {
    CommandFailure(
      status: .refused, what: "the server on \(path) ended before the command did",
      remedy: "run this again")
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
