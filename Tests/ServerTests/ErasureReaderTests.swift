// Answers that take long while an erasure replaces what they read.

import Bytes
import Dispatch
import Engine
import Storage
import Synchronization
import Testing

@testable import Cairn
@testable import CairnServer

@Suite struct ErasureReaderTests {
  private static let audience = DefinitionText(
    kind: .audience, name: "inside", text: #"performed("In")"#, file: "test")
  private static let erasure = #"{"identifiers":["user_id:u7"]}"#

  /// Runs a server with members of an audience; `wait` is called whenever an erasure waits for readers.
  private static func run(
    members count: Int, wait: @escaping @Sendable () -> Void,
    _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    var options = StoreOptions()
    options.environment.wait = { _ in wait() }
    try await TestServer.run(store: options, prepare: { _ = try $0.apply([audience]) }) { server in
      let lines = (0..<count).map { #"{"type":"track","event":"In","userId":"u\#($0)"}"# }
      let answer = try await server.post(
        "/v1/import", lines.joined(separator: "\n"),
        headers: ["X-Cairn-Source": "web", "Content-Type": "application/x-ndjson"])
      try #require(answer.status == 200)
      try await body(server)
    }
  }

  @Test func aListOfMembersIsCutOffBeforeTheReceipt() async throws {
    let count = 20_000
    let waiting = DispatchSemaphore(value: 0)
    let resume = DispatchSemaphore(value: 0)
    try await Self.run(
      members: count,
      wait: {
        waiting.signal()
        resume.wait()
      }
    ) { server in
      let socket = server.socketPath
      let (lines, isWhole, status) = try await server.connected { connection in
        try connection.write(
          Array("GET /v1/audiences/inside/members HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(try connection.readHead().status == 200)
        var bytes = try connection.readChunk() ?? []
        let eraser = try TestConnection(socket)
        try eraser.write(
          Array(
            ("POST /v1/erasures HTTP/1.1\r\nHost: a\r\nContent-Length: \(Self.erasure.utf8.count)\r\n\r\n"
              + Self.erasure).utf8))
        // The server cannot send what nobody reads: the list is in the middle when the erasure comes to its end.
        #expect(waiting.wait(timeout: .now() + 60) == .success, "the erasure waits for the list")
        var isWhole = false
        do {
          while let part = try connection.readChunk() { bytes += part }
          isWhole = true
        } catch is TestConnection.Failure {
          // The end of the connection in the place of a chunk.
        }
        for _ in 0..<100 { resume.signal() }
        return (bytes.count { $0 == UInt8(ascii: "\n") }, isWhole, try eraser.readHead().status)
      }
      #expect(!isWhole && lines > 0 && lines < count)
      #expect(status == 200)
      // The next one is whole, without the person.
      let again = try await server.get("/v1/audiences/inside/members")
      #expect(again.body.count { $0 == UInt8(ascii: "\n") } == count - 1)
    }
  }

  @Test func streamsAndLongPollsHoldNothingBack() async throws {
    let waits = Atomic(0)
    try await Self.run(members: 20, wait: { waits.add(1, ordering: .relaxed) }) { server in
      let targets = [
        "/v1/events/tail", "/v1/audiences/inside/changes?after=now&wait=60",
        "/v1/audiences/inside/changes?after=now",
      ]
      let connections = try targets.map { _ in try TestConnection(server.socketPath) }
      for (index, (connection, target)) in zip(connections, targets).enumerated() {
        let accept = index == 2 ? "Accept: text/event-stream\r\n" : ""
        try connection.write(Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\(accept)\r\n".utf8))
      }
      while server.live.board.waiterCount < targets.count { await Task.yield() }
      let erased = try await server.post("/v1/erasures", Self.erasure)
      #expect(erased.status == 200 && waits.load(ordering: .relaxed) == 0)
      withExtendedLifetime(connections) {}
    }
  }
}
