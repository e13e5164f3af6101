// Collection over HTTP: what comes in, what is answered.

import Bytes
import Cairn
import Engine
import Storage
import Testing

@Suite struct CollectTests {
  @Test func batchIsDurableAndCounted() async throws {
    try await TestServer.run { server in
      let answer = try await server.post(
        "/v1/batch",
        #"""
        {"batch":[{"type":"track","event":"A","userId":"u1","messageId":"1"},
        {"type":"identify","userId":"u1","anonymousId":null,"traits":{"x":null}},{"type":"none"}]}
        """#)
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.text == #"{"success":true,"accepted":2,"rejected":1,"quarantined":1}"#)
      let snapshot = try await server.live.snapshot()
      #expect(snapshot.lastSequence.value == 4)
    }
  }

  @Test(arguments: [
    ("track", "event"), ("t", "event"), ("identify", "traits"), ("page", "name"), ("s", "name"),
  ]) func singleCallsGetTheirTypeFromTheAddress(_ call: (name: String, member: String)) async throws
  {
    try await TestServer.run { server in
      let value = call.member == "traits" ? "{}" : "\"X\""
      let answer = try await server.post(
        "/v1/\(call.name)", #"{"\#(call.member)":\#(value),"anonymousId":"a","writeKey":"w"}"#)
      #expect(answer.text == #"{"success":true,"accepted":1,"rejected":0}"#)
    }
  }

  @Test func keysDecideTheSource() async throws {
    let keys = Keys()
    try await TestServer.run(prepare: { store in
      keys.write = try store.makeWriteKey(forSource: "shop")
      keys.read = try store.makeReadKey()
    }) { server in
      let event =
        #"{"batch":[{"type":"track","event":"A","userId":"u"}],"writeKey":"\#(keys.write)"}"#
      #expect(try await server.post("/v1/b", event, headers: [:]).status == 200)
      let bearer = ["Authorization": "Bearer \(keys.write)"]
      #expect(try await server.post("/v1/import/", event, headers: bearer).status == 200)
      let refused = try await server.post(
        "/v1/b", event, headers: ["Authorization": "Bearer \(keys.read)"])
      #expect(refused.status == 403)
      let unknown = try await server.post("/v1/b", #"{"batch":[],"writeKey":"no"}"#, headers: [:])
      #expect(unknown.status == 401)
      #expect(unknown.json["code"] as? String == "unknown_write_key")
      #expect((unknown.json["error"] as? [String: Any])?["code"] as? String == "unknown_write_key")
      try await server.live.withStore { (store) throws(StoreError) in
        try store.revokeKey(keys.write)
      }
      #expect(try await server.post("/v1/b", event, headers: bearer).status == 401)
    }
  }

  @Test(arguments: [
    (#"{"batch":[{"type":"track","event":"A","userId":"u"},}"#, "invalid_batch"),
    (#"{"type":"track","event":"A" "userId":"u"}"#, "invalid_json"), ("{", "invalid_json"),
  ]) func malformedBodiesAreRefusedAndNotKept(_ sent: (body: String, code: String)) async throws {
    try await TestServer.run { server in
      let before = try await server.live.snapshot().lastSequence
      try await server.post("/v1/batch", sent.body).requireError(400, sent.code)
      // The source has been recorded.
      #expect(try await server.live.snapshot().lastSequence.value <= before.value + 1)
    }
  }

  @Test func oneUnusableEventDoesNotSpoilTheOthers() async throws {
    try await TestServer.run { server in
      let event = #"{"type":"track","event":"A","userId":"u"}"#
      let large =
        #"{"type":"track","event":"A","userId":"u","x":"\#(String(repeating: "y", count: 40_000))"}"#
      let lines = try await server.post(
        "/v1/batch", event + "\n{\n" + event.replacing("A", with: "B"))
      #expect(lines.text == #"{"success":true,"accepted":2,"rejected":1,"quarantined":1}"#)
      let batch = try await server.post("/v1/batch", #"{"batch":[\#(large),\#(event)]}"#)
      #expect(batch.json["rejected"] as? Int == 1)
      #expect(batch.status == 200)
    }
  }

  @Test func streamsAreCountedAndHaveNoVerdicts() async throws {
    try await TestServer.run { server in
      let answer = try await server.post(
        "/v1/import?verdicts=1", #"{"type":"track","event":"A","userId":"u"}"#,
        headers: ["X-Cairn-Source": "web", "Content-Type": "application/x-ndjson"])
      answer.requireError(400, "no_verdicts_of_streams")
    }
  }

  @Test func linesOfAnyLengthComeInAsAStream() async throws {
    try await TestServer.run { server in
      let lines = (0..<20_000).map {
        #"{"type":"track","event":"A","userId":"u\#($0 % 50)","messageId":"\#($0)"}"#
      }
      let answer = try await server.post(
        "/v1/import", lines.joined(separator: "\n"),
        headers: ["X-Cairn-Source": "web", "Content-Type": "application/x-ndjson"])
      #expect(answer.text == #"{"success":true,"accepted":20000,"rejected":0}"#)
    }
  }

  @Test func manyConnectionsShareCommits() async throws {
    try await TestServer.run { server in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for client in 0..<16 {
          group.addTask {
            try await server.connected { connection in
              for index in 0..<25 {
                let body =
                  #"{"event":"A","userId":"u\#(client)","messageId":"\#(client)-\#(index)"}"#
                let answer = try connection.send(
                  "POST", "/v1/track", headers: ["X-Cairn-Source": "web"], body: Array(body.utf8))
                #expect(answer.status == 200)
              }
              return 25
            }
          }
        }
        for try await _ in group {}
      }
      let snapshot = try await server.live.snapshot()
      #expect(snapshot.lastSequence.value == 401)
    }
  }
}

/// Keys that a test's preparation made.
private final class Keys: @unchecked Sendable {
  // Safe because: set before the server starts, read after.
  var write = ""
  var read = ""
}
