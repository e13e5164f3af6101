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

  /// Binds a socket and listens on it.
  ///
  /// The file has the mode 0600 from its first moment; with a group it becomes that of the group, and then 0660.
  /// - Throws: `.alreadyExists` if somebody listens, or there is another kind of file; `.readOnly` or `.io` if the
  ///   socket cannot be made or given to the group.
  func listen(openTo group: UInt32?) throws(StoreError) -> BoundSocket {
    try clear()
    let descriptor = try Self.makeSocket(path)
    var isDone = false
    defer { if !isDone { close(descriptor) } }
    // The file gets the socket's mode: no other process sees it with another one, whatever the mask is.
    guard fchmod(descriptor, 0o600) == 0, withAddress({ bind(descriptor, $0, $1) }) == 0 else {
      throw failure(.io(errno), "made", "check that its folder exists and can be written")
    }
    let bound = BoundSocket(path: path, descriptor: descriptor)
    if let group { try open(to: group) }
    guard Glibc.listen(descriptor, BoundSocket.backlog) == 0 else {
      throw failure(.io(errno), "listened on", "try again")
    }
    isDone = true
    return bound
  }

  /// Makes room for the socket: what a server that has ended left behind is removed.
  private func clear() throws(StoreError) {
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
    guard let descriptor = try? Self.makeSocket(path) else { return true }
    defer { close(descriptor) }
    // A server that refuses is gone; anything else may be alive.
    return withAddress { connect(descriptor, $0, $1) } == 0 || errno != ECONNREFUSED
  }

  private func open(to group: UInt32) throws(StoreError) {
    guard chown(path, .max, group) == 0, chmod(path, 0o660) == 0 else {
      let code = errno
      unlink(path)
      throw failure(
        .readOnly, "opened to the group \(group): \(String(cString: strerror(code)))",
        "name a group that this user is in")
    }
  }

  private func failure(
    _ code: StoreError.Code, _ verb: String, _ remedy: String
  ) -> StoreError {
    StoreError(code, "the socket cannot be \(verb); \(remedy)", file: path)
  }

  private static func makeSocket(_ path: String) throws(StoreError) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else {
      throw StoreError(
        .io(errno), "no socket can be made; close other programs and try again", file: path)
    }
    return descriptor
  }

  private func withAddress(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: Array(path.utf8).prefix(room.count - 1))
    }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

/// A Unix socket that listens.
struct BoundSocket: Sendable {
  /// How many connections may wait to be accepted.
  static let backlog: Int32 = 256

  let path: String
  let descriptor: Int32
  private let device: UInt
  private let inode: UInt

  fileprivate init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    var status = stat()
    lstat(path, &status)
    (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
  }

  /// Removes the file, unless another server has put its own there meanwhile.
  func remove() {
    var status = stat()
    guard lstat(path, &status) == 0, UInt(status.st_dev) == device, UInt(status.st_ino) == inode
    else { return }
    unlink(path)
  }
}
