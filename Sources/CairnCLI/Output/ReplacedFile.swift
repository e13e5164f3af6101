// A file that appears whole or not at all: an export that is interrupted leaves the old file.

import Glibc

/// Writes `path` by way of `path.part`, readable by its owner only, since exports hold customer data.
final class ReplacedFile {
  let path: String
  let output: Output
  private var descriptor: Int32

  private var part: String { path + ".part" }

  init(_ path: String) throws(CommandFailure) {
    self.path = path
    let part = path + ".part"
    // Not followed if it is a symbolic link: the name is predictable.
    descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw CommandFailure.file(part, "create", errno: errno) }
    output = Output(descriptor: descriptor, name: part)
  }

  /// Makes the contents durable, then the name.
  func commit() throws(CommandFailure) {
    try output.flush()
    guard fsync(descriptor) == 0 else { throw CommandFailure.file(part, "sync", errno: errno) }
    guard rename(part, path) == 0 else { throw CommandFailure.file(path, "replace", errno: errno) }
    close(descriptor)
    descriptor = -1
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(part)
  }
}
