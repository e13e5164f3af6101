// A server that ends while clients are connected.

import Bytes
import Cairn
import CairnServer
import Engine
import Storage
import Testing

@Suite struct DrainTests {
  @Test func requestsInHandAreFinishedAndLaterOnesRefused() async throws {
    try await TestServer.run { server in
      let body = #"{"batch":[{"type":"track","event":"A","userId":"u"}]}"#
      let head =
        "POST /v1/batch HTTP/1.1\r\nHost: c\r\nX-Cairn-Source: web\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
      let stop = server.stop
      try await server.connected { connection in
        // Half of a request when the server begins to end.
        try connection.write(Array((head + body.dropLast()).utf8))
        while server.live.queuedBytes == 0 {}
        let idle = try TestConnection(server.socketPath)
        #expect(try idle.send("GET", "/health").status == 200)
        Task { await stop() }
        // An idle connection is closed at once.
        #expect(try idle.isAtEnd())
        // What comes after the end of the request in hand is not looked at.
        try connection.write(Array(("}" + head + body).utf8))
        let answer = try connection.read()
        #expect(answer.status == 200)
        #expect(answer.headers["connection"] == "close")
        #expect(try connection.isAtEnd())
        #expect(throws: TestConnection.Failure.self) { try TestConnection(server.socketPath) }
      }
    }
  }
}
