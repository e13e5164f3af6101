// Files as inputs: opened, and what it means when they cannot be read.

import Cairn
import Glibc
import Storage

/// Refuses what cannot be an input before anything is opened: a URL, a directory.
///
/// A file that is missing may come yet; it is an error where it is read.
func requireInputFile(
  _ file: String, for use: FileUse
) throws(CommandFailure) {
  try requireFileName(file, for: use)
  guard GivenDescriptor.ofInput(file) == nil else { return }
  var status = stat()
  guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
  let isStore = (try? StoreDirectory.holdsStore(file, PosixFileSystem())) ?? false
  throw CommandFailure(
    status: .usage, what: "\(file) is a \(isStore ? "store" : "directory") and not an input",
    remedy: isStore
      ? "name one store, in the first argument, with --store or in \(StoreArgument.variable)"
      : "name its files")
}

/// Opens a file for the length of `body`; a descriptor that the process was given, such as standard input
/// for `-`, is used as it is.
func withInput<Result>(_ file: String, _ body: (Int32) throws -> Result) throws -> Result {
  if let given = GivenDescriptor.ofInput(file) { return try body(given) }
  let descriptor = open(file, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw CommandFailure.file(file, "read", errno: errno) }
  defer { close(descriptor) }
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
