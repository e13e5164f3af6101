// The file of a Unix socket: made so that only those who may connect can, and never taken from a server that lives.

import Glibc
import Storage

/// The path of a Unix socket.
public struct SocketPath: Sendable {
  /// The longest path in bytes, by the kernel's `sockaddr_un`.
  public static let byteCountMax = 107

  /// The path.
  public let path: String

  /// Checks a path.
  ///
  /// - Throws: `.tooLarge` for one that is too long.
  public init(_ path: String) throws(StoreError) {
    guard path.utf8.count <= Self.byteCountMax else {
      throw StoreError(
        .tooLarge,
        "the path of the socket has \(path.utf8.count) bytes, and \(Self.byteCountMax) are allowed; give a "
          + "shorter one with --socket", file: path)
    }
    self.path = path
  }

  /// Makes room for the socket: what a server that has ended left behind is removed.
  ///
  /// - Throws: `.alreadyExists` for a socket on which somebody listens, or another kind of file.
  func clear() throws(StoreError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw StoreError(
        .alreadyExists, "there is a file that is not a socket; give another path with --socket",
        file: path)
    }
    guard !isAnswered else {
      throw StoreError(
        .alreadyExists,
        "another server listens on the socket; stop it, or give another path with --socket",
        file: path)
    }
    unlink(path)
  }

  /// Whether somebody listens.
  private var isAnswered: Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: Array(path.utf8).prefix(room.count - 1))
    }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    // Whoever refuses is gone; anything else may be alive.
    return result == 0 || errno != ECONNREFUSED
  }

  /// Lets a group connect.
  ///
  /// - Throws: `.readOnly` or `.io` if the file cannot be given to the group.
  func open(to group: UInt32) throws(StoreError) {
    guard chown(path, .max, group) == 0, chmod(path, 0o660) == 0 else {
      let text = String(cString: strerror(errno))
      throw StoreError(
        .readOnly,
        "the socket cannot be opened to group \(group): \(text); name a group that this user is in",
        file: path)
    }
  }

  /// Removes the socket, unless another server has put its own there meanwhile.
  func remove() {
    if !isAnswered { unlink(path) }
  }
}
