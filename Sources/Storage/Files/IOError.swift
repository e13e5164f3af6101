// The error of the file-system seam: which call failed, on which path, with which errno.

import Glibc

/// A failed call of the operating system.
public struct IOError: Error, Equatable, Sendable {
  /// The calls of the seam, under the seam's names.
  public enum Operation: String, Sendable {
    /// A call about a path.
    case createDirectory, setPrivate, exists, list, open, rename, remove, syncDirectory, lock,
      freeBytes
    /// A call about an open file.
    case read, write, syncData, truncate, allocate, size, map
  }

  /// The system's error number.
  public var errno: Int32
  /// The call that failed.
  public var operation: Operation
  /// The path it was about.
  public var path: String

  /// Makes an error.
  public init(errno: Int32, operation: Operation, path: String) {
    self.errno = errno
    self.operation = operation
    self.path = path
  }
}

extension IOError: CustomStringConvertible {
  /// The call, the path's last part and the system's words for the error number.
  public var description: String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    // glibc's strerror is thread-safe: it returns a constant or a thread-local buffer.
    let text = strerror(errno).map { String(cString: $0) } ?? "unknown error"
    return "\(operation.rawValue) of \(name) failed: \(text) (errno \(errno))"
  }
}

extension IOError {
  /// Whether the call failed for lack of space: on the disk, in a quota, or below the limit on the size
  /// of a file.
  var isNoSpace: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }

  /// What to do about a lack of space, as a clause.
  var spaceRemedy: String {
    switch errno {
    case EFBIG: "raise the limit on the size of files (ulimit -f) and try again"
    case EDQUOT: "free some space of the quota and try again"
    default: "free some space and try again"
    }
  }
}
