// Requests that are not as they should be, byte for byte: the answer has the one shape, and the connection is closed.

import Bytes
import Cairn
import CairnServer
import Engine
import Testing

@Suite struct RawRequestTests {
  /// A request that must not be read, and how it is refused.
  struct Shape: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    var status = 400
    var code = "bad_request"
    var testDescription: String { name }
  }

  private static let post = "POST /v1/track HTTP/1.1\r\nHost: cairn\r\nX-Cairn-Source: web\r\n"

  static let shapes = [
    Shape(
      name: "both lengths", text: post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"
    ),
    Shape(
      name: "both lengths, the other way",
      text: post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"),
    Shape(
      name: "two lengths", text: post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    Shape(
      name: "two equal lengths", text: post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
    Shape(name: "list of lengths", text: post + "Content-Length: 2, 2\r\n\r\n{}"),
    Shape(name: "length with a sign", text: post + "Content-Length: +2\r\n\r\n{}"),
    Shape(name: "negative length", text: post + "Content-Length: -2\r\n\r\n{}"),
    Shape(
      name: "length that overflows", text: post + "Content-Length: 99999999999999999999\r\n\r\n"),
    Shape(name: "hexadecimal length", text: post + "Content-Length: 0x2\r\n\r\n{}"),
    Shape(name: "folded field", text: post + "X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}"),
    Shape(name: "space before the colon", text: post + "Content-Length : 2\r\n\r\n{}"),
    Shape(name: "NUL in a value", text: post + "X-A: b\0c\r\nContent-Length: 2\r\n\r\n{}"),
    Shape(name: "NUL in a name", text: post + "X\0A: b\r\nContent-Length: 2\r\n\r\n{}"),
    Shape(name: "field without a name", text: post + ": b\r\nContent-Length: 2\r\n\r\n{}"),
    Shape(name: "bare CR in a value", text: post + "X-A: b\rc\r\nContent-Length: 2\r\n\r\n{}"),
    Shape(
      name: "bad chunk", text: post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    Shape(
      name: "chunk longer than it says",
      text: post + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"),
    Shape(
      name: "chunk that overflows",
      text: post + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    Shape(
      name: "chunked twice",
      text: post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Shape(
      name: "encoding in disguise", text: post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      status: 501, code: "unsupported_transfer_encoding"),
    Shape(
      name: "another encoding first",
      text: post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", status: 501,
      code: "unsupported_transfer_encoding"),
    Shape(name: "no method", text: " / HTTP/1.1\r\nHost: cairn\r\n\r\n"),
    Shape(name: "method unknown", text: "FETCH / HTTP/1.1\r\nHost: cairn\r\n\r\n"),
    Shape(name: "not HTTP", text: "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n"),
    Shape(name: "HTTP/2", text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Shape(name: "version unknown", text: "GET / HTTP/3.7\r\nHost: cairn\r\n\r\n"),
    Shape(name: "no host", text: "GET / HTTP/1.1\r\n\r\n", code: "bad_host"),
    Shape(
      name: "two hosts", text: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", code: "bad_host"),
    Shape(name: "NUL in the target", text: "GET /\0 HTTP/1.1\r\nHost: cairn\r\n\r\n"),
  ]

  @Test(arguments: shapes) func isRefusedAndClosed(_ shape: Shape) async throws {
    try await TestServer.run { server in
      try await server.connected { connection in
        try connection.write(Array(shape.text.utf8))
        let answer = try connection.read()
        #expect(answer.status == shape.status)
        #expect(answer.json["success"] as? Bool == false)
        #expect(answer.json["code"] as? String == shape.code)
        #expect((answer.json["error"] as? [String: Any])?["code"] as? String == shape.code)
        #expect(answer.headers["connection"] == "close")
        #expect(try connection.isAtEnd())
      }
      try await server.requireHealth()
      // Nothing of it was taken in.
      #expect(try await server.live.snapshot().lastSequence.value <= 1)
    }
  }

  @Test func requestBeforeABrokenOneIsAnswered() async throws {
    try await TestServer.run { server in
      try await server.connected { connection in
        try connection.write(Array("GET /health HTTP/1.1\r\nHost: c\r\n\r\nnonsense\r\n\r\n".utf8))
        #expect(try connection.read().status == 200)
        #expect(try connection.read().status == 400)
        #expect(try connection.isAtEnd())
      }
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await TestServer.run { server in
      try await server.connected { connection in
        let body = #"{"event":"A","userId":"u"}"#
        let one = Self.post + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        try connection.write(
          Array((one + "GET /nowhere HTTP/1.1\r\nHost: c\r\n\r\n" + one).utf8))
        #expect(try connection.read().status == 200)
        #expect(try connection.read().status == 404)
        #expect(try connection.read().status == 200)
      }
    }
  }

  @Test func headAndOldVersionsAreServed() async throws {
    try await TestServer.run { server in
      try await server.connected { connection in
        let head = try connection.send("HEAD", "/health")
        #expect(head.status == 200)
        // The answer to HEAD has no body, or this would be read as one.
        #expect(try connection.send("GET", "/health").status == 200)
        try connection.write(Array("GET /health HTTP/1.0\r\n\r\n".utf8))
        let old = try connection.read()
        #expect(old.status == 200)
        #expect(old.headers["connection"] == "close")
        #expect(try connection.isAtEnd())
      }
    }
  }

  @Test func clientThatWaitsForLeaveGetsIt() async throws {
    try await TestServer.run { server in
      try await server.connected { connection in
        let body = #"{"event":"A","userId":"u"}"#
        try connection.write(
          Array(
            (Self.post + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n").utf8)
        )
        #expect(try connection.read().status == 100)
        try connection.write(Array(body.utf8))
        #expect(try connection.read().status == 200)
      }
    }
  }

  @Test func refusedBodyEndsTheConnection() async throws {
    try await TestServer.run { server in
      try await server.connected { connection in
        try connection.write(Array((Self.post + "Content-Length: 9999999999\r\n\r\n{").utf8))
        #expect(try connection.read().status == 413)
        #expect(try connection.isAtEnd())
      }
    }
  }
}
