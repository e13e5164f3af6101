// Files as inputs: opened, and what it means when they cannot be read.

import Cairn
import Glibc
import Storage

/// Refuses what cannot be an input before anything is opened: a URL, a directory.
///
/// A file that is missing may come yet; it is an error where it is read.
func requireInputFile(_ file: String) throws(CommandFailure) {
  try requireFileName(file)
  var status = stat()
  guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
  let isStore = (try? StoreDirectory.holdsStore(file, PosixFileSystem())) ?? false
  throw CommandFailure(
    status: .usage, what: "\(file) is a \(isStore ? "store" : "directory") and not an input",
    remedy: isStore
      ? "name one store, in the first argument, with --store or in \(StoreArgument.variable)"
      : "name its files")
}

/// Opens a file, or standard input for `-`, for the length of `body`.
func withInput<Result>(_ file: String, _ body: (Int32) throws -> Result) throws -> Result {
  let descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw CommandFailure.file(file, "read", errno: errno) }
  defer { if file != "-" { close(descriptor) } }
  return try body(descriptor)
}

extension IngestFailure.Reason {
  /// The error to report, for an input of this name.
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
