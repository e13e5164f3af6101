// A client over a Unix socket that sends exactly what a test says, byte for byte.

import Foundation
import Glibc
import Testing

/// What a server answered.
struct TestResponse: Sendable {
  var status: Int
  /// Names are in lower case.
  var headers: [String: String]
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as an object of JSON.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:]
  }
}

extension TestResponse {
  /// Checks that it is an error, in the one shape that all have.
  func requireError(_ expected: Int, _ code: String) {
    #expect(status == expected, "\(text)")
    #expect(json["code"] as? String == code)
    #expect((json["error"] as? [String: Any])?["code"] as? String == code)
    #expect(json["success"] as? Bool == false)
  }
}

/// A connection to a server.
final class TestConnection {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private let descriptor: Int32
  private var received: [UInt8] = []

  convenience init(_ path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    try self.init(AF_UNIX, address)
  }

  /// Connects to a port of this machine.
  convenience init(port: Int) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    try self.init(AF_INET, address)
  }

  private init<Address>(_ family: Int32, _ address: Address) throws {
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    let result = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    guard result == 0 else { throw Failure(description: "connect failed: errno \(errno)") }
    // A server that never answers fails the test instead of hanging it.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Sends a request with a length and reads the answer.
  func send(
    _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil
  ) throws -> TestResponse {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: cairn\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    try write(Array((head + "\r\n").utf8) + (body ?? []))
    return try read(isHead: method == "HEAD")
  }

  /// Sends bytes as they are.
  func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(bitPattern: UInt32(MSG_NOSIGNAL)))
      }
      guard count > 0 else { throw Failure(description: "send failed: errno \(errno)") }
      sent += count
    }
  }

  /// Ends the sending side.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Reads one answer.
  func read(isHead: Bool = false) throws -> TestResponse {
    var answer = try readHead()
    if !isHead, answer.headers["transfer-encoding"] == "chunked" {
      while let chunk = try readChunk() { answer.body += chunk }
    } else if !isHead, let length = answer.headers["content-length"].flatMap({ Int($0) }) {
      while received.count < length, try readMore() {}
      answer.body = Array(received.prefix(length))
      received.removeFirst(min(length, received.count))
    }
    return answer
  }

  /// Reads the head of an answer, whose body comes next.
  func readHead() throws -> TestResponse {
    let end = Array("\r\n\r\n".utf8)
    var headEnd = find(end)
    while headEnd == nil {
      guard try readMore() else { throw Failure(description: "closed before an answer") }
      headEnd = find(end)
    }
    let head = String(decoding: received[..<(headEnd ?? 0)], as: UTF8.self)
    received.removeFirst((headEnd ?? 0) + end.count)
    var lines = head.components(separatedBy: "\r\n")
    let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
    var headers: [String: String] = [:]
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] =
        parts.count > 1
        ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    return TestResponse(status: status, headers: headers, body: [])
  }

  /// The next part of a chunked body; nil at its end.
  func readChunk() throws -> [UInt8]? {
    let line = try readLine()
    guard let count = Int(line, radix: 16) else {
      throw Failure(description: "not the size of a chunk: \(line)")
    }
    while received.count < count + 2, try readMore() {}
    let chunk = Array(received.prefix(count))
    received.removeFirst(min(count + 2, received.count))
    return count == 0 ? nil : chunk
  }

  /// Whether the server has closed the connection and everything has been read.
  func isAtEnd() throws -> Bool { received.isEmpty ? try !readMore() : false }

  /// Reads until the server closes; what it had sent before it reset the connection is what counts.
  func readToEnd() throws -> [UInt8] {
    do {
      while try readMore() {}
    } catch let failure as Failure where failure.description == "recv failed: errno \(ECONNRESET)" {
      // It did not wait for bytes that were still on their way.
    }
    return received
  }

  /// The first of some connections on which something has come; waits for it.
  static func first(of connections: [TestConnection]) throws -> TestConnection {
    var entries = connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    guard poll(&entries, nfds_t(entries.count), 60_000) > 0,
      let index = entries.firstIndex(where: { $0.revents != 0 })
    else { throw Failure(description: "nothing has come on any connection") }
    return connections[index]
  }

  /// Waits until the server has closed the connection, without reading what it sent.
  func waitForClose() throws {
    var entry = pollfd(fd: descriptor, events: 0, revents: 0)
    guard poll(&entry, 1, 60_000) == 1, entry.revents & Int16(POLLHUP) != 0 else {
      throw Failure(description: "the server has not closed the connection")
    }
  }

  private func readLine() throws -> String {
    let end = Array("\r\n".utf8)
    while find(end) == nil {
      guard try readMore() else { throw Failure(description: "closed in the middle of an answer") }
    }
    let index = find(end) ?? 0
    let line = String(decoding: received[..<index], as: UTF8.self)
    received.removeFirst(index + 2)
    return line
  }

  private func find(_ pattern: [UInt8]) -> Int? {
    guard received.count >= pattern.count else { return nil }
    return (0...(received.count - pattern.count)).first {
      received[$0..<($0 + pattern.count)].elementsEqual(pattern)
    }
  }

  private func readMore() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw Failure(description: "recv failed: errno \(errno)") }
    received.append(contentsOf: buffer[..<count])
    return count > 0
  }
}
