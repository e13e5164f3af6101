// Questions about audiences: their members, and who enters and leaves.

import Bytes
import Engine
import Foundation
import Storage
import Testing

@testable import Cairn
@testable import CairnServer

@Suite struct AudienceQuestionTests {
  private static let definitions = [
    DefinitionText(
      kind: .audience, name: "inside", text: #"performed("In") and not performed("Out")"#,
      file: "test"),
    DefinitionText(kind: .audience, name: "nobody", text: #"performed("Never")"#, file: "test"),
  ]

  /// Runs a server whose store has so many members of `in`.
  private static func run(
    members count: Int = 3, _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.run(prepare: { _ = try $0.apply(definitions) }) { server in
      try await server.send(0..<count, "In")
      try await body(server)
    }
  }

  @Test func audiencesAreListedWithTheirSizes() async throws {
    try await Self.run { server in
      let list = try await server.get("/v1/audiences")
      let audiences = try #require(list.json["audiences"] as? [[String: Any]])
      #expect(audiences.map { $0["audience"] as? String } == ["inside", "nobody"])
      #expect(audiences.map { $0["members"] as? Int } == [3, 0])
      let one = try await server.get("/v1/audiences/inside?at=2030-01-01")
      var json = JSONBuilder()
      try await server.live.snapshot().audience("inside", at: try #require(Timestamp("2030-01-01")))
        .write(to: &json, withRule: true)
      #expect(one.body == json.bytes)
      // An earlier instant is answered from the recorded changes.
      let before = try await server.get("/v1/audiences/inside?at=2020-01-01")
      #expect(before.json["members"] as? Int == 0)
    }
  }

  @Test func pagesOfMembersAddUpToAll() async throws {
    try await Self.run(members: 1_100) { server in
      let all = try await server.get("/v1/audiences/inside/members")
      #expect(all.headers["content-type"] == "application/x-ndjson")
      let snapshot = try await server.live.snapshot()
      #expect(all.headers["x-cairn-sequence"] == "\(snapshot.lastSequence.value)")
      #expect(all.headers["x-cairn-as-of"] != nil)
      let ids = all.lines.compactMap { $0["profile_id"] as? String }
      #expect(Set(ids).count == 1_100)
      for limit in [1_100, 512, 300] {
        var (found, after): ([String], String?) = ([], nil)
        while true {
          let page = try await server.get(
            "/v1/audiences/inside/members?limit=\(limit)" + (after.map { "&after=\($0)" } ?? ""))
          guard !page.lines.isEmpty else { break }
          found += page.lines.compactMap { $0["profile_id"] as? String }
          after = found.last
        }
        #expect(found == ids)
      }
      let first = try #require(all.lines.first)
      #expect(first["cause"] as? String == "event")
      #expect(first["identifiers"] as? [String] == ["user_id:u0"])
    }
  }

  @Test func streamOfMembersSeesOneSnapshot() async throws {
    // More than the buffers of a socket hold, so that the stream is not over when events come in.
    let count = 20_000
    try await Self.run(members: count) { server in
      let (begun, begin) = AsyncStream<Void>.makeStream()
      let (changed, change) = AsyncStream<Void>.makeStream()
      let events = Task {
        for await _ in begun { break }
        try await server.send(0..<count, "Out")
        try await server.send(count..<count + 10, "In")
        change.finish()
      }
      let ids = try await server.connected { connection in
        try connection.write(
          Array("GET /v1/audiences/inside/members HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        _ = try connection.readHead()
        begin.yield()
        let isDone = DispatchSemaphore(value: 0)
        Task {
          for await _ in changed {}
          isDone.signal()
        }
        isDone.wait()
        var body: [UInt8] = []
        while let chunk = try connection.readChunk() { body += chunk }
        return body.count { $0 == UInt8(ascii: "\n") }
      }
      try await events.value
      #expect(ids == count)
      let now = try await server.get("/v1/audiences/inside")
      #expect(now.json["members"] as? Int == 10)
    }
  }

  @Test func pagesOfChangesAddUpToAll() async throws {
    try await Self.run { server in
      try await server.send(1..<3, "Out")
      let all = try await server.get("/v1/audiences/inside/changes?after=0")
      let changes = try #require(all.json["changes"] as? [[String: Any]])
      let kinds = changes.map { $0["change"] as? String }
      #expect(kinds == ["entered", "entered", "entered", "exited", "exited"])
      #expect(changes.allSatisfy { $0["cause"] as? String == "event" })
      var (found, after) = ([String](), "0")
      while true {
        let page = try await server.get("/v1/audiences/inside/changes?after=\(after)&limit=2").json
        guard let part = page["changes"] as? [[String: Any]], !part.isEmpty else { break }
        found += part.compactMap { $0["cursor"] as? String }
        after = try #require(page["next"] as? String)
      }
      #expect(found == changes.map { $0["cursor"] as? String })
      let other = try await server.get("/v1/audiences/nobody/changes?after=0")
      #expect((other.json["changes"] as? [Any])?.isEmpty == true)
    }
  }

  @Test func longPollIsWokenByACommit() async throws {
    try await Self.run { server in
      let next = try await server.get("/v1/audiences/inside/changes?after=now").json["next"]
      let cursor = try #require(next as? String)
      async let polled = server.get("/v1/audiences/inside/changes?after=\(cursor)&wait=60")
      while server.live.board.waiterCount == 0 { await Task.yield() }
      // A commit without a change of this audience does not end it.
      try await server.send(0..<1, "Else")
      try await server.send(7..<8, "In")
      let changes = try #require(try await polled.json["changes"] as? [[String: Any]])
      #expect(changes.map { $0["change"] as? String } == ["entered"])
      let over = try await server.get("/v1/audiences/inside/changes?after=now&wait=1")
      #expect(over.status == 200)
      #expect((over.json["changes"] as? [Any])?.isEmpty == true)
    }
  }

  @Test func nobodyWaitsForAClientThatHasGone() async throws {
    try await Self.run { server in
      try await server.connected { connection in
        let target = "/v1/audiences/inside/changes?after=now&wait=60"
        try connection.write(Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        while server.live.board.waiterCount == 0 { sched_yield() }
      }
      while server.live.board.waiterCount > 0 { await Task.yield() }
    }
  }

  @Test func waitingEndsWithTheServer() async throws {
    let (answers, answer) = AsyncStream<Int>.makeStream()
    try await Self.run { server in
      Task {
        let polled = try? await server.get("/v1/audiences/inside/changes?after=now&wait=60")
        answer.yield(polled?.status ?? 0)
        answer.finish()
      }
      while server.live.board.waiterCount == 0 { await Task.yield() }
    }
    for await status in answers { #expect(status == 200) }
  }

  @Test func changesAreStreamedAsServerSentEvents() async throws {
    try await Self.run(members: 2) { server in
      let changes = try await server.get("/v1/audiences/inside/changes?after=0").json["changes"]
      let cursors = (changes as? [[String: Any]] ?? []).compactMap { $0["cursor"] as? String }
      try #require(cursors.count == 2)
      let (seen, see) = AsyncStream<Void>.makeStream()
      let later = Task {
        for await _ in seen { break }
        try await server.send(9..<10, "In")
      }
      let text = try await server.connected { connection in
        let head =
          "GET /v1/audiences/inside/changes?after=now HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n"
          + "Last-Event-ID: \(cursors[0])\r\n\r\n"
        try connection.write(Array(head.utf8))
        #expect(try connection.readHead().headers["content-type"] == "text/event-stream")
        var text = ""
        while !text.contains(cursors[1]) {
          text += String(decoding: try connection.readChunk() ?? [], as: UTF8.self)
        }
        see.yield()
        while text.components(separatedBy: "data: ").count < 3 {
          text += String(decoding: try connection.readChunk() ?? [], as: UTF8.self)
        }
        return text
      }
      try await later.value
      #expect(text.hasPrefix(": after \(cursors[0])\n\nid: \(cursors[1])\nevent: entered\ndata: {"))
      #expect(!text.contains("id: \(cursors[0])\n"))
      #expect(text.hasSuffix("}\n\n"))
    }
  }

  @Test func cursorBelowTheHorizonIsGone() async throws {
    try await Self.run { server in
      try await server.live.withStore { (store) throws(StoreError) in
        try store.setHorizonForTest()
      }
      let gone = try await server.get("/v1/audiences/inside/changes?after=0")
      #expect(gone.status == 410)
      #expect(gone.json["code"] as? String == "gone")
      let next = try #require(gone.json["next"] as? String)
      let again = try await server.get("/v1/audiences/inside/changes?after=\(next)")
      #expect(again.status == 200)
    }
  }

  @Test func previewIsTheSizeOfTheAudience() async throws {
    try await Self.run { server in
      let preview = try await server.post("/v1/audiences/preview?sample=2", #"performed("In")"#)
      #expect(preview.json["members"] as? Int == 3)
      #expect(preview.json["profiles"] as? Int == 3)
      #expect((preview.json["sample"] as? [Any])?.count == 2)
      #expect((preview.json["warnings"] as? [String])?.isEmpty == true)
      // Events that are acknowledged count.
      try await server.send(50..<60, "In")
      let again = try await server.post(
        "/v1/audiences/preview", #"member("inside") and count("Typo") = 0"#)
      #expect(again.json["members"] as? Int == 13)
      #expect((again.json["warnings"] as? [String])?.count == 1)
      let accounts = try await server.post(
        "/v1/audiences/preview?accounts=true", #"any member(performed("In"))"#)
      #expect(accounts.json["accounts"] as? Int == 0)
      let wrong = try await server.post("/v1/audiences/preview", #"count("In") >"#)
      #expect(wrong.status == 400)
      #expect(wrong.json["column"] is Int)
      for (body, status) in [
        (" ", 400), (String(repeating: "a", count: PreviewRoute.ruleBytesMax + 1), 413),
      ] {
        #expect(try await server.post("/v1/audiences/preview", body).status == status)
      }
    }
  }

  @Test(arguments: [
    ("/v1/audiences/none", 404, "not_found"),
    ("/v1/audiences/%ff", 400, "invalid_name"),
    ("/v1/audiences/none/members", 404, "not_found"),
    ("/v1/audiences/inside/members?limit=0", 400, "invalid_parameter"),
    ("/v1/audiences/inside/members?after=7", 400, "invalid_parameter"),
    ("/v1/audiences/inside/members?after=00000000000000000000000000000000", 404, "not_found"),
    ("/v1/audiences/inside/members?at=2020-01-01", 409, "out_of_order"),
    ("/v1/audiences/none/changes?after=0", 404, "not_found"),
    ("/v1/audiences/inside/changes", 400, "invalid_parameter"),
    ("/v1/audiences/inside/changes?after=x", 400, "invalid_parameter"),
    ("/v1/audiences/inside/changes?after=999999", 409, "out_of_order"),
    ("/v1/audiences/inside/changes?after=0&wait=61", 400, "invalid_parameter"),
    ("/v1/audiences/inside/changes?after=0&limit=0", 400, "invalid_parameter"),
  ]) func errorsHaveOneShape(_ asked: (target: String, status: Int, code: String)) async throws {
    try await Self.run { server in
      try await server.get(asked.target).requireError(asked.status, asked.code)
    }
  }

  @Test func membersOfTheGroupNeedAReadKeyAndTheNetworkNeverAsks() async throws {
    try await TestServer.run { server in
      let key = try await server.live.withStore { (store) throws(StoreError) in
        (read: try store.makeReadKey(), write: try store.makeWriteKey(forSource: "web"))
      }
      let read = PresentedKey(text: key.read)
      try server.live.requireReading(.owner, nil)
      try server.live.requireReading(.member, read)
      for (peer, key, code) in [
        (Peer.member, nil, "unknown_read_key"),
        (.member, PresentedKey(text: key.write), "unknown_read_key"),
        (.member, PresentedKey(text: "no"), "unknown_read_key"),
        (.network, read, "collection_only"), (.network, nil, "collection_only"),
      ] {
        let error = #expect(throws: ServerError.self) {
          try server.live.requireReading(peer, key)
        }
        #expect(error?.code == code)
      }
    }
  }
}

extension TestServer {
  /// Sends one event for each of some users.
  fileprivate func send(_ users: Range<Int>, _ event: String) async throws {
    let lines = users.map {
      #"{"type":"track","event":"\#(event)","userId":"u\#($0)","messageId":"\#(event)\#($0)"}"#
    }
    let answer = try await post(
      "/v1/import", lines.joined(separator: "\n"),
      headers: ["X-Cairn-Source": "web", "Content-Type": "application/x-ndjson"])
    try #require(answer.json["accepted"] as? Int == users.count)
  }
}

extension TestResponse {
  /// The lines of the body, each an object.
  fileprivate var lines: [[String: Any]] {
    text.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }
}
