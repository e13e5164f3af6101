// Previews that nobody waits for any more: the work ends, and what it held is free.

import Bytes
import Cairn
import CairnServer
import Engine
import Storage
import Testing

@Suite struct PreviewEndTests {
  /// Takes minutes with as many events as here, in a build for tests.
  private static let rule = (0..<300)
    .map { #"count("A" where properties.p > \#($0)) > 0"# }.joined(separator: " and ")

  private static let request = Array(
    "POST /v1/audiences/preview HTTP/1.1\r\nHost: a\r\nContent-Length: \(rule.utf8.count)\r\n\r\n\(rule)"
      .utf8)

  private static func run(
    _ body: @Sendable (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.run { server in
      let event = #"{"type":"track","event":"A","userId":"u","properties":{"p":5000}}"#
      let batch =
        #"{"batch":["# + [String](repeating: event, count: 2_000).joined(separator: ",") + "]}"
      for _ in 0..<10 { #expect(try await server.post("/v1/batch", batch).status == 200) }
      try await body(server)
    }
  }

  private static func isFree(_ server: TestServer) async throws -> Bool {
    let answer = try await server.post("/v1/audiences/preview", #"count("B") > 0"#)
    if answer.status == 429 { return false }
    #expect(answer.status == 200)
    return true
  }

  @Test(.timeLimit(.minutes(1)))
  func previewsEndWithTheirClients() async throws {
    try await Self.run { server in
      try await server.connected { first in
        let second = try TestConnection(server.socketPath)
        for connection in [first, second] { try connection.write(Self.request) }
        let third = try TestConnection(server.socketPath)
        try third.write(Self.request)
        // One of the three is refused at once; two run.
        try Self.waitForAnswer(of: [first, second, third])
      }
      while try await !Self.isFree(server) {}
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func previewsEndWithTheServer() async throws {
    try await Self.run { server in
      let stop = server.stop
      try await server.connected { connection in
        let second = try TestConnection(server.socketPath)
        let third = try TestConnection(server.socketPath)
        let all = [connection, second, third]
        for connection in all { try connection.write(Self.request) }
        let refused = try Self.waitForAnswer(of: all)
        Task { await stop() }
        for connection in all where connection !== refused {
          let answer = try connection.read()
          answer.requireError(503, "shutting_down")
        }
      }
    }
  }

  /// The one of some connections that is answered first, which is with 429.
  @discardableResult
  private static func waitForAnswer(of connections: [TestConnection]) throws -> TestConnection {
    let connection = try TestConnection.first(of: connections)
    try connection.read().requireError(429, "too_many_previews")
    return connection
  }
}
