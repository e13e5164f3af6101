// The loopback port: it collects for those who have a key, browsers among them, and does nothing else.

import CairnServer
import Engine
import Glibc
import Storage
import Synchronization
import Testing

@Suite struct PortTests {
  /// A port that nobody has.
  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var count = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, count) == 0 && getsockname(descriptor, $0, &count) == 0
      }
    }
    try #require(isBound)
    return Int(in_port_t(bigEndian: address.sin_port))
  }

  private static func run(
    _ body: @escaping @Sendable (TestServer, _ port: Int, _ key: String) async throws -> Void
  ) async throws {
    let port = try freePort()
    let key = Mutex("")
    try await TestServer.run(
      prepare: { store in
        let made = try store.makeWriteKey(forSource: "page")
        key.withLock { $0 = made }
      },
      configure: { $0.loopbackPort = port }
    ) { server in
      try await body(server, port, key.withLock { $0 })
    }
  }

  @Test func pagesOfOtherOriginsMayCollect() async throws {
    try await Self.run { server, port, key in
      let asked = try await server.connected(port: port) {
        try $0.send(
          "OPTIONS", "/v1/t",
          headers: ["Origin": "https://shop.example", "Access-Control-Request-Method": "POST"])
      }
      #expect(asked.status == 204)
      #expect(asked.headers["access-control-allow-origin"] == "*")
      #expect(asked.headers["access-control-allow-headers"]?.contains("Authorization") == true)
      let body = #"{"event":"A","anonymousId":"a","writeKey":"\#(key)"}"#
      let sent = try await server.connected(port: port) {
        try $0.send(
          "POST", "/v1/t",
          headers: ["Origin": "https://shop.example", "Content-Type": "text/plain"],
          body: Array(body.utf8))
      }
      #expect(sent.text == #"{"success":true,"accepted":1,"rejected":0}"#)
      #expect(sent.headers["access-control-allow-origin"] == "*")
      let refused = try await server.connected(port: port) {
        try $0.send("POST", "/v1/t", body: Array("{}".utf8))
      }
      refused.requireError(401, "unknown_write_key")
      #expect(refused.headers["access-control-allow-origin"] == "*")
    }
  }

  @Test(arguments: [
    ("GET", "/v1/profiles/user_id:u/traits"), ("GET", "/v1/audiences"), ("GET", "/v1/sources"),
    ("GET", "/v1/events/tail"), ("POST", "/v1/ticks"),
  ]) func nothingElseIsAnsweredThere(_ asked: (method: String, target: String)) async throws {
    try await Self.run { server, port, key in
      let answer = try await server.connected(port: port) {
        try $0.send(
          asked.method, asked.target,
          headers: ["Authorization": "Bearer \(key)", "X-Cairn-Source": "web"],
          body: asked.method == "POST" ? Array("{}".utf8) : nil)
      }
      #expect(answer.status == 403)
    }
  }

  @Test func theSocketIsNotForBrowsers() async throws {
    try await Self.run { server, _, _ in
      let asked = try await server.send(
        "OPTIONS", "/v1/t",
        headers: ["Origin": "https://shop.example", "Access-Control-Request-Method": "POST"])
      #expect(asked.status == 404)
      #expect(asked.headers["access-control-allow-origin"] == nil)
    }
  }
}
