// How a run ends: the exit status and what is printed, for errors of every origin.

import ArgumentParser
import Storage

/// The exit status of `cairn`.
enum ExitStatus: Int32 {
  /// Everything asked for was done.
  case fine = 0
  /// It was done, and problems were found: lines that were not accepted, damage, a difference.
  case problemsFound = 1
  /// The command line is wrong.
  case usage = 2
  /// The store, a file or the system refused: locked, damaged, newer format, no space.
  case refused = 3
}

/// An error of the command itself: what happened, and what to do about it.
///
/// Both parts are phrases without a full stop. Neither holds customer data.
struct CommandFailure: Error, Equatable {
  var status: ExitStatus
  var what: String
  var remedy: String

  /// One line: `what; remedy`.
  var message: String { "\(what); \(remedy)" }

  /// A file could not be used.
  static func file(_ path: String, _ verb: String, errno code: Int32) -> Self {
    Self(
      status: .refused, what: "cannot \(verb) \(path): \(errorText(code))",
      remedy: "check the path, its permissions and the space on its disk")
  }
}

/// Thrown by a command that did its work and already printed the problems it found.
struct ProblemsFound: Error {}

/// What an error prints, where, and the exit status it leads to.
struct Ending: Equatable {
  var status: ExitStatus
  /// Help and version texts; empty for an error.
  var standardOutput = ""
  /// One line `error: …`, or empty.
  var standardError = ""

  /// The ending for an error thrown by parsing or by a command.
  static func of(_ error: any Error) -> Ending {
    switch error {
    case is ProblemsFound:
      Ending(status: .problemsFound)
    case let error as StoreError:
      Ending(status: .refused, standardError: "error: \(visible(error.description))\n")
    case let failure as CommandFailure:
      Ending(status: failure.status, standardError: "error: \(visible(failure.message))\n")
    default:
      ofParser(error)
    }
  }

  /// ArgumentParser ends help and version requests with 0 and wrong usage with 64, which is 2 here.
  private static func ofParser(_ error: any Error) -> Ending {
    let code = CairnCommand.exitCode(for: error)
    let full = CairnCommand.fullMessage(for: error)
    if code.isSuccess { return Ending(status: .fine, standardOutput: full + "\n") }
    guard code == .validationFailure else {
      return Ending(
        status: .refused, standardError: "error: \(visible(String(describing: error)))\n")
    }
    let hint = full.split(separator: "\n").last { $0.contains("See '") }
    let command = hint?.split(separator: "'").dropFirst().first ?? "cairn --help"
    let what = CairnCommand.message(for: error).split(separator: "\n").first ?? "wrong usage"
    let phrase = what.hasSuffix(".") ? what.dropLast() : what
    return Ending(
      status: .usage, standardError: "error: \(visible(String(phrase))); see '\(command)'\n")
  }

  /// Prints what there is to print.
  ///
  /// Failing to print an error has no better place to be told.
  func report() {
    try? Output(descriptor: Output.standardOutput).finish(with: standardOutput)
    try? Output(descriptor: Output.standardError).finish(with: standardError)
  }
}
