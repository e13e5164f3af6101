// Files as inputs: opened, and what it means when they cannot be read.

import Cairn
import Glibc

/// Opens a file, or standard input for `-`, for the length of `body`.
func withInput<Result>(_ file: String, _ body: (Int32) throws -> Result) throws -> Result {
  let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw CommandFailure.file(file, "read", errno: errno) }
  defer { if file != "-" { close(descriptor) } }
  return try body(descriptor)
}

extension IngestFailure.Reason {
  /// The error to tell, for an input of this name.
  func failure(of file: String) -> any Error {
    switch self {
    case .store(let refusal):
      return refusal
    case .input(let problem):
      return CommandFailure.file(file, "read", errno: problem.code)
    case .format(let problem):
      let place = problem.offset > 0 ? ", at byte \(problem.offset)" : ""
      return CommandFailure(
        status: .refused, what: "\(file) \(problem.message)\(place)",
        remedy: problem.remedy)
    }
  }
}
