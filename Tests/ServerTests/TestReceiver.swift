// A receiver of webhooks on a port of this machine: it reads requests and answers what a test says, or nothing.

import Engine
import Foundation
import Glibc
import Synchronization

/// Takes requests on connections of its own, each on a thread.
final class TestReceiver: Sendable {
  /// A request.
  struct Request: Sendable {
    /// Names are in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Who its messages are about.
    var users: [String] { text.matches(of: /"userId":"(\w+)"/).map { String($0.1) } }
  }

  private let descriptor: Int32
  let port: Int
  private let requests = BoundedQueue<Request>(capacity: 10_000)
  private let answer: @Sendable (Request) -> String?

  /// - Parameter answer: The whole answer to a request; nil to leave it open.
  init(_ answer: @escaping @Sendable (Request) -> String? = { _ in TestReceiver.answer(200) })
    throws
  {
    self.answer = answer
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isListening else { throw TestConnection.Failure(description: "no port: \(errno)") }
    port = Int(in_port_t(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while case let connection = accept(descriptor, nil, nil), connection >= 0 {
        Thread.detachNewThread { [self] in serve(connection) }
      }
      // Closed where it is used: another receiver may get the number of a closed one.
      Glibc.close(descriptor)
    }
  }

  /// Takes no more connections.
  func close() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// The next request, waiting for it on a thread of its own.
  func next() async -> Request? {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [self] in continuation.resume(returning: requests.pop()) }
    }
  }

  /// The requests that have come and were not taken yet.
  func rest() -> [Request] {
    var rest: [Request] = []
    while let request = requests.poll() { rest.append(request) }
    return rest
  }

  /// An answer of HTTP.
  static func answer(_ status: Int, _ headers: String..., body: String = "") -> String {
    let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  private func serve(_ connection: Int32) {
    defer { Glibc.close(connection) }
    var received: [UInt8] = []
    while let request = read(connection, &received) {
      _ = requests.push(request)
      guard let text = answer(request) else {
        // Until the client gives up.
        var byte = UInt8(0)
        while recv(connection, &byte, 1, 0) > 0 {}
        return
      }
      let bytes = Array(text.utf8)
      guard Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0 else {
        return
      }
    }
  }

  private func read(_ connection: Int32, _ received: inout [UInt8]) -> Request? {
    let end = Array("\r\n\r\n".utf8)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    func more() -> Bool {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return false }
      received += buffer[..<count]
      return true
    }
    var head = received.firstRange(of: end)
    while head == nil {
      guard more() else { return nil }
      head = received.firstRange(of: end)
    }
    guard let head else { return nil }
    var headers: [String: String] = [:]
    let text = String(decoding: received[..<head.lowerBound], as: UTF8.self)
    for line in text.split(separator: "\r\n").dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let size = Int(headers["content-length"] ?? "") ?? 0
    while received.count < head.upperBound + size {
      guard more() else { return nil }
    }
    let body = Array(received[head.upperBound..<(head.upperBound + size)])
    received.removeFirst(head.upperBound + size)
    return Request(headers: headers, body: body)
  }
}
