// The client's end of a Unix socket: blocking, with system calls, and nothing of HTTP.

import Glibc

/// A connection to a Unix socket.
final class ServerSocket {
  /// How much is read at a time.
  private static let partBytes = 64 << 10

  private let descriptor: Int32
  /// How long the other end may be silent, in milliseconds; negative for as long as it likes.
  var silenceMilliseconds: Int32 = -1

  /// Connects to the socket at a path; nil if nobody listens there, or it may not be used.
  init?(_ path: String) {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }

  /// Sends bytes, all of them, and meanwhile hands on what arrives: a server that answers while it is being asked
  /// does not have to wait.
  ///
  /// - Parameter onArrival: Given what has arrived; false if nothing more is to be sent.
  /// - Throws: The error number.
  func send(_ bytes: [UInt8], onArrival: ([UInt8]) throws -> Bool) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let ready = try wait(for: POLLIN | POLLOUT)
      if ready & Int16(POLLIN) != 0 {
        guard let part = try receive() else { throw SocketFailure(EPIPE) }
        guard try onArrival(part) else { return }
      } else {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let count = rest.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, flags)
        }
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR, errno != EAGAIN {
          throw SocketFailure(errno)
        }
      }
    }
  }

  /// Waits for bytes; nil once the other end has closed.
  ///
  /// - Throws: The error number.
  func receive() throws -> [UInt8]? {
    while true {
      if silenceMilliseconds >= 0 { _ = try wait(for: POLLIN) }
      var result = 0
      let part = [UInt8](unsafeUninitializedCapacity: Self.partBytes) { buffer, count in
        result = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        count = max(0, result)
      }
      if result > 0 { return part }
      if result == 0 { return nil }
      guard errno == EINTR else { throw SocketFailure(errno) }
    }
  }

  /// Waits for one of some events; returns those that have come.
  ///
  /// - Throws: The error number; `ETIMEDOUT` if the other end is silent for too long.
  private func wait(for events: Int32) throws -> Int16 {
    var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
      let count = poll(&waiting, 1, silenceMilliseconds)
      if count > 0 { return waiting.revents }
      guard count < 0 else { throw SocketFailure(ETIMEDOUT) }
      guard errno == EINTR else { throw SocketFailure(errno) }
    }
  }
}

/// A call on a socket failed.
struct SocketFailure: Error {
  let code: Int32

  init(_ code: Int32) { self.code = code }
}
