// A client that waits for each answer, on a Unix socket: little of it is in the figures.

import Glibc

/// A connection to a server.
final class BenchConnection {
  /// The server did not answer as it should.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Failure(description: "connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  /// Sends a request and reads its answer, which must be a success.
  func send(_ request: [UInt8]) throws {
    var sent = 0
    while sent < request.count {
      let count = request[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Failure(description: "write: errno \(errno)") }
      sent += count
    }
    var filled = 0
    while true {
      let count = buffer[filled...].withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress, $0.count)
      }
      guard count > 0 else { throw Failure(description: "read: errno \(errno)") }
      filled += count
      if try isWhole(filled) { return }
      guard filled < buffer.count else { throw Failure(description: "the answer is too long") }
    }
  }

  /// Whether the answer has arrived.
  private func isWhole(_ count: Int) throws -> Bool {
    var end = 0
    while end + 4 <= count, !(buffer[end] == 13 && buffer[end + 1] == 10 && buffer[end + 2] == 13) {
      end += 1
    }
    guard end + 4 <= count else { return false }
    let head = String(decoding: buffer[..<end], as: UTF8.self)
    guard head.hasPrefix("HTTP/1.1 200") else {
      throw Failure(description: String(decoding: buffer[..<count], as: UTF8.self))
    }
    let field = "content-length: "
    guard
      let line = head.lowercased().split(separator: "\r\n").first(where: { $0.hasPrefix(field) }),
      let length = Int(line.dropFirst(field.count))
    else { throw Failure(description: "the answer has no length") }
    return count >= end + 4 + length
  }

  /// A request as bytes.
  static func request(
    _ method: String, _ target: String, source: String? = nil, body: [UInt8]? = nil
  ) -> [UInt8] {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: cairn\r\n"
    if let source { head += "X-Cairn-Source: \(source)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    return Array((head + "\r\n").utf8) + (body ?? [])
  }
}
