// Paths that name a descriptor of the process, as shells write them for pipes: /dev/fd/63 for `<(…)`.

import Glibc

/// What such paths lead to.
enum GivenDescriptor {
  /// The number in `/dev/fd/N` and its like; nil for any other path.
  ///
  /// These are not opened but used: that works without /proc, and in a process that forbids dumps, whose
  /// /proc only root may read.
  static func number(in path: String) -> Int32? {
    switch path {
    case "/dev/stdin": return STDIN_FILENO
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default: break
    }
    for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
    where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }

  /// The descriptor of an input: also `-`, which is standard input.
  static func ofInput(_ path: String) -> Int32? { path == "-" ? STDIN_FILENO : number(in: path) }
}
