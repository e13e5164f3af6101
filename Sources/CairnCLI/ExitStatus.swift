// How a run ends: the exit status and what is printed, for errors of every origin.

import ArgumentParser
import Glibc
import Storage

/// The exit status of `cairn`.
enum ExitStatus: Int32 {
  /// Success: everything asked for was done.
  case fine = 0
  /// It was done, and problems were found: lines that were not accepted, damage, a difference; or
  /// the requested object does not exist: a profile, an audience, a record.
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
  /// Whether it is only that nobody reads standard output any more, which is not worth a message.
  var isReaderGone = false

  /// One line: `what; remedy`.
  var message: String { "\(what); \(remedy)" }

  /// A file could not be used.
  static func file(_ path: String, _ verb: String, errno code: Int32) -> Self {
    let remedy =
      switch code {
      case EFBIG: "raise the limit on the size of files (ulimit -f) and run this again"
      case ENOSPC, EDQUOT: "free some space and run this again"
      case EPIPE: "its reader has closed it; run this again with one that stays"
      case EISDIR: "give the path of a file"
      case ENOENT where verb == "read":
        nearFile(path).map { "did you mean '\($0)'?" } ?? "check the path"
      case ENOENT: "the folder must exist; check the path"
      case _ where ["read", "follow", "find"].contains(verb): "check the path and its permissions"
      default: "check the path, its permissions and the space on its disk"
      }
    return Self(
      status: .refused, what: "cannot \(verb) \(path): \(errorText(code))", remedy: remedy)
  }

  /// The requested object does not exist.
  ///
  /// - Parameter remedy: What to do, usually where to look.
  static func notFound(_ what: String, _ remedy: String) -> Self {
    Self(status: .problemsFound, what: what, remedy: remedy)
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
  /// Whether to end as other tools do when nobody reads their output any more.
  var isReaderGone = false

  /// The ending for an error thrown by parsing or by a command.
  static func of(_ error: any Error) -> Ending {
    switch error {
    case is ProblemsFound:
      Ending(status: .problemsFound)
    case let error as StoreError:
      Ending(
        status: error.code == .noSuchRecord ? .problemsFound : .refused,
        standardError: "error: \(visible(error.description))\n")
    case let served as ServedEnding: served.ending
    case let refusal as ServerRefusal:
      Ending(status: refusal.status, standardError: "error: \(visible(refusal.message))\n")
    case let failure as CommandFailure where failure.isReaderGone:
      Ending(status: failure.status, isReaderGone: true)
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
    return Ending(
      status: .usage, standardError: "error: \(visible(phrase(of: error))); see '\(command)'\n")
  }

  /// What the parser says, as a phrase.
  static func phrase(of error: any Error) -> String {
    let what = CairnCommand.message(for: error).split(separator: "\n").first ?? "wrong usage"
    return String(what.hasSuffix(".") ? what.dropLast() : what)
  }

  /// Prints what there is to print.
  ///
  /// Failing to print an error has no better place to be reported.
  func report() {
    try? Output(descriptor: Output.standardOutput).finish(with: standardOutput)
    try? Output(descriptor: Output.standardError).finish(with: standardError)
  }
}
