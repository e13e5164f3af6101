// Clients that take too long are cut off, and the others do not notice.

import Bytes
import Cairn
import CairnServer
import Engine
import Testing

@Suite struct DeadlineTests {
  private static let post = "POST /v1/batch HTTP/1.1\r\nHost: cairn\r\nX-Cairn-Source: web\r\n"

  /// Runs a server that has little patience in one respect.
  private func withServer(
    _ member: any WritableKeyPath<ConnectionTimes, Duration> & Sendable,
    _ body: @Sendable (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.run(configure: { $0.times[keyPath: member] = .milliseconds(20) }) {
      server in
      try await body(server)
      try await server.requireHealth()
    }
  }

  @Test(arguments: ["G", "GET /health HTTP/1.1\r\nHost: c", "GET /health HTTP/1.1\r\nHost: c\r\n"])
  func halfAHeaderIsRefused(_ text: String) async throws {
    try await withServer(\.header) { server in
      try await server.connected { connection in
        try connection.write(Array(text.utf8))
        let answer = try connection.read()
        #expect(answer.status == 408)
        #expect(answer.json["code"] as? String == "request_too_slow")
        #expect(try connection.isAtEnd())
      }
    }
  }

  @Test(arguments: [
    "Content-Length: 20\r\n\r\n{", "Content-Length: 20\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "Transfer-Encoding: chunked\r\n\r\n1",
  ]) func halfABodyIsRefused(_ rest: String) async throws {
    try await withServer(\.body) { server in
      try await server.connected { connection in
        try connection.write(Array((Self.post + rest).utf8))
        let answer = try connection.read()
        #expect(answer.status == 408)
        #expect(answer.json["code"] as? String == "request_too_slow")
        #expect(try connection.isAtEnd())
      }
      #expect(try await server.live.snapshot().lastSequence.value <= 1)
    }
  }

  @Test func slowStreamIsRefusedAndKeepsWhatCame() async throws {
    try await withServer(\.stream) { server in
      try await server.connected { connection in
        try connection.write(
          Array(
            (Self.post
              + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}")
              .utf8))
        #expect(try connection.read().status == 408)
        #expect(try connection.isAtEnd())
      }
    }
  }

  @Test func idleConnectionIsClosed() async throws {
    try await withServer(\.idle) { server in
      #expect(try await server.connected { try $0.isAtEnd() })
      try await server.connected { connection in
        let answer = try connection.send("GET", "/health")
        #expect(answer.status == 200)
        #expect(try connection.isAtEnd())
      }
    }
  }

  @Test func answerThatNobodyReadsEndsTheConnection() async throws {
    try await withServer(\.unread) { server in
      try await server.connected { connection in
        // Each answer has about 100 KB: more than all buffers between the two hold.
        let events = Array(repeating: #"{"type":"track"}"#, count: 2000).joined(separator: ",")
        let body = #"{"batch":[\#(events)]}"#
        let request =
          "POST /v1/batch?verdicts=1 HTTP/1.1\r\nHost: c\r\nX-Cairn-Source: web\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        for _ in 0..<5 { try? connection.write(Array(request.utf8)) }
        try connection.waitForClose()
      }
    }
  }

  @Test func clientThatStaysAfterTheLastAnswerIsClosed() async throws {
    try await withServer(\.linger) { server in
      try await server.connected { connection in
        #expect(
          try connection.send("GET", "/health", headers: ["Connection": "close"]).status == 200)
        try connection.waitForClose()
      }
    }
  }

  @Test func connectionsOverTheLimitAreClosedAndOthersServed() async throws {
    try await TestServer.run(configure: { $0.limits.connectionsMax = 3 }) { server in
      try await server.connected { first in
        let others = try (0..<2).map { _ in try TestConnection(server.socketPath) }
        for connection in [first] + others {
          #expect(try connection.send("GET", "/health").status == 200)
        }
        let refused = try TestConnection(server.socketPath)
        #expect(try refused.isAtEnd())
        for connection in [first] + others {
          #expect(try connection.send("GET", "/health").status == 200)
        }
      }
      // There is room again once they have gone.
      var status = 0
      while status != 200 { status = (try? await server.send("GET", "/health").status) ?? 0 }
    }
  }
}
